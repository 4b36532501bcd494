"""Why something failed for good, and what was done about that."""

from enum import StrEnum

from pydantic import Field

from shared.models.base import StoredModel
from shared.models.time import Timestamp
from shared.models.work import StageName, Try


class FailureKind(StrEnum):
    """Why it was not tried again.

    ``transient_exhausted``: a dependency was down for as long as is waited. ``attempts_spent``:
    crashes, timeouts, refusals, as often as is tried. ``permanent``: trying again cannot help.
    """

    TRANSIENT_EXHAUSTED = "transient_exhausted"
    ATTEMPTS_SPENT = "attempts_spent"
    PERMANENT = "permanent"


class Failure(StoredModel):
    """What a dead letter says of the failure; ``attempts`` counts those that were spent.

    ``tries`` are the newest that failed, the oldest first. ``worker`` made the last one.
    """

    code: str
    detail: str = ""
    kind: FailureKind
    stage: StageName
    attempts: int = 0
    tries: list[Try] = Field(default_factory=list)
    worker: str = ""


class Remedy(StrEnum):
    """What is done about a dead letter.

    ``reprocessed`` and ``split`` are what somebody did to its document without looking at it.
    """

    REPLAYED = "replayed"
    DISCARDED = "discarded"
    REPROCESSED = "reprocessed"
    SPLIT = "split"


class Closing(StoredModel):
    """Who did what about a dead letter, and when.

    ``by`` is the id of a person, or of a key that has none; ``None`` where that is not known.
    ``due`` is when what was replayed is tried again, ``note`` why it was discarded.
    """

    id: str
    what: Remedy
    by: str | None = None
    at: Timestamp
    due: Timestamp | None = None
    note: str = ""
