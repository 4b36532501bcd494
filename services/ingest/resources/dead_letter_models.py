"""What the native API says of dead letters."""

from pydantic import Field

from shared.models.base import Model
from shared.models.dead_letter import LetterState, Subject
from shared.models.failure import FailureKind, Remedy
from shared.models.time import Timestamp
from shared.models.work import StageName
from shared.stages.replaying import FromStage

MAX_LETTERS = 1000
"""Letters that one call does something about."""
_PACE = 60
_NOTE = Field(default="", max_length=500, description="why; kept with the letter")


class TryView(Model):
    """A try that failed."""

    at: Timestamp
    worker: str
    code: str
    detail: str


class ClosingView(Model):
    """Something that was done about a letter."""

    what: Remedy
    by: str | None = Field(description="a person, or a key that has none; null: not known")
    at: Timestamp
    due: Timestamp | None = Field(description="when it is tried again")
    note: str = Field(description="why it was discarded, if that was said")


class DeadLetterView(Model):
    """One failure for good of a document, of an extraction that was ordered, or of a delivery."""

    id: str
    workspace: str
    subject: Subject
    target: str = Field(description="the id of what has failed")
    document: str | None
    revision: int
    state: LetterState
    code: str
    detail: str
    kind: FailureKind
    stage: StageName
    attempts: int
    tries: list[TryView] = Field(description="the newest that failed, the oldest first")
    worker: str = Field(description="who made the last one")
    trace_id: str | None
    earlier: str | None = Field(description="the letter of the time it failed before")
    created: Timestamp
    updated: Timestamp
    audit: list[ClosingView]
    links: dict[str, str]


class DeadLetterList(Model):
    """Dead letters, newest first."""

    dead_letters: list[DeadLetterView]


class ReplayRequest(Model):
    """How to try it again."""

    from_stage: FromStage | None = Field(
        default=None,
        description="start: from the file on; extract: with the pages as they were read; "
        "null: extract where only that has failed",
    )
    not_before: Timestamp | None = None


class LetterFilter(Model):
    """Which open letters; all that is given must hold."""

    code: str | None = None
    stage: StageName | None = None
    kind: FailureKind | None = None
    workspace: str | None = Field(default=None, description="by id")
    document: str | None = Field(default=None, description="by id")
    created_after: Timestamp | None = None
    created_before: Timestamp | None = None
    dry_run: bool = Field(default=False, description="only tell which ones")
    limit: int = Field(default=100, ge=1, le=MAX_LETTERS)


class ReplayManyRequest(LetterFilter):
    """Which letters to replay, and at what pace."""

    per_minute: int = Field(
        default=_PACE, ge=1, le=6000, description="how many begin in a minute, evenly spread"
    )
    from_stage: FromStage | None = None
    not_before: Timestamp | None = Field(default=None, description="when the first one may begin")


class DiscardRequest(Model):
    """Why nothing is to be done."""

    note: str = _NOTE


class DiscardManyRequest(LetterFilter):
    """Which letters to let lie, and why."""

    note: str = _NOTE


class LeftLetter(Model):
    """A letter that nothing could be done about, and why."""

    id: str
    detail: str


class LettersDone(Model):
    """What became of many letters."""

    dry_run: bool
    letters: list[str] = Field(description="ids, the oldest first")
    left: list[LeftLetter]
    more: bool = Field(description="whether others match: call again")
    next_due: Timestamp | None = Field(description="not_before of the next call, for its pace")
