"""Columns of values with the heads above them and the labels of their rows."""

from dataclasses import dataclass

from services.extract.pairs.units import Unit

_FEWEST = 3
_STEP = 3.2  # lines from one cell of a column to the next
_HEAD = 3.2  # lines from a head to its first cell
_DIGITS = 0.5


@dataclass(frozen=True, slots=True)
class Line:
    """A head or a label of a row, with the values that stand under or beside it."""

    question: Unit
    answers: list[Unit]


def find_columns(rows: list[list[Unit]], line: float) -> list[Line]:
    """The heads and row labels of all columns of values on a page."""
    cells = [unit for row in rows for unit in row if is_value(unit)]
    columns = [column for column in _columns(cells, line) if len(column) >= _FEWEST]
    others = [unit for row in rows for unit in row if not is_value(unit) and not unit.is_mark]
    headed = [(column, _head(column, others, line)) for column in columns]
    found = [Line(head, column) for column, head in headed if head is not None]
    inside = {id(cell) for column in columns for cell in column}
    labels: list[Line] = []
    for row in rows:
        values = [unit for unit in row if id(unit) in inside]
        if values and (label := _label(row, values[0])) is not None:
            labels.append(Line(label, values))
    records, singles = _records(labels, others, found, line)
    return found + records + (singles if len(singles) >= _FEWEST else [])


def _records(
    labels: list[Line], others: list[Unit], heads: list[Line], line: float
) -> tuple[list[Line], list[Line]]:
    """Columns of labels that have a head themselves, as in lists of records, and the rest."""
    columns = _columns([label.question for label in labels], line)
    records: list[Line] = []
    for column in columns:
        names = [unit for unit in others if not any(unit is each for each in column)]
        head = _head(column, names, line) if len(column) > 1 else None
        level = (
            [each for each in heads if each.question.tokens[0] is not head.tokens[0]]
            if head
            else []
        )
        colons = sum(unit.text.endswith(":") for unit in column)
        if head and 2 * colons < len(column) and any(_is_level(head, it.question) for it in level):
            records.append(Line(head, column))
    inside = {id(unit) for record in records for unit in record.answers}
    return records, [label for label in labels if id(label.question) not in inside]


def _is_level(one: Unit, two: Unit) -> bool:
    return min(one.y1, two.y1) - max(one.y0, two.y0) > 0.3 * (one.y1 - one.y0)


def is_value(unit: Unit) -> bool:
    """Whether a unit is a number or a short code of digits."""
    signs = [char for char in unit.text if char.isalnum()]
    digits = sum(char.isdigit() for char in signs)
    return bool(signs) and digits > _DIGITS * len(signs) and len(unit.text) <= 18


def _columns(cells: list[Unit], line: float) -> list[list[Unit]]:
    columns: list[list[Unit]] = []
    for cell in sorted(cells, key=lambda unit: unit.y0):
        fitting = [column for column in columns if _goes_on(column[-1], cell, line)]
        if fitting:
            min(fitting, key=lambda column: abs(column[-1].x1 - cell.x1)).append(cell)
        else:
            columns.append([cell])
    return columns


def _goes_on(upper: Unit, lower: Unit, line: float) -> bool:
    gap = lower.y0 - upper.y1
    shared = min(upper.x1, lower.x1) - max(upper.x0, lower.x0)
    narrow = min(upper.x1 - upper.x0, lower.x1 - lower.x0)
    return -0.3 * line < gap < _STEP * line and shared > 0.5 * narrow


def _head(column: list[Unit], others: list[Unit], line: float) -> Unit | None:
    first = column[0]
    above = [
        unit
        for unit in others
        if unit.page == first.page
        and first.y0 - unit.y0 > 0
        and first.y0 - unit.y1 < _HEAD * line
        and min(unit.x1, first.x1) > max(unit.x0, first.x0)
        and unit.x1 - unit.x0 < 6 * max(line, first.x1 - first.x0)
    ]
    if not above:
        return None
    lowest = max(above, key=lambda unit: unit.y1)
    upper = [unit for unit in above if _is_on_top(unit, lowest, line)]
    if not upper:
        return lowest
    top = max(upper, key=lambda unit: unit.y1)
    return Unit(top.tokens + lowest.tokens, lowest.row)


def _is_on_top(upper: Unit, lower: Unit, line: float) -> bool:
    """Whether ``upper`` is the first line of a head of two."""
    gap = lower.y0 - upper.y1
    shared = min(upper.x1, lower.x1) - max(upper.x0, lower.x0)
    narrow = min(upper.x1 - upper.x0, lower.x1 - lower.x0)
    return upper is not lower and -0.3 * line < gap < 0.5 * line and shared > 0.6 * narrow


def _label(row: list[Unit], value: Unit) -> Unit | None:
    """The nearest unit left of a value that is none itself."""
    left = [unit for unit in row if unit.x1 <= value.x0 and not is_value(unit)]
    return left[-1] if left and any(char.isalpha() for char in left[-1].text) else None
