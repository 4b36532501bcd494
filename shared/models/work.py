"""Work on a record: who holds it, until when, and how often it was tried."""

from enum import StrEnum

from pydantic import Field

from shared.errors.registry import RetryClass
from shared.models.base import StoredModel
from shared.models.time import Timestamp, utc_now


class StageName(StrEnum):
    """The stages a document passes."""

    FETCH = "fetch"
    UNPACK = "unpack"
    OCR = "ocr"
    EXTRACT = "extract"
    NOTIFY = "notify"


class Lane(StrEnum):
    """Which of a stage's two queues a job waits in."""

    NORMAL = "normal"
    LOW = "low"


class WorkState(StrEnum):
    """Where a piece of work stands; ``done``, ``failed`` and ``cancelled`` are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL_WORK_STATES = frozenset({WorkState.DONE, WorkState.FAILED, WorkState.CANCELLED})


class Lease(StoredModel):
    """The right to commit, held by the worker that knows ``token`` (the fencing token)."""

    token: str
    worker: str
    until: Timestamp


class Problem(StoredModel):
    """What went wrong: a code of ``shared.errors`` and a sentence for a person."""

    code: str
    detail: str = ""


class Try(StoredModel):
    """A try that failed, ended ``at``: by whom, why, and what class of error that was.

    ``enqueued`` is since when it was waited for, ``started`` when it began.
    """

    at: Timestamp
    enqueued: Timestamp | None = None
    started: Timestamp | None = None
    worker: str = ""
    code: str
    detail: str = ""
    retry: RetryClass


class Work(StoredModel):
    """The state machine common to page parts, extractions and deliveries.

    ``attempts`` counts claims; it is written before the work starts, so a crash counts.
    ``begun`` counts those too that cost no attempt, as they were released.
    ``enqueued`` is when its job was last handed to the broker; ``trouble_since`` is when
    the current run of transient errors began. ``tries`` are the newest ones that failed.
    ``worker`` is who had it last.
    """

    state: WorkState = WorkState.WAITING
    lease: Lease | None = None
    attempts: int = 0
    begun: int = 0
    enqueued: Timestamp = Field(default_factory=utc_now)
    started: Timestamp | None = None
    finished: Timestamp | None = None
    trouble_since: Timestamp | None = None
    problem: Problem | None = None
    worker: str = ""
    tries: list[Try] = Field(default_factory=list)
