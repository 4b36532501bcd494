"""Whole numbers that stand for things of ours, for clients whose identifiers are numbers."""

from pydantic import Field

from shared.models.base import Record
from shared.models.ids import derived_id

DOCUMENT = "document"
"""The kind of a document's subject."""


class Numbered(Record):
    """A thing of an organization and its number.

    ``subject`` is what it is: its kind and id. ``digits`` is the number, ``None`` for the record
    that counts how many there are, in ``last``. ``parts`` are the names of what it consists of,
    in the order in which they got numbers of their own; none is ever taken out.
    """

    subject: str
    digits: str | None = None
    last: int = 0
    parts: list[str] = Field(default_factory=list)

    @property
    def number(self) -> int:
        """The number, from 1 on."""
        return int(self.digits or "0")


def subject_of(kind: str, identity: str) -> str:
    """How a record names the thing that it is of."""
    return f"{kind}:{identity}"


def numbered_id(organization: str, subject: str) -> str:
    """The id of the record of a subject."""
    return derived_id("numbered", organization, subject)
