"""How an address that we call has answered lately: what its circuit breaker goes by."""

from pydantic import Field

from shared.models.base import Record, StoredModel
from shared.models.ids import derived_id
from shared.models.time import Timestamp


class Minute(StoredModel):
    """Tries in the minute that begins ``at``, by how they ended."""

    at: Timestamp
    good: int = 0
    bad: int = 0


class Endpoint(Record):
    """An address that failed at least once; all notify processes go by this one record.

    ``minutes`` are those of the breaker's window. ``failing_since`` is when the present run of
    failures began, ``in_a_row`` how many they are. Until ``open_until`` nothing is sent; then
    ``prober`` alone may try, until ``probe_until``. ``opened`` counts how often in a row it
    opened. ``replays_until`` is when the last of the deliveries that were replayed is due.
    """

    minutes: list[Minute] = Field(default_factory=list)
    failing_since: Timestamp | None = None
    in_a_row: int = 0
    open_until: Timestamp | None = None
    opened: int = 0
    prober: str | None = None
    probe_until: Timestamp | None = None
    replays_until: Timestamp | None = None


def endpoint_id(organization: str, key: str) -> str:
    """The id of an organization's endpoint: ``key`` is its subscription's id, or an origin."""
    return derived_id("endpoint", organization, key)
