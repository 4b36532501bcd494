"""Dead letters: what failed for good, until somebody has done something about it."""

from enum import StrEnum

from pydantic import Field

from shared.models.base import Record
from shared.models.failure import Closing, FailureKind
from shared.models.ids import derived_id
from shared.models.trace import trace_id_of
from shared.models.work import StageName, Try


class LetterState(StrEnum):
    """``open`` until it was replayed or discarded."""

    OPEN = "open"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


class Subject(StrEnum):
    """What has failed: a document, fields that somebody ordered of one, or telling of it."""

    DOCUMENT = "document"
    EXTRACTION = "extraction"
    DELIVERY = "delivery"


class DeadLetter(Record):
    """One failure for good of one thing.

    ``target`` is the id of what failed, ``document`` of the document it is or belongs to (empty
    for a handshake), in ``revision``. ``trace`` is the ``traceparent`` of its document.
    ``earlier`` is the letter of the time that the same thing failed before. ``audit`` says what
    was done about it, the oldest first. It holds no content, name or address of a document.
    """

    workspace: str
    subject: Subject
    target: str
    document: str
    revision: int = 0
    state: LetterState = LetterState.OPEN
    code: str
    detail: str = ""
    kind: FailureKind
    stage: StageName
    attempts: int = 0
    tries: list[Try] = Field(default_factory=list)
    worker: str = ""
    trace: str = ""
    earlier: str | None = None
    audit: list[Closing] = Field(default_factory=list)

    @property
    def trace_id(self) -> str | None:
        """The id of the trace, where there is one."""
        return trace_id_of(self.trace)


def letter_id(target: str, number: int) -> str:
    """The id of the letter of the ``number``-th time (from 1) that something failed."""
    return derived_id("dead-letter", target, number)
