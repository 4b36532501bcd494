"""Finds the lines of a table where reviewed documents of the same layout had them."""

from collections.abc import Iterator

from rapidfuzz import fuzz

from services.extract.calibrate import legibility
from services.extract.lessons import ColumnLesson, TableLesson
from services.extract.memory.candidates import NORMAL
from services.extract.reading import Reading
from services.extract.sheet import Row as SheetRow
from services.extract.sheet import Token, boxes_of
from services.extract.tables.typing import typed_value
from services.extract.wording import compact
from shared.models.extraction import Field, Row

_ALIKE = 85.0  # of 100, between rows that a reader may have misread
_PAD = 0.012  # of the page's width
_HIGHEST = 0.99
_LEAST = 0.5  # accuracy of what is recalled where the engine found nothing


def remembered_rows(machine: list[Row], lesson: TableLesson, reading: Reading) -> list[Row]:
    """The lines to take: whichever were right more often on reviewed documents of the layout."""
    least = lesson.machine if machine else _LEAST
    if lesson.accuracy <= least:
        return machine
    return recalled_rows(lesson, reading) or machine


def recalled_rows(lesson: TableLesson, reading: Reading) -> list[Row]:
    """The lines between the head and what ends the table, each begun by a value of the anchor."""
    anchor = next(column for column in lesson.columns if column.name == lesson.anchor)
    rows = list(_body(lesson, reading))
    found: list[Row] = []
    for row in rows:
        if _cell(reading, row, anchor, lesson) is None:
            continue
        line: Row = {}
        for column in lesson.columns:
            at = row.index + column.below
            if at < len(reading.sheet.rows):
                cell = _cell(reading, reading.sheet.rows[at], column, lesson)
                if cell is not None:
                    line[column.name] = cell
        found.append(line)
    return found


def head_of(row: SheetRow) -> str:
    """A row above a table, compact."""
    return compact(row.text)


def end_of(row: SheetRow) -> str:
    """What a row below a table begins with, compact; without its numbers."""
    return "".join(char for char in compact(row.segments[0].text) if not char.isdigit())


def _body(lesson: TableLesson, reading: Reading) -> Iterator[SheetRow]:
    begun = not lesson.head
    for row in reading.sheet.rows:
        if not begun:
            begun = fuzz.ratio(head_of(row), lesson.head) >= _ALIKE
            continue
        start = end_of(row)
        if start and any(fuzz.ratio(start, end) >= _ALIKE for end in lesson.ends):
            return
        yield row


def _cell(
    reading: Reading, row: SheetRow, column: ColumnLesson, lesson: TableLesson
) -> Field | None:
    tokens = _within(reading, row, column)
    if not tokens:
        return None
    value = typed_value(reading, column.kind, tokens)
    is_text = column.kind not in NORMAL
    if not value or (is_text and not any(char.isalnum() for char in value)):
        return None
    return Field(
        value=value,
        raw=" ".join(token.printed for token in tokens),
        confidence=round(min(_HIGHEST, lesson.accuracy) * legibility(tokens), 4),
        boxes=boxes_of(tokens),
    )


def _within(reading: Reading, row: SheetRow, column: ColumnLesson) -> list[Token]:
    width = reading.sheet.widths[row.page] or 1.0
    low, high = (column.left - _PAD) * width, (column.right + _PAD) * width
    return [token for token in row.tokens if low <= (token.x0 + token.x1) / 2 <= high]
