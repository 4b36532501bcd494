"""What on a page could be the value of a field of some type."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.extract.reading import Reading
from services.extract.sheet import Row, Segment, Token
from shared.models.schema import FieldType

_NUMBERS = frozenset({FieldType.AMOUNT, FieldType.NUMBER, FieldType.INTEGER})
NORMAL = _NUMBERS | {FieldType.DATE}
"""The types whose places have their values in normal form already."""
_MOST_TOKENS = 12  # of one row that may belong to a label before the value
_LEFT_EDGE = 1.5  # of the height, between the rows of one block


@dataclass(frozen=True, slots=True)
class Place:
    """A possible value and its words; ``rows`` is how many rows they fill."""

    value: str
    tokens: tuple[Token, ...]
    segment: Segment
    rows: int = 1


def places(reading: Reading, kind: FieldType, rows: Iterable[int] = (1,)) -> list[Place]:
    """All that a field of type ``kind`` could be; of text, what fills so many rows."""
    if kind in _NUMBERS:
        found = reading.numbers
    elif kind is FieldType.DATE:
        found = reading.dates
    else:
        return [place for count in sorted(set(rows)) for place in _texts(reading, count)]
    return [Place(it.value, tuple(it.tokens), it.segment) for it in found]


def _texts(reading: Reading, rows: int) -> Iterator[Place]:
    for segment in reading.sheet.segments:
        for start in range(min(len(segment.tokens), _MOST_TOKENS)):
            if rows == 1:
                yield _joined([segment.tokens[start:]], segment)
            elif start == 0 and (block := _block(reading.sheet.rows, segment, rows)):
                yield _joined([it.tokens for it in block], segment)


def _joined(parts: list[list[Token]], segment: Segment) -> Place:
    tokens = tuple(token for part in parts for token in part)
    return Place(" ".join(token.text for token in tokens), tokens, segment, len(parts))


def _block(rows: list[Row], first: Segment, count: int) -> list[Segment]:
    """``first`` and what stands right below it, left edge under left edge."""
    block = [first]
    for row in rows[first.row + 1 : first.row + count]:
        below = [it for it in row.segments if it.page == first.page and _is_flush(it, first)]
        if not below:
            return []
        block.append(below[0])
    return block if len(block) == count else []


def _is_flush(one: Segment, other: Segment) -> bool:
    return abs(one.x0 - other.x0) < _LEFT_EDGE * other.height
