"""REST hooks: webhooks that their receiver activates, one kind of event each."""

from enum import StrEnum

from pydantic import Field

from shared.models.base import Record
from shared.models.document import EventName

MAX_RESTHOOKS = 100
"""Of an organization."""


class Outcome(StrEnum):
    """How what an event tells of has ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Resthook(Record):
    """A webhook of an organization, or of one of its workspaces.

    ``topic`` is what its receiver calls what it wants to hear of: ``events`` of documents of
    ``types`` (none: of all) that ended with ``outcome`` (``None``: either way); without events
    it hears nothing. It is ``active`` once its receiver has shown the secret it was sent.
    ``deactivated`` is why we gave it up. One that a ``person`` has made, or moved last, hears of
    no workspace that is private to others.
    """

    workspace: str | None = None
    person: str | None = None
    url: str
    topic: str
    events: list[EventName] = Field(default_factory=list)
    types: list[str] = Field(default_factory=list)
    outcome: Outcome | None = None
    version: str = ""
    active: bool = False
    deactivated: str | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether its receiver has still to activate it."""
        return not self.active and self.deactivated is None
