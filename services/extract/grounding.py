"""Points values at the words of the page that bear them out."""

from decimal import Decimal, InvalidOperation

from services.extract.finders import Found
from services.extract.reading import Reading
from services.extract.sheet import Row, Token, boxes_of
from services.extract.wording import compact
from shared.models.extraction import Field, FieldSource
from shared.models.schema import FieldType

_SHORTEST_PART = 3


def field_of(found: Found, kind: FieldType = FieldType.TEXT, *, is_cell: bool = False) -> Field:
    """The stored form of a value found on the page; ``raw`` is what was read, never mended.

    A value that was worked out is stored as ``kind`` has it; as a cell of a row it has no boxes,
    as those of the cells that it comes from are there already.
    """
    if found.is_derived:
        return Field(
            value=_typed(found.value, kind),
            raw=found.raw,
            confidence=round(found.confidence, 4),
            boxes=[] if is_cell else boxes_of(found.tokens),
            grounded=bool(found.tokens),
            source=FieldSource.DERIVED,
        )
    is_mended = any(token.printed != token.text for token in found.tokens)
    return Field(
        value=found.value,
        raw=" ".join(token.printed for token in found.tokens) if is_mended else found.raw,
        confidence=round(found.confidence, 4),
        boxes=boxes_of(found.tokens),
        grounded=bool(found.tokens),
        source=FieldSource.LAYOUT,
    )


def _typed(value: str, kind: FieldType) -> str | int | bool:
    match kind:
        case FieldType.INTEGER:
            return int(value)
        case FieldType.BOOLEAN:
            return value == "true"
        case _:
            return value


def locate(reading: Reading, kind: FieldType, value: str) -> list[Token]:
    """The words of the page that say ``value``; empty where it does not stand there."""
    match kind:
        case FieldType.AMOUNT | FieldType.NUMBER:
            return _locate_number(reading, value)
        case FieldType.DATE:
            places = [found for found in reading.dates if found.value == value]
            return places[0].tokens if places else []
        case FieldType.CURRENCY:
            trait = f"currency:{value}"
            places = [found for found in reading.numbers if trait in found.traits]
            return places[0].tokens if places else _locate_text(reading, value)
        case _:
            return _locate_text(reading, value)


def _locate_number(reading: Reading, value: str) -> list[Token]:
    try:
        wanted = abs(Decimal(value))
    except InvalidOperation:
        return []
    places = [found for found in reading.numbers if abs(found.number) == wanted]
    exact = [found for found in places if "decimals:2" in found.traits] or places
    return exact[-1].tokens if exact else []


def _locate_text(reading: Reading, value: str) -> list[Token]:
    wanted = compact(value)
    if not wanted:
        return []
    for row in reading.sheet.rows:
        if tokens := _in_row(row, wanted):
            return tokens
    return _over_rows(reading.sheet.rows, wanted)


def _in_row(row: Row, wanted: str) -> list[Token]:
    words = [compact(token.text) for token in row.tokens]
    if wanted not in "".join(words):
        return []
    for start in range(len(words)):
        joined = ""
        for end in range(start, len(words)):
            joined += words[end]
            if joined == wanted or (wanted in joined and end == start):
                return row.tokens[start : end + 1]
            if not wanted.startswith(joined):
                break
    return []


def _over_rows(rows: list[Row], wanted: str) -> list[Token]:
    """A text that goes on in the segments below it."""
    for row in rows:
        for segment in row.segments:
            own = compact(segment.text)
            if len(own) < _SHORTEST_PART or not wanted.startswith(own) or own == wanted:
                continue
            tokens, rest = list(segment.tokens), wanted[len(own) :]
            for below in rows[row.index + 1 : row.index + 5]:
                for other in below.segments:
                    part = compact(other.text)
                    if part and rest.startswith(part) and other.page == segment.page:
                        tokens += other.tokens
                        rest = rest[len(part) :]
                        break
                if not rest:
                    return tokens
    return []
