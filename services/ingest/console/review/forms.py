"""What a reviewer's browser sends, as what it means."""

from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from services.ingest.console.visit import Fields
from services.ingest.edits import KEEP
from services.ingest.reviewing.drafts import FieldWrite
from services.ingest.reviewing.row_words import PickedWord
from services.ingest.reviewing.table_drafts import RowAction, RowWish
from shared.errors import Code, Permanent
from shared.models.page import Box
from shared.models.reviewing import ValueSource

T = TypeVar("T")

_BOXES: TypeAdapter[list[Box]] = TypeAdapter(list[Box])
_WORDS: TypeAdapter[list[PickedWord]] = TypeAdapter(list[PickedWord])
_MOST = 200
_MAX_MILLISECONDS = 86_400_000


def field_write(place: str, fields: Fields) -> FieldWrite:
    """What is said of the value at a place; raises ``Permanent(BAD_REQUEST)``."""
    try:
        source = ValueSource(fields.text("source", ValueSource.TYPED.value))
    except ValueError:
        raise Permanent(Code.BAD_REQUEST) from None
    text = fields.text("value")
    return FieldWrite(
        place=place,
        revision=fields.text("revision"),
        source=source,
        value=KEEP if source is ValueSource.READ else (text or None),
        boxes=_some(_BOXES, fields.text("boxes")) if fields.text("boxes") else None,
        milliseconds=milliseconds(fields),
    )


def row_wish(place: str, fields: Fields) -> RowWish:
    """What is to be done to a row or a table; raises ``Permanent(BAD_REQUEST)``."""
    turn = fields.text("turn", "0")
    try:
        action = RowAction(fields.text("action"))
    except ValueError:
        raise Permanent(Code.BAD_REQUEST) from None
    return RowWish(
        action=action,
        place=place,
        revision=fields.text("revision"),
        words=_some(_WORDS, fields.text("words")) if fields.text("words") else (),
        turn=int(turn) if turn in {"0", "90", "180", "270"} else 0,
        milliseconds=milliseconds(fields),
    )


def milliseconds(fields: Fields) -> int:
    """How long it took, as the browser says."""
    text = fields.text("milliseconds")
    is_count = text.isascii() and text.isdigit() and len(text) < len(str(_MAX_MILLISECONDS)) + 1
    return min(int(text), _MAX_MILLISECONDS) if is_count else 0


def _some(kind: TypeAdapter[list[T]], text: str) -> list[T]:
    try:
        found = kind.validate_json(text)
    except ValidationError:
        raise Permanent(Code.BAD_REQUEST) from None
    if len(found) > _MOST:
        raise Permanent(Code.BAD_REQUEST)
    return found
