"""Tables from the places of words alone, ruled or not, on text layers and scans alike.

A table is a run of rows whose lines fall into the same columns: at least two of them, and
at least three rows. Columns are where the rows' lines overlap from one row to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.ocr.layout import Segment, Token, middle

_Box = tuple[float, float, float, float]
_FEWEST_COLUMNS = 3
_FEWEST_ROWS = 3
_ROW_GAP = 2.0  # of a row's height: wider vertical gaps end a table


class GridCell(NamedTuple):
    """A cell that holds text; ``row`` and ``column`` count from 0."""

    row: int
    column: int
    text: str
    box: _Box


@dataclass(frozen=True, slots=True)
class Grid:
    """A table in the frame of its words."""

    box: _Box
    rows: int
    columns: int
    cells: list[GridCell]


def find_tables(segments: Sequence[Segment], tokens: Sequence[Token]) -> list[Grid]:
    """The tables among ``segments``, from top to bottom."""
    rows = _rows(segments)
    grids: list[Grid] = []
    start = 0
    while start < len(rows):
        end = _run_end(rows, start)
        grid = _grid(rows[start:end], tokens) if end - start >= _FEWEST_ROWS else None
        if grid is not None:
            grids.append(grid)
        start = end if grid is not None else start + 1
    return grids


def _rows(segments: Sequence[Segment]) -> list[list[Segment]]:
    rows: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda s: s.y0 + s.y1):
        if rows:
            last = rows[-1][0]
            shared = min(segment.y1, last.y1) - max(segment.y0, last.y0)
            if shared > 0.5 * min(segment.y1 - segment.y0, last.y1 - last.y0):
                rows[-1].append(segment)
                continue
        rows.append([segment])
    for row in rows:
        row.sort(key=lambda s: s.x0)
    return rows


def _run_end(rows: list[list[Segment]], start: int) -> int:
    """Where the table that may begin at ``start`` ends; one-line rows may stand between."""
    if len(rows[start]) < _FEWEST_COLUMNS:
        return start + 1
    end = start + 1
    anchor = rows[start]
    gap_rows = 0
    for position in range(start + 1, len(rows)):
        row, above = rows[position], rows[position - 1]
        gap = min([s.y0 for s in row]) - max([s.y1 for s in above])
        if gap > _ROW_GAP * middle([s.y1 - s.y0 for s in row + above]):
            break
        if len(row) >= _FEWEST_COLUMNS - 1 and _aligned(row, anchor):
            end, gap_rows = position + 1, 0
            anchor = row if len(row) >= len(anchor) else anchor
        else:
            gap_rows += 1
            if gap_rows > 1:
                break
    return end


def _aligned(row: list[Segment], anchor: list[Segment]) -> bool:
    """Whether each line of ``row`` meets at most one of ``anchor``, and most meet one."""
    met = 0
    for segment in row:
        x0, x1 = segment.x0, segment.x1
        touching = len([other for other in anchor if x0 < other.x1 and other.x0 < x1])
        if touching > 1:
            return False
        met += touching
    return met >= max(2, len(row) - 1)


def _grid(rows: list[list[Segment]], tokens: Sequence[Token]) -> Grid | None:
    columns = _columns(rows)
    if len(columns) < _FEWEST_COLUMNS:
        return None
    cells: dict[tuple[int, int], list[Segment]] = {}
    for number, row in enumerate(rows):
        for segment in row:
            column = _column(columns, (segment.x0 + segment.x1) / 2)
            cells.setdefault((number, column), []).append(segment)
    every = [segment for row in rows for segment in row]
    return Grid(
        _around(every),
        len(rows),
        len(columns),
        [
            GridCell(row, column, " ".join([_text(s, tokens) for s in parts]), _around(parts))
            for (row, column), parts in sorted(cells.items())
        ],
    )


def _column(columns: list[tuple[float, float]], x: float) -> int:
    """The first of ``columns`` that ``x`` lies in, else the one whose middle is nearest."""
    for number, (x0, x1) in enumerate(columns):
        if x0 <= x <= x1:
            return number
    return min(range(len(columns)), key=lambda number: abs(sum(columns[number]) / 2 - x))


def _columns(rows: list[list[Segment]]) -> list[tuple[float, float]]:
    """The spans on x that lines of full rows cover, apart from one another."""
    most = max(map(len, rows))
    spans = sorted((s.x0, s.x1) for row in rows if len(row) >= most - 1 for s in row)
    columns: list[tuple[float, float]] = []
    for x0, x1 in spans:
        if columns and x0 < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], x1))
        else:
            columns.append((x0, x1))
    return columns


def _text(segment: Segment, tokens: Sequence[Token]) -> str:
    return " ".join([tokens[word].text for word in segment.words])


def _around(segments: Sequence[Segment]) -> _Box:
    return (
        min([s.x0 for s in segments]),
        min([s.y0 for s in segments]),
        max([s.x1 for s in segments]),
        max([s.y1 for s in segments]),
    )
