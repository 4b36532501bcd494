"""Finds the line items of an invoice: one for each row that bears the price of a line."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from services.extract.candidates.candidate import Candidate
from services.extract.labels import Hit
from services.extract.lexicon import lexicon
from services.extract.reading import Reading
from services.extract.sheet import Row, Token
from services.extract.tables.cells import CellRow, fill
from services.extract.tables.head import Head, find_heads

_ENDS = frozenset(
    {"total_amount", "final_total", "net_amount", "subtotal", "tax_amount", "amount_due"}
)
_CENT = Decimal("0.011")
_ROUNDED = Decimal("0.02")
_FOLLOWING = 3
_SURE, _UNSURE = 0.92, 0.62


@dataclass(slots=True)
class LineItem:
    """One line: values by concept, with the words that bear them out."""

    values: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, list[Token]] = field(default_factory=dict)
    confidence: float = _UNSURE

    def put(self, concept: str, value: str, tokens: list[Token]) -> None:
        """Sets one value."""
        self.values[concept] = value
        self.tokens[concept] = tokens


@dataclass(slots=True)
class _Table:
    head: Head
    rows: list[CellRow]
    items: list[LineItem] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        """The sum of the lines."""
        return sum((Decimal(each.values["line_total"]) for each in self.items), Decimal(0))


def find_line_items(reading: Reading, sums: list[Decimal]) -> list[LineItem]:
    """The lines of the table whose prices make one of ``sums``, else of the longest."""
    tables = [_table(reading, head) for head in find_heads(reading.sheet, lexicon().columns)]
    tables = _joined([table for table in tables if table.items])
    if not tables:
        return []
    closing = [table for table in tables if _closing(table, sums)]
    best = max(closing or tables, key=lambda table: len(table.items))
    for item in best.items:
        item.confidence = _SURE if closing else _UNSURE
    return best.items


def _joined(tables: list[_Table]) -> list[_Table]:
    """A table goes on where its head is repeated, as on the next page."""
    joined: list[_Table] = []
    for table in tables:
        last = joined[-1] if joined else None
        if last is not None and _same(last.head, table.head):
            last.items.extend(table.items)
        else:
            joined.append(table)
    return joined


def _same(one: Head, two: Head) -> bool:
    return [c.concept for c in one.columns] == [c.concept for c in two.columns]


def _table(reading: Reading, head: Head) -> _Table:
    amounts = {id(c.tokens[-1]): c for c in reading.numbers}
    rows = [fill(row, head) for row in _body(reading, head)]
    table = _Table(head, rows)
    total_column = _total_column(head, rows, amounts)
    if total_column is None:
        return table
    anchors = [at for at, row in enumerate(rows) if _price(row, [total_column], amounts)]
    for place, at in enumerate(anchors):
        start = anchors[place - 1] + 1 if place else 0
        end = anchors[place + 1] if place + 1 < len(anchors) else len(rows)
        item = _item(table, (start, at, end), total_column, amounts)
        if item is not None:
            table.items.append(item)
    return table


def _closing(table: _Table, sums: list[Decimal]) -> bool:
    """Whether the lines make one of ``sums``, if need be without those that lack a quantity.

    Surcharges and reductions of a line stand in the table too, but count no articles.
    """
    if any(abs(abs(table.total) - each) <= _ROUNDED for each in sums if each):
        return True
    counted = [item for item in table.items if "quantity" in item.values]
    rest = _Table(table.head, table.rows, counted)
    if counted and any(abs(abs(rest.total) - each) <= _ROUNDED for each in sums if each):
        table.items = counted
        return True
    if len(counted) > len(table.items) / 2 or (counted and "unit_price" in counted[0].values):
        table.items = counted
    return False


def _body(reading: Reading, head: Head) -> list[Row]:
    """The rows from the head down to the first sum, the page's end or the next head."""
    sheet = reading.sheet
    page = sheet.rows[head.first].page
    body: list[Row] = []
    heads = {each.first for each in find_heads(sheet, lexicon().columns)}
    for row in sheet.rows[head.last + 1 :]:
        if row.page != page or row.index in heads:
            break
        if body and _has_money(reading, row) and _is_sum(reading.labels.by_row[row.index]):
            break
        body.append(row)
    return body


def _has_money(reading: Reading, row: Row) -> bool:
    own = {token.index for token in row.tokens}
    return any(found.indexes & own for found in reading.money)


def _is_sum(hits: list[Hit]) -> bool:
    """Whether a label such as ``Total`` opens the row."""
    return any(
        hit.concepts & _ENDS
        and hit.opens
        and (hit.segment.position == 0 or hit.closes)
        and hit.length >= len(hit.segment.text) * 0.3
        for hit in hits
    )


def _total_column(head: Head, rows: list[CellRow], amounts: dict[int, Candidate]) -> int | None:
    """Of several columns of prices the one that quantity times price leads to."""
    choices = [at for at, c in enumerate(head.columns) if c.concept == "line_total"]
    if not choices:
        prices = [at for at, c in enumerate(head.columns) if c.concept == "unit_price"]
        choices = prices[-1:]
    if not choices:
        return None
    quantity = _quantities(head)
    price = [at for at, c in enumerate(head.columns) if c.concept == "unit_price"]

    def fit(at: int) -> tuple[int, int, int]:
        closing = filled = 0
        for row in rows:
            total, count = _price(row, [at], amounts), _number(row, quantity, amounts)
            one = _number(row, price, amounts)
            filled += total is not None
            if total and count and one and abs(count.number * one.number - total.number) < _CENT:
                closing += 1
        return closing, filled, at

    return max(choices, key=fit)


def _quantities(head: Head) -> list[int]:
    """The columns of quantities; ``#`` over a column may mean how many, not which."""
    found = [at for at, c in enumerate(head.columns) if c.concept == "quantity"]
    return found or [at for at, c in enumerate(head.columns) if c.concept == "position"]


def _item(
    table: _Table, span: tuple[int, int, int], total: int, amounts: dict[int, Candidate]
) -> LineItem | None:
    start, at, end = span
    row = table.rows[at]
    price = _price(row, [total], amounts)
    if price is None:
        return None
    item = LineItem()
    item.put("line_total", price.value, price.tokens)
    columns = table.head.columns
    words = [i for i, c in enumerate(columns) if c.concept == "description"]
    prices = [i for i, c in enumerate(columns) if c.concept == "unit_price" and i != total]
    described = _description(table, span, words)
    if described:
        item.put("description", " ".join(t.text for t in described), described)
    for concept, own in (("quantity", _quantities(table.head)), ("unit_price", prices)):
        near = [row, *table.rows[at + 1 : min(end, at + 2)], *table.rows[max(start, at - 1) : at]]
        for each in near:
            if (found := _number(each, own, amounts)) is not None:
                item.put(concept, _plain(found.number), found.tokens)
                break
    if "description" not in item.values and "quantity" not in item.values:
        return None
    return item


def _description(table: _Table, span: tuple[int, int, int], words: list[int]) -> list[Token]:
    """The text of the line's main row with what is wrapped below it.

    The main row is that of the price, else the one with the quantity, else the nearest.
    """
    start, at, end = span
    if not words:
        return []
    below, above = (
        list(range(at + 1, min(end, at + _FOLLOWING))),
        list(range(at - 1, start - 1, -1)),
    )
    main = [i for i in (*above[:_FOLLOWING], *below) if _has_values(table, i)]
    for index in (at, *main, *_by_gap(table, at, [*below, *above[:1]])):
        if own := _text(table.rows[index], words):
            return own + _wrapped(table, index, end, words, own)
    return []


def _has_values(table: _Table, at: int) -> bool:
    values = [
        i for i, c in enumerate(table.head.columns) if c.concept in {"quantity", "unit_price"}
    ]
    return any(token.text[:1].isdigit() for token in table.rows[at].tokens(values))


def _by_gap(table: _Table, at: int, others: list[int]) -> list[int]:
    """Rows nearest to the price first."""
    middle = (table.rows[at].row.y0 + table.rows[at].row.y1) / 2

    def distance(other: int) -> float:
        row = table.rows[other].row
        return abs((row.y0 + row.y1) / 2 - middle)

    return sorted(others, key=distance)


def _wrapped(table: _Table, at: int, end: int, words: list[int], first: list[Token]) -> list[Token]:
    """The lines below that go on with ``first`` because it did not fit the column."""
    limit = _right_limit(table, words)
    lines = [first]
    more: list[list[Token]] = []
    for below in table.rows[at + 1 : end]:
        text = _text(below, words, letters=1)
        if not text or not _is_close(lines[-1], text):
            break
        lines.append(text)
        more.append(text)
    joined: list[Token] = []
    for number, text in enumerate(more):
        single = len(more) == 1 and not any(":" in token.text for token in text)
        if not _did_not_fit(lines[number], text, limit):
            break
        if not (single or joined or _goes_on(lines[number], text)):
            break
        joined.extend(text)
    return joined


def _goes_on(upper: list[Token], lower: list[Token]) -> bool:
    """Whether the lower line reads as going on: small letters, brackets, an open end above."""
    start = lower[0].text[:1]
    return not start.isupper() or upper[-1].text.endswith(("-", ",", "&", "/", "+"))


def _text(row: CellRow, words: list[int], letters: int = 3) -> list[Token]:
    """The description of a row; a mere code is none."""
    choices = [row.tokens([index]) for index in words]
    best = max(choices, key=lambda tokens: sum(len(token.text) for token in tokens))
    has_word = any(_longest_word(token.text) >= letters for token in best)
    return best if has_word else []


def _longest_word(text: str) -> int:
    return max((len(part) for part in re.findall(r"[^\W\d_]+", text)), default=0)


def _right_limit(table: _Table, words: list[int]) -> float:
    """Where the next column begins on the rows of prices: text must stop before it."""
    after = [
        min(token.x0 for token in tokens)
        for row in table.rows
        if len(row.cells) > 2
        for index, tokens in row.cells.items()
        if index > max(words)
    ]
    heads = [c.x0 for c in table.head.columns[max(words) + 1 :]]
    return min([*after, *heads], default=float("inf"))


def _is_close(upper: list[Token], lower: list[Token]) -> bool:
    left = min(token.x0 for token in upper)
    if abs(lower[0].x0 - left) > 1.5 * lower[0].height:
        return False
    return lower[0].y0 - upper[-1].y1 < 0.8 * lower[0].height


def _did_not_fit(upper: list[Token], lower: list[Token], limit: float) -> bool:
    space = 0.3 * lower[0].height
    return upper[-1].x1 + 2 * space + (lower[0].x1 - lower[0].x0) > limit


def _price(row: CellRow, columns: list[int], amounts: dict[int, Candidate]) -> Candidate | None:
    """A sum of money in one of ``columns``."""
    found = _number(row, columns, amounts)
    if found is None or "percent" in found.traits:
        return None
    has_currency = any(trait.startswith("currency") for trait in found.traits)
    return found if "decimals:2" in found.traits or has_currency else None


def _number(row: CellRow, columns: list[int], amounts: dict[int, Candidate]) -> Candidate | None:
    for token in row.tokens(columns):
        found = amounts.get(id(token))
        if found is not None and "percent" not in found.traits:
            return found
    return None


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
