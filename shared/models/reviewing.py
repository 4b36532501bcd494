"""What people do to a document's fields before they say that all is right."""

from enum import StrEnum
from typing import Any

from pydantic import Field as ModelField

from shared.models.base import StoredModel
from shared.models.time import Timestamp

MAX_ACTIONS = 500
"""Actions kept of an extraction, the newest."""


class ValueSource(StrEnum):
    """How a person came to a value: as it was read, from words of the page, or by typing."""

    READ = "read"
    PICKED = "picked"
    TYPED = "typed"


class ActionKind(StrEnum):
    """What a person did."""

    ACCEPT = "accept"
    CHANGE = "change"
    ABSENT = "absent"
    ADD_ROW = "add_row"
    REMOVE_ROW = "remove_row"
    RESTORE_ROW = "restore_row"
    APPROVE = "approve"
    REJECT = "reject"
    POSTPONE = "postpone"
    UNDO = "undo"
    TAKE_OVER = "take_over"


class ReviewAction(StoredModel):
    """One thing that a person did, for whoever asks later who changed what.

    ``by`` is the id of the person, or of the key where it belongs to none. ``place`` is as in
    ``services.ingest.edits``, ``before`` and ``after`` are the values' texts, cut;
    ``milliseconds`` is how long it took, as the person's program says. ``note`` is a reason or
    the name of whom it was taken over from. ``row`` is one that was removed, ``rows`` those of a
    table that was said not to be there, kept of the newest one.
    """

    at: Timestamp
    by: str
    kind: ActionKind
    place: str = ""
    before: str | None = None
    after: str | None = None
    source: ValueSource | None = None
    milliseconds: int = 0
    note: str = ""
    row: dict[str, Any] | None = None
    rows: list[dict[str, Any]] | None = None


class ReviewLock(StoredModel):
    """Who works on a review until when: a lease, which its holder renews.

    ``token`` is what the holder shows, ``name`` what others are told; ``session`` is the browser
    that has it, which may take it again without asking.
    """

    token: str
    by: str
    name: str
    session: str = ""
    since: Timestamp
    until: Timestamp


class ReviewWork(StoredModel):
    """A review under way: who has it, what was done, and which values a person says are not there.

    ``postponed`` is when it was put aside; who asks for the next one does not get it then.
    """

    lock: ReviewLock | None = None
    absent: list[str] = ModelField(default_factory=list)
    postponed: Timestamp | None = None
    actions: list[ReviewAction] = ModelField(default_factory=list)

    def with_action(self, action: ReviewAction) -> "ReviewWork":
        """With one more thing done."""
        before = self.actions
        if action.rows is not None:
            before = [it.copy_with(rows=None) if it.rows is not None else it for it in before]
        return self.copy_with(actions=[*before, action][-MAX_ACTIONS:])
