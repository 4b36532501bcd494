"""Parts lines where columns are too close to be told by their gap alone.

In a text layer, where words stand exactly, ``Account number 4410`` is a label and its value if the
lines around it have theirs at the same two edges.
"""

from itertools import pairwise

from services.extract.sheet import Row, Segment, Token

_AROUND = 3  # rows up and down that bear out two edges
_FEWEST = 2  # of them
_LEAST_GAP = 0.4  # of the height: blanks between words are half of it
_EDGE = 0.08  # of the height, between edges that are the same
_FURTHEST = 2.5  # heights from one row to the next


def part_columns(rows: list[Row]) -> None:
    """Cut the segments of ``rows`` whose words stand at the edges of columns around them."""
    for at, row in enumerate(rows):
        parted = [part for segment in row.segments for part in _parts(rows, at, segment)]
        if len(parted) > len(row.segments):
            row.segments = [
                Segment(tokens, row.index, position, row.page)
                for position, tokens in enumerate(parted)
            ]


def _parts(rows: list[Row], at: int, segment: Segment) -> list[list[Token]]:
    tokens = segment.tokens
    for cut in range(1, len(tokens)):
        left, right = tokens[cut - 1], tokens[cut]
        if right.x0 - left.x1 < _LEAST_GAP * left.height or right.confidence < 1:
            continue
        if _is_borne_out(rows, at, segment, right):
            return [tokens[:cut], tokens[cut:]]
    return [tokens]


def _is_borne_out(rows: list[Row], at: int, segment: Segment, right: Token) -> bool:
    """Whether rows close by have pieces side by side at the edges of ``segment`` and ``right``."""
    height = segment.height
    edge, furthest = _EDGE * height, _FURTHEST * _AROUND * height
    count = 0
    for other in rows[max(0, at - _AROUND) : at + _AROUND + 1]:
        pieces = other.segments
        if other.page != segment.page or other is rows[at]:
            continue
        if abs(pieces[0].tokens[0].middle - right.middle) > furthest:
            continue
        count += any(
            abs(one.x0 - segment.x0) < edge and abs(two.x0 - right.x0) < edge
            for one, two in pairwise(pieces)
        )
    return count >= _FEWEST
