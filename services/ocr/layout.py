"""Words into lines, blocks and reading order.

Works on boxes alone, so it serves text layers and recognised pages alike. A *row* is what
stands on one base line across the page, a *line* (segment) a piece of a row without a wide
gap. Reading order is row by row, except where rows share a gutter with running text on
both sides of it: there the columns are read one after the other.
"""

# ruff: noqa: PLR1730 (min and max would take a third of the time that a page takes here)

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

_WIDE_GAP = 1.4  # of a row's height: wider gaps part two lines
_SAME_ROW = 0.5  # of the lower height: least vertical overlap
_PROSE_WORDS = 3  # the median line of running text has at least as many words
_COLUMN_ROWS = 3  # fewer rows are no columns
_BLOCK_GAP = 0.9  # of a line's height: wider vertical gaps part two blocks
_ALIKE = 1.6  # times as high may one line be as another of its block
_LINES_ABOVE = 12  # how far back a line looks for its block


class Token(NamedTuple):
    """A word with its box and the recogniser's confidence 0..1."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float = 1.0


def certain(words: Iterable[tuple[str, float, float, float, float]]) -> list[Token]:
    """Tokens with confidence 1 of ``words``: texts with their boxes."""
    # A tuple's own way of making one: a named tuple's takes twice as long.
    return [tuple.__new__(Token, (*word, 1.0)) for word in words]


@dataclass(slots=True)
class Segment:
    """A line: indexes of its words from left to right, its box, and its block."""

    words: list[int]
    x0: float
    y0: float
    x1: float
    y1: float
    block: int = -1


@dataclass(slots=True)
class _Row:
    """What stands on one base line: indexes of its words, and the band that they fill."""

    words: list[int]
    y0: float
    y1: float


class _Boxes(NamedTuple):
    """The words' boxes, one side after the other."""

    x0: Sequence[float]
    y0: Sequence[float]
    x1: Sequence[float]
    y1: Sequence[float]


def arrange(tokens: Sequence[Token]) -> list[Segment]:
    """The lines of ``tokens``, whose text must run from left to right, in reading order."""
    if not tokens:
        return []
    _, *sides, _ = zip(*tokens, strict=True)
    boxes = _Boxes(*sides)
    rows = [_segments(boxes, row) for row in _rows(boxes)]
    ordered = _reading_order(rows)
    _number_blocks(ordered)
    return ordered


def middle(values: Iterable[float]) -> float:
    """The median of at least one value; that of ``statistics`` takes ten times as long."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _rows(boxes: _Boxes) -> list[_Row]:
    rows: list[_Row] = []
    recent: list[_Row] = []
    row, top, bottom = _Row([], 0.0, 0.0), 0.0, 0.0
    middles = [y0 + y1 for y0, y1 in zip(boxes.y0, boxes.y1, strict=True)]
    for index in sorted(range(len(middles)), key=middles.__getitem__):
        y0, y1 = boxes.y0[index], boxes.y1[index]
        if y0 == top == row.y0 < y1 == bottom == row.y1:  # as high as the word before
            row.words.append(index)
            continue
        top, bottom = y0, y1
        closest = _closest(recent, y0, y1)
        if closest is None:
            row = _Row([index], y0, y1)
            rows.append(row)
            recent = [other for other in recent if other.y1 > y0 - (y1 - y0)]
            recent.append(row)
            continue
        # The row's band follows its words slowly, so a tall word does not swallow the next.
        row = closest
        row.words.append(index)
        weight = 1 / len(row.words)
        row.y0 += (y0 - row.y0) * weight
        row.y1 += (y1 - row.y1) * weight
    return sorted(rows, key=lambda row: row.y0 + row.y1)


def _closest(rows: list[_Row], y0: float, y1: float) -> _Row | None:
    best, best_overlap = None, _SAME_ROW
    height = y1 - y0
    for row in rows:
        shared = min(y1, row.y1) - max(y0, row.y0)
        overlap = shared / (min(height, row.y1 - row.y0) or 1.0)
        if overlap > best_overlap:
            best, best_overlap = row, overlap
    return best


def _segments(boxes: _Boxes, row: _Row) -> list[Segment]:
    x0s, y0s, x1s, y1s = boxes
    words = sorted(row.words, key=x0s.__getitem__)
    widest = _WIDE_GAP * middle([y1s[index] - y0s[index] for index in words])
    segments: list[Segment] = []
    last: Segment | None = None
    for index in words:
        x0, y0, x1, y1 = x0s[index], y0s[index], x1s[index], y1s[index]
        if last is None or x0 - last.x1 > widest:
            last = Segment([index], x0, y0, x1, y1)
            segments.append(last)
            continue
        last.words.append(index)
        if x1 > last.x1:
            last.x1 = x1
        if y0 < last.y0:
            last.y0 = y0
        if y1 > last.y1:
            last.y1 = y1
    return segments


def _reading_order(rows: list[list[Segment]]) -> list[Segment]:
    ordered: list[Segment] = []
    start = 0
    while start < len(rows):
        end, gutter = _column_run(rows, start)
        if gutter is None:
            ordered.extend(rows[start])
            start += 1
            continue
        left = [[s for s in row if s.x1 <= gutter] for row in rows[start:end]]
        right = [[s for s in row if s.x1 > gutter] for row in rows[start:end]]
        ordered.extend(_reading_order([row for row in left if row]))
        ordered.extend(_reading_order([row for row in right if row]))
        start = end
    return ordered


def _column_run(rows: list[list[Segment]], start: int) -> tuple[int, float | None]:
    """The end of the longest run of rows from ``start`` with a common gutter, and its place."""
    if len(rows) - start < _COLUMN_ROWS or len(rows[start]) < 2:  # noqa: PLR2004 (a gutter has two sides)
        return start, None
    best: tuple[int, float | None] = (start, None)
    for before, after in pairwise(rows[start]):
        low, high, end = before.x1, after.x0, start + 1
        while end < len(rows):
            new_low, new_high = _narrowed(low, high, rows[end])
            if new_low >= new_high:
                break
            low, high, end = new_low, new_high, end + 1
        gutter = (low + high) / 2
        if end > best[0] and _are_columns(rows[start:end], gutter):
            best = (end, gutter)
    return best


def _narrowed(low: float, high: float, row: list[Segment]) -> tuple[float, float]:
    """The gutter from ``low`` to ``high`` as far as ``row`` leaves it free."""
    centre = (low + high) / 2
    for segment in row:
        if segment.x0 < centre:
            if segment.x1 > low:
                low = segment.x1
        elif segment.x0 < high:
            high = segment.x0
    return low, high


def _are_columns(rows: list[list[Segment]], gutter: float) -> bool:
    # The right side first: there a table has numbers.
    return _is_prose([len(s.words) for row in rows for s in row if s.x1 > gutter]) and _is_prose(
        [len(s.words) for row in rows for s in row if s.x1 <= gutter]
    )


def _is_prose(lengths: list[int]) -> bool:
    return len(lengths) >= _COLUMN_ROWS and middle(lengths) >= _PROSE_WORDS


def _number_blocks(segments: list[Segment]) -> None:
    """Join each line to the block of the line just above it, where they lie close."""
    blocks = 0
    for position, segment in enumerate(segments):
        for above in reversed(segments[max(0, position - _LINES_ABOVE) : position]):
            if _follows(segment, above):
                segment.block = above.block
                break
        else:
            segment.block = blocks
            blocks += 1


def _follows(segment: Segment, above: Segment) -> bool:
    """Whether ``segment`` stands just below ``above``, and is about as high."""
    low, high = segment.y1 - segment.y0, above.y1 - above.y0
    if low > high:
        low, high = high, low
    return (
        -low < segment.y0 - above.y1 < _BLOCK_GAP * low
        and high < _ALIKE * low
        and min(segment.x1, above.x1) > max(segment.x0, above.x0)
    )
