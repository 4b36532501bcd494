"""Tables without heads: rows that stand in the same columns, each of values of one type.

So that running text and pairs of labels with values are none, a table has three rows and three
columns, one of them of texts and one of digits in every row.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.extract.calibrate import legibility
from services.extract.candidates.candidate import Candidate
from services.extract.finders import Found, FoundRow
from services.extract.reading import Reading
from services.extract.sheet import Row, Segment, Token
from services.extract.tables.typing import is_sign, kind_of_number
from shared.models.schema import FieldSpec, FieldType

_FEWEST_ROWS = 3
_FEWEST_COLUMNS, _MOST_COLUMNS = 3, 10
_LOOKED_AT, _MOST_ROWS = 30, 500
_EDGE = 0.9  # of the height, between edges of one column
_PITCH = 2.5  # line heights between rows
_SURE = 0.5  # an assumption: only the order of columns tells what they are
_COUNTED = frozenset({FieldType.INTEGER, FieldType.NUMBER, FieldType.AMOUNT})
_TEXTS = frozenset({FieldType.TEXT, FieldType.NAME, FieldType.IDENTIFIER, FieldType.ADDRESS})


@dataclass(frozen=True, slots=True)
class UnheadedTable:
    """``rows`` of the sheet, and the type of each column."""

    rows: list[Row]
    kinds: list[FieldType]


class _Cells:
    """Types and values of cells: looked up by their words, as tables may have thousands."""

    def __init__(self, reading: Reading) -> None:
        self._dates = {frozenset(it.indexes): it for it in reading.dates}
        self._numbers = {frozenset(it.indexes): it for it in reading.numbers}

    def kind(self, tokens: Sequence[Token]) -> FieldType:
        """The type of the value that ``tokens`` make."""
        if self._date(tokens) is not None:
            return FieldType.DATE
        if (number := self._number(tokens)) is not None:
            return kind_of_number(number)
        has_digit = any(char.isdigit() for token in tokens for char in token.text)
        return FieldType.IDENTIFIER if has_digit and len(tokens) == 1 else FieldType.TEXT

    def value(self, kind: FieldType, tokens: Sequence[Token]) -> str | None:
        """The value of ``tokens`` as one of ``kind``; ``None`` where they are none."""
        if kind in _COUNTED:
            number = self._number(tokens)
            return None if number is None else f"{number.number:f}"
        if kind is FieldType.DATE:
            date = self._date(tokens)
            return None if date is None else date.value
        return " ".join(token.text for token in tokens).strip(" ,;|/")

    def _date(self, tokens: Sequence[Token]) -> Candidate | None:
        return self._dates.get(frozenset(token.index for token in tokens))

    def _number(self, tokens: Sequence[Token]) -> Candidate | None:
        own = [token for token in tokens if not is_sign(token.text)]
        found = self._numbers.get(frozenset(token.index for token in own))
        text = "".join(token.text for token in own)
        # A word may have more to it than the number it begins with, such as 12-ABC-3.
        whole = found is not None and _letters_of(found.raw) >= _letters_of(text)
        return found if whole else None


def find_unheaded(reading: Reading) -> list[UnheadedTable]:
    """The tables without heads, in reading order."""
    found: list[UnheadedTable] = []
    cells = _Cells(reading)
    run: list[Row] = []
    for row in [*reading.sheet.rows, None]:
        if row is not None and run and _goes_on(run[-1], row, reading.sheet.line_height):
            run.append(row)
            continue
        if (table := _table(cells, run)) is not None:
            found.append(table)
        run = [row] if row is not None else []
    return found


def find_rows_in_order(reading: Reading, spec: FieldSpec) -> list[FoundRow]:
    """The rows of the longest table without heads whose columns are of the types of ``spec``'s."""
    fitting = [it for it in find_unheaded(reading) if _fits(it.kinds, spec.fields)]
    best = max(fitting, key=lambda it: len(it.rows), default=None)
    if best is None:
        return []
    cells = _Cells(reading)
    return [_row(cells, row, spec.fields) for row in best.rows[:_MOST_ROWS]]


def _goes_on(upper: Row, lower: Row, line: float) -> bool:
    if lower.page != upper.page or len(lower.segments) != len(upper.segments):
        return False
    if lower.y0 - upper.y0 > _PITCH * line:
        return False
    return all(map(_in_column, upper.segments, lower.segments))


def _letters_of(text: str) -> int:
    return sum(map(str.isalnum, text))


def _in_column(one: Segment, other: Segment) -> bool:
    edge = _EDGE * min(one.height, other.height)
    return abs(one.x0 - other.x0) < edge or abs(one.x1 - other.x1) < edge


def _table(cells: _Cells, run: list[Row]) -> UnheadedTable | None:
    if len(run) < _FEWEST_ROWS or not _FEWEST_COLUMNS <= len(run[0].segments) <= _MOST_COLUMNS:
        return None
    kinds = []
    for at in range(len(run[0].segments)):
        found = {cells.kind(row.segments[at].tokens) for row in run[:_LOOKED_AT]}
        kinds.append(_common(found))
    is_worded = any(_letters(run, at) for at in range(len(kinds)))
    is_counted = any(all(row.segments[at].digits for row in run) for at in range(len(kinds)))
    has_labels = any(row.segments[0].text.endswith(":") for row in run)
    is_table = is_worded and is_counted and not has_labels and any(it not in _TEXTS for it in kinds)
    return UnheadedTable(run, kinds) if is_table else None


def _letters(run: list[Row], at: int) -> bool:
    return all(sum(map(str.isalpha, row.segments[at].text)) > 2 for row in run)


def _common(kinds: set[FieldType]) -> FieldType:
    if len(kinds) == 1:
        return next(iter(kinds))
    return FieldType.NUMBER if kinds <= _COUNTED else FieldType.TEXT


def _fits(kinds: list[FieldType], columns: list[FieldSpec]) -> bool:
    return len(kinds) == len(columns) and all(map(_is_like, kinds, columns))


def _is_like(kind: FieldType, column: FieldSpec) -> bool:
    if column.type in _COUNTED or kind in _COUNTED:
        return {kind, column.type} <= _COUNTED
    return kind is column.type or {kind, column.type} <= _TEXTS or column.type is FieldType.TEXT


def _row(cells: _Cells, row: Row, columns: list[FieldSpec]) -> FoundRow:
    found: FoundRow = {}
    for segment, column in zip(row.segments, columns, strict=True):
        tokens = list(segment.tokens)
        value = cells.value(column.type, tokens)
        if value is not None:
            found[column.name] = Found(value, segment.text, _SURE * legibility(tokens), tokens)
    return found
