"""Parts lines where columns are too close to be told by their gap alone.

In a text layer, where words stand exactly, ``Account number 4410`` is a label and its value if the
lines around it have theirs at the same two edges; and a column of numbers that stands right ends
where the next begins, line by line, though there is hardly more than a blank between them.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise, starmap
from typing import TypeVar

from services.extract.median import median
from services.extract.sheet import Row, Segment, Token

_Piece = TypeVar("_Piece", Segment, Token)
_AROUND = 3  # rows up and down that bear out two edges
_FEWEST = 2  # of them
_LEAST_GAP = 0.4  # of the height: blanks between words are half of it
_WIDER = 1.35  # times the blanks of the text: the least that is no mere blank
_EDGE = 0.08  # of the height, between edges that are the same
_FURTHEST = 2.5  # heights from one row to the next


def part_columns(rows: list[Row]) -> None:
    """Cut the segments of ``rows`` whose words stand at the edges of columns around them."""
    gaps = [_gap(*pair) for row in rows for it in row.segments for pair in pairwise(it.tokens)]
    if not gaps:
        return
    least = _WIDER * median(gaps)
    cuts = {at: [_parts(rows, at, it, least) for it in row.segments] for at, row in enumerate(rows)}
    for at, parted in cuts.items():
        row, tokens = rows[at], [part for parts in parted for part in parts]
        if len(tokens) > len(row.segments):
            row.segments = [
                Segment(part, row.index, position, row.page) for position, part in enumerate(tokens)
            ]


def _gap(left: Token, right: Token) -> float:
    return (right.x0 - left.x1) / left.height


def _parts(rows: list[Row], at: int, segment: Segment, least: float) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for left, right in pairwise(segment.tokens):
        parts[-1].append(left)
        gap = _gap(left, right)
        if gap < least or right.confidence < 1:
            continue
        labelled = gap >= _LEAST_GAP and len(parts) == 1
        if (labelled and _begin_alike(rows, at, segment, right)) or _meet(rows, at, left, right):
            parts.append([])
    parts[-1].append(segment.tokens[-1])
    return parts


def _begin_alike(rows: list[Row], at: int, segment: Segment, right: Token) -> bool:
    """Whether rows close by have pieces side by side at the edges of ``segment`` and ``right``."""
    edge = _EDGE * segment.height
    return _is_repeated(
        (pairwise(other.segments) for other in _around(rows, at, right)),
        lambda one, two: abs(one.x0 - segment.x0) < edge and abs(two.x0 - right.x0) < edge,
    )


def _meet(rows: list[Row], at: int, left: Token, right: Token) -> bool:
    """Whether words close by end and begin just where ``left`` ends and ``right`` begins."""
    edge = _EDGE * left.height
    return _is_repeated(
        (pairwise(other.tokens) for other in _around(rows, at, right)),
        lambda one, two: abs(one.x1 - left.x1) < edge and abs(two.x0 - right.x0) < edge,
    )


def _is_repeated(
    rows: Iterable[Iterable[tuple[_Piece, _Piece]]], fits: Callable[[_Piece, _Piece], bool]
) -> bool:
    """Whether enough of ``rows`` have two neighbours that fit."""
    return sum(any(starmap(fits, pairs)) for pairs in rows) >= _FEWEST


def _around(rows: list[Row], at: int, token: Token) -> Iterator[Row]:
    furthest = _FURTHEST * _AROUND * token.height
    for other in rows[max(0, at - _AROUND) : at + _AROUND + 1]:
        is_near = abs(other.segments[0].tokens[0].middle - token.middle) < furthest
        if other.page == token.page and other is not rows[at] and is_near:
            yield other
