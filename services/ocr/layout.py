"""Words into lines, blocks and reading order.

Works on boxes alone, so it serves text layers and recognised pages alike. A *row* is what
stands on one base line across the page, a *line* (segment) a piece of a row without a wide
gap. Reading order is row by row, except where rows share a gutter with running text on
both sides of it: there the columns are read one after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

_WIDE_GAP = 1.4  # of a row's height: wider gaps part two lines
_SAME_ROW = 0.5  # of the lower height: least vertical overlap
_PROSE_WORDS = 3  # the median line of running text has at least as many words
_COLUMN_ROWS = 3  # fewer rows are no columns
_BLOCK_GAP = 0.9  # of a line's height: wider vertical gaps part two blocks


class Token(NamedTuple):
    """A word with its box and the recogniser's confidence 0..1."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float = 1.0


@dataclass(slots=True)
class Segment:
    """A line: indexes of its words from left to right, its box, and its block."""

    words: list[int]
    x0: float
    y0: float
    x1: float
    y1: float
    block: int = -1

    @property
    def height(self) -> float:
        """How high its box is."""
        return self.y1 - self.y0


@dataclass(slots=True)
class _Row:
    words: list[int] = field(default_factory=list)
    y0: float = 0.0
    y1: float = 0.0


def arrange(tokens: Sequence[Token]) -> list[Segment]:
    """The lines of ``tokens``, whose text must run from left to right, in reading order."""
    rows = [_segments(tokens, row) for row in _rows(tokens)]
    ordered = _reading_order(rows)
    _number_blocks(ordered)
    return ordered


def _rows(tokens: Sequence[Token]) -> list[_Row]:
    rows: list[_Row] = []
    recent: list[_Row] = []
    by_middle = sorted(range(len(tokens)), key=lambda index: tokens[index].y0 + tokens[index].y1)
    for index in by_middle:
        _, _, y0, _, y1, _ = tokens[index]
        best = _closest(recent, y0, y1)
        if best is None:
            best = _Row([index], y0, y1)
            rows.append(best)
            recent = [row for row in recent if row.y1 > y0 - (y1 - y0)]
            recent.append(best)
            continue
        # The row's band follows its words slowly, so a tall word does not swallow the next.
        best.words.append(index)
        weight = 1 / len(best.words)
        best.y0 += (y0 - best.y0) * weight
        best.y1 += (y1 - best.y1) * weight
    return sorted(rows, key=lambda row: row.y0 + row.y1)


def _closest(rows: list[_Row], y0: float, y1: float) -> _Row | None:
    best, best_overlap = None, _SAME_ROW
    height = y1 - y0
    for row in rows:
        top, bottom = row.y0, row.y1
        shared = (min(y1, bottom)) - (max(y0, top))
        lower = bottom - top
        overlap = shared / ((min(height, lower)) or 1.0)
        if overlap > best_overlap:
            best, best_overlap = row, overlap
    return best


def _segments(tokens: Sequence[Token], row: _Row) -> list[Segment]:
    words = sorted(row.words, key=lambda index: tokens[index].x0)
    widest = _WIDE_GAP * median(tokens[index].y1 - tokens[index].y0 for index in words)
    segments: list[Segment] = []
    for index in words:
        token = tokens[index]
        if segments and token.x0 - segments[-1].x1 <= widest:
            last = segments[-1]
            last.words.append(index)
            last.x1 = max(last.x1, token.x1)
            last.y0, last.y1 = min(last.y0, token.y0), max(last.y1, token.y1)
        else:
            segments.append(Segment([index], token.x0, token.y0, token.x1, token.y1))
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
    for before, after in zip(rows[start], rows[start][1:], strict=False):
        low, high, end = before.x1, after.x0, start + 1
        while end < len(rows):
            new_low = max([low, *(s.x1 for s in rows[end] if s.x0 < (low + high) / 2)])
            new_high = min([high, *(s.x0 for s in rows[end] if s.x0 >= (low + high) / 2)])
            if new_low >= new_high:
                break
            low, high, end = new_low, new_high, end + 1
        gutter = (low + high) / 2
        if end > best[0] and _are_columns(rows[start:end], gutter):
            best = (end, gutter)
    return best


def _are_columns(rows: list[list[Segment]], gutter: float) -> bool:
    segments = [segment for row in rows for segment in row]
    for side in (
        [s for s in segments if s.x1 <= gutter],
        [s for s in segments if s.x1 > gutter],
    ):
        if len(side) < _COLUMN_ROWS or median(len(s.words) for s in side) < _PROSE_WORDS:
            return False
    return True


def _number_blocks(segments: list[Segment]) -> None:
    """Join each line to the block of the line just above it, where they lie close."""
    blocks = 0
    for position, segment in enumerate(segments):
        for above in reversed(segments[max(0, position - 12) : position]):
            height = min(segment.height, above.height)
            gap = segment.y0 - above.y1
            overlap = min(segment.x1, above.x1) - max(segment.x0, above.x0)
            alike = max(segment.height, above.height) < 1.6 * height
            if -height < gap < _BLOCK_GAP * height and overlap > 0 and alike:
                segment.block = above.block
                break
        if segment.block < 0:
            segment.block = blocks
            blocks += 1
