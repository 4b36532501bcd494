"""Finds the heads of tables by the words over their columns."""

from dataclasses import dataclass, field

from services.extract.labels import Hit, LabelMap
from services.extract.lexicon import COLUMNS, Phrases
from services.extract.sheet import Row, Sheet

_MOST_HEAD_ROWS = 4
_MOST_HEAD_WORDS = 3
_GOES_ON = "-"  # ``Positions-`` over ``betrag``: the lower part says what the column holds
UNKNOWN = "unknown"
_CLOSE = 1.3  # of the line height, between the rows of one head
_VALUES = frozenset({"line_total", "unit_price", "quantity"})
_PRECEDENCE = (
    "line_total",
    "unit_price",
    "quantity",
    "description",
    "tax_rate",
    "discount_column",
    "article_number",
    "unit",
    "position",
)


@dataclass(slots=True)
class Column:
    """A column: what it holds, and from where to where its head stands."""

    concept: str
    x0: float
    x1: float
    meanings: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a table: ``first`` to ``last`` are rows of the sheet."""

    first: int
    last: int
    columns: list[Column]

    def of(self, concept: str) -> list[Column]:
        """The columns that hold ``concept``."""
        return [column for column in self.columns if column.concept == concept]


def find_heads(sheet: Sheet, phrases: Phrases) -> list[Head]:
    """Every head with at least two columns of values or one and a description."""
    labels = LabelMap(sheet, phrases)
    heads: list[Head] = []
    for row in sheet.rows:
        if heads and row.index <= heads[-1].last:
            continue
        own = _columns(labels.by_row[row.index])
        if len({column.concept for column in own}) < 2 or _is_numeric(row):
            continue
        first, last = _extent(sheet, row)
        hits = [hit for index in range(first, last + 1) for hit in labels.by_row[index]]
        columns = _merged(_columns(hits))
        kinds = {column.concept for column in columns}
        if len(kinds & _VALUES) >= 2 or (kinds & _VALUES and "description" in kinds):
            unknown = _unknown(sheet.rows[first : last + 1], columns)
            columns = sorted([*_distinct(columns), *unknown], key=lambda c: c.x0)
            heads.append(Head(first, last, columns))
    return heads


def _unknown(rows: list[Row], known: list[Column]) -> list[Column]:
    """Columns whose heads are in no lexicon: what stands under them is not their neighbours'."""
    found = [
        Column(UNKNOWN, segment.x0, segment.x1)
        for row in rows
        for segment in row.segments
        if len(segment.tokens) <= _MOST_HEAD_WORDS
    ]
    return _merged([each for each in found if all(_overlap(each, other) <= 0 for other in known)])


def _columns(hits: list[Hit]) -> list[Column]:
    return [
        Column(_first(hit.concepts & COLUMNS), hit.x0, hit.x1, hit.concepts)
        for hit in hits
        if hit.concepts & COLUMNS and not hit.tokens[-1].text.endswith(_GOES_ON)
    ]


def _first(concepts: frozenset[str]) -> str:
    return min(concepts, key=_PRECEDENCE.index)


def _extent(sheet: Sheet, row: Row) -> tuple[int, int]:
    """The rows right above and below that hold words only and stand close."""
    first = last = row.index
    while first > 0 and row.index - first < 2 and _belongs(sheet, first - 1, first):
        first -= 1
    while (
        last + 1 < len(sheet.rows)
        and last - first < _MOST_HEAD_ROWS
        and _belongs(sheet, last + 1, last)
    ):
        last += 1
    return first, last


def _belongs(sheet: Sheet, index: int, neighbour: int) -> bool:
    row, other = sheet.rows[index], sheet.rows[neighbour]
    if row.page != other.page or _is_numeric(row):
        return False
    gap = max(row.y0, other.y0) - min(row.y1, other.y1)
    short = all(len(segment.tokens) <= 3 for segment in row.segments)
    return gap < _CLOSE * sheet.line_height * 0.5 and short


def _is_numeric(row: Row) -> bool:
    """Whether it has a number; a rate in a head is none: ``VAT 9%``."""
    return any(it.text[:1].isdigit() and it.text[1:].rstrip("%") for it in row.tokens)


def _merged(columns: list[Column]) -> list[Column]:
    """Words stacked over one column count once, the upper one says what it holds."""
    merged: list[Column] = []
    for column in columns:
        over = next((each for each in merged if _overlap(each, column) > 0), None)
        if over is None:
            merged.append(column)
        else:
            over.x0, over.x1 = min(over.x0, column.x0), max(over.x1, column.x1)
            if column.concept == "description":
                over.concept = column.concept
    return sorted(merged, key=lambda each: each.x0)


def _overlap(one: Column, two: Column) -> float:
    return min(one.x1, two.x1) - max(one.x0, two.x0)


def _distinct(columns: list[Column]) -> list[Column]:
    """Of two columns with one meaning each takes the one it alone can have."""
    for column in columns:
        alike = [each for each in columns if each.concept == column.concept]
        others = column.meanings & COLUMNS - {each.concept for each in columns}
        if len(alike) > 1 and others and column is alike[0]:
            column.concept = _first(others)
    return columns
