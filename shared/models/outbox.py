"""Outbox entries: what still has to be done because of a commit.

They live inside the record that was committed, so one write stores the result and what
must follow from it. An entry is removed when it has been carried out.
"""

from enum import StrEnum

from pydantic import Field

from shared.models.base import Record, StoredModel
from shared.models.ids import new_id
from shared.models.time import Timestamp, utc_now
from shared.models.work import Lane, StageName


class OutboxKind(StrEnum):
    """``job`` and ``event`` are published; ``settle`` tells a document of its extraction."""

    JOB = "job"
    EVENT = "event"
    SETTLE = "settle"


class OutboxEntry(StoredModel):
    """One thing to do, not before ``not_before``.

    ``part`` is for jobs of stage ocr, ``target`` the id of the record a job works on when
    it is not the entry's own.
    """

    id: str = Field(default_factory=new_id)
    kind: OutboxKind
    not_before: Timestamp = Field(default_factory=utc_now)
    stage: StageName | None = None
    part: int = 0
    target: str | None = None
    event: str | None = None
    sequence: int = 0


class Aggregate(Record):
    """A record that stages work on: it carries its own outbox.

    ``workspace`` is where it belongs, ``lane`` which queue its jobs wait in.
    """

    workspace: str
    lane: Lane = Lane.NORMAL
    outbox: list[OutboxEntry] = Field(default_factory=list)
