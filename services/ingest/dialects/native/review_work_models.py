"""What the native API says of a review under way, as models."""

from typing import Any, Literal

from pydantic import Field as ModelField

from services.ingest.reviewing.review_model import FieldState
from services.ingest.reviewing.table_drafts import RowAction
from shared.models.base import Model
from shared.models.extraction import Field, Fields
from shared.models.page import Box
from shared.models.reviewing import ValueSource
from shared.models.time import Timestamp

MAX_NOTE = 1_000
_LOCK = "the `token` of your lock; without one, only what nobody has is changed"
_REVISION = "the `revision` you saw: 409 `STALE_REVISION` if the values have changed since"


class MarkView(Model):
    """How a value stands: `bad`, `doubt`, `auto` (sure), `human` (checked) or `absent`."""

    state: FieldState
    why: list[str]
    open: bool = ModelField(description="a reviewer stops here")
    flagged: bool = ModelField(description="approving takes a reason")


class LockView(Model):
    """Who has the review, until when."""

    name: str
    since: Timestamp
    until: Timestamp
    token: str | None = ModelField(default=None, description="of your own lock alone")


class ReviewWorkView(Model):
    """A review under way: its values, and how each stands."""

    document: str
    revision: str = ModelField(description="another one whenever the values are others")
    fields: Fields
    states: dict[str, MarkView] = ModelField(description="by place, such as `items/0/price`")
    stops: list[str] = ModelField(description="places to look at: what is wrong, then doubtful")
    notices: list[str] = ModelField(description="about the document as a whole")
    done: bool = ModelField(description="the last word was said")
    lock: LockView | None
    links: dict[str, str]


class LockRequest(Model):
    """A wish for the lock; an empty one asks for a free one."""

    token: str = ModelField(default="", max_length=100, description="of the lock to be renewed")
    take_over: bool = ModelField(
        default=False, description="also from somebody else; takes scope `admin`, and is noted"
    )


class FieldRequest(Model):
    """A person's word on one value; without a `value` it is accepted as it is."""

    value: Any = ModelField(
        default=None, description='as in a review, or as people write it: `"1.234,50 €"`; '
        "`null`: the document has none",
    )  # fmt: skip
    boxes: list[Box] | None = ModelField(default=None, max_length=200)
    source: ValueSource = ModelField(
        default=ValueSource.READ,
        description="read: as it was read; picked: words of the page; typed: by hand",
    )
    revision: str = ModelField(max_length=100, description=_REVISION)
    milliseconds: int = ModelField(default=0, ge=0, le=86_400_000)
    lock: str = ModelField(default="", max_length=100, description=_LOCK)


class WordRequest(Model):
    """A word of a page, for the column that it stands in."""

    text: str = ModelField(min_length=1, max_length=200)
    box: Box


class RowRequest(Model):
    """What is done to a row (`line_items/2`), or to a table (`line_items`)."""

    action: RowAction = ModelField(
        description="`insert`, `remove`, `restore` and `fill` are for a row; `accept` (all cells "
        "but those that a rule finds wrong), `clear` (there is no such table) and `restore` for "
        "a table"
    )
    words: list[WordRequest] = ModelField(
        default_factory=list, max_length=200, description="of a line of the page, for `fill`"
    )
    turn: Literal[0, 90, 180, 270] = ModelField(
        default=0, description="clockwise degrees that bring that page upright"
    )
    milliseconds: int = ModelField(default=0, ge=0, le=86_400_000)
    revision: str = ModelField(max_length=100, description=_REVISION)
    lock: str = ModelField(default="", max_length=100, description=_LOCK)


class ApproveRequest(Model):
    """The values are right."""

    revision: str = ModelField(max_length=100, description=_REVISION)
    sign_off: str = ModelField(
        default="", max_length=MAX_NOTE, description="why, where values are flagged"
    )
    milliseconds: int = ModelField(
        default=0, ge=0, le=86_400_000, description="how long the review took"
    )
    lock: str = ModelField(default="", max_length=100, description=_LOCK)


class RejectRequest(Model):
    """The document is no use."""

    note: str = ModelField(min_length=1, max_length=MAX_NOTE, description="why")
    lock: str = ModelField(default="", max_length=100, description=_LOCK)


class ReadAgainRequest(Model):
    """Pages that were read the wrong way up."""

    turns: dict[int, Literal[0, 90, 180, 270]] = ModelField(
        default_factory=dict,
        max_length=5_000,
        description="by page, from 0: the clockwise degrees that bring it upright; those said "
        "before count as well",
    )
    lock: str = ModelField(default="", max_length=100, description=_LOCK)


class LockedRequest(Model):
    """Something done by who has the lock."""

    lock: str = ModelField(default="", max_length=100, description=_LOCK)


class RefusalView(Model):
    """Why nothing was changed, with what it takes to go on."""

    status: int
    code: str
    detail: str
    request_id: str
    revision: str | None = ModelField(default=None, description="of `STALE_REVISION`: the present")
    current: Field | None = ModelField(
        default=None, description="of `STALE_REVISION`: the value as it is now"
    )
    places: list[str] = ModelField(
        default_factory=list, description="of `OPEN_FLAGS`: what is wrong or doubtful"
    )
