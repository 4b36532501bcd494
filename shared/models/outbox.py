"""Outbox entries: what still has to be done because of a commit.

They live inside the record that was committed, so one write stores the result and what
must follow from it. An entry is removed when it has been carried out.
"""

from enum import StrEnum

from pydantic import Field

from shared.models.base import Record, StoredModel
from shared.models.dead_letter import letter_id
from shared.models.failure import Closing, Failure
from shared.models.ids import new_id
from shared.models.time import Timestamp, utc_now
from shared.models.trace import trace_id_of
from shared.models.work import Lane, StageName


class OutboxKind(StrEnum):
    """``job`` and ``event`` are published; ``settle`` tells a document of its extraction.

    ``letter`` writes a dead letter, or into one what was done about it.
    """

    JOB = "job"
    EVENT = "event"
    SETTLE = "settle"
    LETTER = "letter"


class OutboxEntry(StoredModel):
    """One thing to do, not before ``not_before``.

    ``part`` is for jobs of stage ocr, ``target`` the id of the record a job works on when
    it is not the entry's own. ``number`` is for letters: which failure of the record they are
    of; they have a ``failure`` to write down, a ``closing``, or both.
    """

    id: str = Field(default_factory=new_id)
    kind: OutboxKind
    not_before: Timestamp = Field(default_factory=utc_now)
    stage: StageName | None = None
    part: int = 0
    target: str | None = None
    event: str | None = None
    sequence: int = 0
    number: int = 0
    failure: Failure | None = None
    closing: Closing | None = None


class Aggregate(Record):
    """A record that stages work on: it carries its own outbox.

    ``workspace`` is where it belongs, ``lane`` which queue its jobs wait in. ``trace`` is the
    ``traceparent`` under which its document came in. ``letters`` counts the times that it failed
    for good, each of which has a dead letter.
    """

    workspace: str
    lane: Lane = Lane.NORMAL
    trace: str = ""
    letters: int = 0
    outbox: list[OutboxEntry] = Field(default_factory=list)

    @property
    def dead_letter(self) -> str | None:
        """The id of the letter of the newest time that it failed, if it ever did."""
        return letter_id(self.id, self.letters) if self.letters else None

    @property
    def trace_id(self) -> str | None:
        """The id of the trace; ``None`` for what came in before there were any."""
        return trace_id_of(self.trace)
