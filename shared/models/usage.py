"""What an organization used, counted by the day."""

from shared.models.base import Record
from shared.models.ids import derived_id


class Usage(Record):
    """One day's use; ``day`` is a date in UTC, as ISO 8601 writes it.

    ``credits`` are those taken for extractions, ``pages`` the pages of those, ``taken_bytes``
    the bytes of the files taken in.
    """

    day: str
    api_calls: int = 0
    extractions: int = 0
    pages: int = 0
    credits: int = 0
    taken_bytes: int = 0


def usage_id(organization: str, day: str) -> str:
    """The id of an organization's one record for a day."""
    return derived_id("usage", organization, day)
