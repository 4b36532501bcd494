"""Tables of any kind: a row of heads, and rows below it that stand in its columns.

Nothing is known of what the columns mean. So that no pair of labels with their values is taken
for one, a table has three columns (two where both heads are known ones), two rows, and a column
that holds digits in nearly all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from services.extract.labels import Hit, LabelMap
from services.extract.lexicon import lexicon
from services.extract.printed_labels import any_digit, is_unit
from services.extract.reading import Reading
from services.extract.sheet import Row, Segment, Sheet, Token
from services.extract.tables.cells import fill
from services.extract.tables.head import Column, Head
from services.extract.tables.typing import typed_value
from services.extract.wording import compact
from shared.models.schema import FieldType

_MOST_HEAD_WORDS = 5
_FEWEST_COLUMNS = 3
_FEWEST_ROWS = 2
_FILLED = 0.8  # share of the rows in which a column of digits has some
_WIDEST_GAP = 2.2  # line heights from the heads to the first row
_WIDER = 1.8  # as wide as the gap before, at most, is one between rows
_LEAST_GAP = 0.8  # line heights that are always close enough
_HEAD_GAP = 0.7  # line heights between two rows of heads
_TITLE_GAP = 2.5
_EDGE = 0.6  # of the height, between edges that are the same
_PAIR = 2  # pieces: a label and its value
_SUMS = frozenset({"total_amount", "final_total", "net_amount", "subtotal", "tax_amount"})


@dataclass(slots=True)
class HeadCell:
    """One head: its text, and the words it is made of."""

    text: str
    tokens: list[Token]

    @property
    def x0(self) -> float:
        """Left edge."""
        return min(token.x0 for token in self.tokens)

    @property
    def x1(self) -> float:
        """Right edge."""
        return max(token.x1 for token in self.tokens)


@dataclass(slots=True)
class HeadedTable:
    """A table: its heads, and for each row the words in each column; ``title`` may be empty.

    ``first`` and ``last`` are the indexes of its rows on the sheet, heads included; ``repeated``
    are the words of the same heads on further pages.
    """

    heads: list[HeadCell]
    rows: list[list[list[Token]]]
    title: str
    first: int
    last: int
    repeated: list[Token] = field(default_factory=list)


def find_tables(reading: Reading) -> list[HeadedTable]:
    """The tables of a document in reading order."""
    sheet, tables = reading.sheet, list[HeadedTable]()
    for row in sheet.rows:
        if tables and row.index <= tables[-1].last:
            continue
        if _may_be_head(row) and (table := _table(reading, row, _is_table)) is not None:
            tables.append(table)
    return _joined(tables)


def find_table(reading: Reading, labels: LabelMap, fewest: int) -> HeadedTable | None:
    """The table with the most of the heads in ``labels``, at least ``fewest``, if only one row."""
    best: HeadedTable | None = None
    most = fewest - 1
    for row in reading.sheet.rows:
        known = {concept for hit in labels.by_row[row.index] for concept in hit.concepts}
        if len(known) < max(most, fewest) or len(row.segments) < 2:
            continue
        table = _table(reading, row, lambda _heads, rows: bool(rows))
        if table is not None and best is not None and _goes_on(best, table):
            best.rows += table.rows
        elif table is not None and len(known) > most:
            best, most = table, len(known)
    return best


def find_labelled_tables(reading: Reading, labels: LabelMap, fewest: int) -> list[HeadedTable]:
    """Every table with at least ``fewest`` of the heads in ``labels``, as one that goes on."""
    tables: list[HeadedTable] = []
    for row in reading.sheet.rows:
        known = {concept for hit in labels.by_row[row.index] for concept in hit.concepts}
        if len(known) < fewest or (tables and row.index <= tables[-1].last):
            continue
        table = _table(reading, row, lambda _heads, rows: bool(rows))
        if table is not None:
            tables.append(table)
    return tables


def _joined(tables: list[HeadedTable]) -> list[HeadedTable]:
    """Tables that go on from page to page under the same heads as one each."""
    whole: list[HeadedTable] = []
    for table in tables:
        before = next((it for it in reversed(whole) if _goes_on(it, table)), None)
        if before is None:
            whole.append(table)
        else:
            before.rows += table.rows
            before.repeated += [token for cell in table.heads for token in cell.tokens]
    return whole


def _goes_on(before: HeadedTable, table: HeadedTable) -> bool:
    """Whether a table further down has the heads of one on an earlier page, at the same places."""
    one, two = before.heads, table.heads
    return (
        len(one) == len(two)
        and one[0].tokens[0].page < two[0].tokens[0].page
        and all(
            compact(it.text) == compact(other.text)
            and min(abs(it.x0 - other.x0), abs(it.x1 - other.x1)) < it.tokens[0].height
            for it, other in zip(one, two, strict=True)
        )
    )


def _may_be_head(row: Row) -> bool:
    return len(row.segments) >= 2 and all(_is_head(segment) for segment in row.segments)


def _is_head(segment: Segment) -> bool:
    text = segment.text
    letters = any(char.isalpha() for char in text)
    short = len(segment.tokens) <= _MOST_HEAD_WORDS
    is_word = all(is_unit(token.text) or not any_digit(token.text) for token in segment.tokens)
    return (letters or text in {"#", "%"}) and short and is_word and text[-1] != ":"


IsTable = Callable[[list[HeadCell], list[list[list[Token]]]], bool]


def _table(reading: Reading, row: Row, is_table: IsTable) -> HeadedTable | None:
    sheet = reading.sheet
    heads, first = _heads(sheet, row)
    columns = [Column(str(at), cell.x0, cell.x1) for at, cell in enumerate(heads)]
    head = Head(first, row.index, columns)
    rows: list[list[list[Token]]] = []
    places: list[Row] = []
    bottom, last, widest = row.y1, row.index, _WIDEST_GAP * sheet.line_height
    for below in sheet.rows[row.index + 1 :]:
        if below.page != row.page or below.y0 - bottom > widest:
            break
        if _ends(reading, below) or (rows and _may_be_head(below) and len(below.segments) > 2):
            break
        words = _cells(below, head)
        filled = sum(map(bool, words))
        if filled < min(2, len(columns)):
            if not rows or filled == 0 or below.y0 - bottom > 0.8 * sheet.line_height:
                break
            rows[-1] = [upper + own for upper, own in zip(rows[-1], words, strict=True)]
        else:
            rows.append(words)
            places.append(below)
        widest = max(_LEAST_GAP * sheet.line_height, _WIDER * (below.y0 - bottom))
        bottom, last = below.y1, below.index
    while rows and (_stands_apart(rows, places) or _adds_up(reading, rows)):
        last = places.pop().index - 1
        rows.pop()
    if not is_table(heads, rows):
        return None
    return HeadedTable(heads, rows, _title(sheet, first), first, last)


def _cells(row: Row, head: Head) -> list[list[Token]]:
    """The words in each column; in their order, where columns are too wide for their heads."""
    places, count = fill(row, head).cells, len(head.columns)
    if len(row.segments) == count and len(places) < count:
        return [list(segment.tokens) for segment in row.segments]
    return [places.get(at, []) for at in range(count)]


def _adds_up(reading: Reading, rows: list[list[list[Token]]]) -> bool:
    """Whether the last row is a label with the sum of what stands above: ``Gross pay  180.50``."""
    *above, last = rows
    filled = [at for at, cell in enumerate(last) if cell]
    if len(above) < _FEWEST_ROWS or len(filled) != _PAIR or filled[0] or _has_digit(last[0]):
        return False
    column = [typed_value(reading, FieldType.NUMBER, row[filled[1]]) for row in (*above, last)]
    told = [Decimal(value) for value in column if value is not None]
    return len(told) > _FEWEST_ROWS and column[-1] is not None and sum(told[:-1]) == told[-1]


def _stands_apart(rows: list[list[list[Token]]], places: list[Row]) -> bool:
    """Whether the last row is a label with its value below the table, such as a balance.

    It has two pieces where the table has more, and the second stands in none of its columns, or
    the first is words where the table has days or numbers.
    """
    if len(places[-1].segments) != _PAIR or len(places[0].segments) <= _PAIR:
        return False
    body = [row for row, place in zip(rows, places, strict=True) if len(place.segments) > _PAIR]
    if all(_has_digit(row[0]) for row in body) and not _has_digit(rows[-1][0]):
        return True
    at = max(at for at, cell in enumerate(rows[-1]) if cell)
    value = places[-1].segments[-1]
    edge = _EDGE * value.height
    return not any(
        abs(row[at][0].x0 - value.x0) < edge or abs(row[at][-1].x1 - value.x1) < edge
        for row in body
        if row[at]
    )


def _heads(sheet: Sheet, row: Row) -> tuple[list[HeadCell], int]:
    """The heads of a row, with those words above them that belong to them."""
    heads = [HeadCell(segment.text, list(segment.tokens)) for segment in row.segments]
    above = sheet.rows[row.index - 1] if row.index else None
    if above is None or above.page != row.page or not all(map(_is_head, above.segments)):
        return heads, row.index
    if row.y0 - above.y1 > _HEAD_GAP * sheet.line_height or len(above.segments) < 2:
        return heads, row.index
    for segment in above.segments:
        over = [cell for cell in heads if cell.x0 < segment.x1 and segment.x0 < cell.x1]
        if len(over) != 1:
            return [HeadCell(it.text, list(it.tokens)) for it in row.segments], row.index
        over[0].text = f"{segment.text} {over[0].text}"
        over[0].tokens = [*segment.tokens, *over[0].tokens]
    return heads, above.index


def _ends(reading: Reading, row: Row) -> bool:
    """Whether a sum begins here."""
    hits: list[Hit] = reading.labels.by_row[row.index]
    return any(hit.concepts & _SUMS and hit.opens and hit.segment.position == 0 for hit in hits)


def _is_table(heads: list[HeadCell], rows: list[list[list[Token]]]) -> bool:
    known = lexicon().columns
    are_known = all(known.find(compact(cell.text)) is not None for cell in heads)
    if len(rows) < _FEWEST_ROWS or not (len(heads) >= _FEWEST_COLUMNS or are_known):
        return False
    if any(map(_is_label, (row[0] for row in rows))):
        return False
    counts = [sum(_has_digit(row[at]) for row in rows) for at in range(len(heads))]
    return max(counts) >= _FILLED * len(rows)


def _is_label(cell: list[Token]) -> bool:
    return bool(cell) and cell[-1].text.endswith(":")


def _has_digit(cell: list[Token]) -> bool:
    return any(char.isdigit() for token in cell for char in token.text)


def _title(sheet: Sheet, first: int) -> str:
    """The line by itself right above the heads."""
    if not first:
        return ""
    above = sheet.rows[first - 1]
    gap = sheet.rows[first].y0 - above.y1
    alone = len(above.segments) == 1 and above.page == sheet.rows[first].page
    short = len(above.tokens) <= _MOST_HEAD_WORDS and not above.digits
    is_pair = any(token.text.endswith(":") for token in above.tokens[:-1])
    if not alone or not short or is_pair or gap > _TITLE_GAP * sheet.line_height:
        return ""
    return above.text.rstrip(" :")
