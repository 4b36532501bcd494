"""Finds the line items of an invoice: one for each row that bears the price of a line."""

from dataclasses import dataclass, field
from decimal import Decimal

from services.extract.candidates.candidate import Candidate
from services.extract.labels import Hit
from services.extract.lexicon import lexicon
from services.extract.reading import Reading
from services.extract.sheet import Row
from services.extract.tables.cells import CellRow, Grid, fill
from services.extract.tables.columns import infer_columns, number_in
from services.extract.tables.descriptions import are_detailed, describe
from services.extract.tables.head import UNKNOWN, Head, find_heads
from services.extract.tables.headless import below, find_multiplying_rows, multiplying_rows
from services.extract.tables.line_item import LineItem, printed
from services.extract.tables.line_sums import (
    ENDS,
    is_sum,
    sums_of_lines,
    with_own_sums,
    without_sums,
    without_taxes,
)
from services.extract.tables.priced import find_priced_rows

_OF_SUMS = ENDS | {"rounding", "discount", "shipping", "prepaid", "tax_rate", "currency", "vat_id"}
_MAYBE_TEXT = frozenset({UNKNOWN, "article_number"})
_CENT = Decimal("0.011")
_ROUNDED = Decimal("0.02")


@dataclass(slots=True)
class _Table(Grid):
    items: list[LineItem] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        """The sum of the lines."""
        return sum((Decimal(each.values["line_total"]) for each in self.items), Decimal(0))


def find_line_items(reading: Reading, sums: list[Decimal]) -> list[LineItem]:
    """The lines of the table whose prices make one of ``sums``, else of the longest."""
    heads = find_heads(reading.sheet, lexicon().columns)
    amounts = {id(found.tokens[-1]): found for found in reading.numbers}
    net = sums[-1] if len(sums) > 1 else None
    tables = [_table(reading, head, heads, amounts, net) for head in heads]
    tables = _joined([table for table in tables if table.items])
    closing = [table for table in tables if _closing(table, sums, _below(reading, table))]
    tables = closing or [table for table in tables if not _are_reductions(table.items)]
    if not tables:
        multiplying = find_multiplying_rows(reading, sums)
        return multiplying or _completed(reading, find_priced_rows(reading, sums))
    best = max(tables, key=lambda table: len(table.items))
    if not (closing and _are_described(best.items) and any(it.is_product for it in best.items)):
        # Heads that were taken for others, or stand over nothing, say less than the arithmetic.
        multiplying = find_multiplying_rows(reading, sums)
        if multiplying and not _goes_beyond(best.items, multiplying):
            return _described_by(best, multiplying)
    for item in _completed(reading, best.items):
        item.headed, item.closes = True, bool(closing)
    return best.items


def _are_reductions(items: list[LineItem]) -> bool:
    """Whether most are below zero: a table of discounts, when none of the sums is made of them."""
    below = sum(Decimal(item.values["line_total"]) < 0 for item in items)
    return 2 * below > len(items)


def _are_described(items: list[LineItem]) -> bool:
    return 2 * sum("description" in item.values for item in items) > len(items)


def _goes_beyond(headed: list[LineItem], items: list[LineItem]) -> bool:
    """Whether the lines under a head are all of ``items`` and more, as some need no arithmetic."""
    known = {_place(item) for item in headed}
    return _are_described(headed) and known > {_place(item) for item in items}


def _described_by(headed: _Table, items: list[LineItem]) -> list[LineItem]:
    """``items``, with the descriptions under a head where the same prices stand there."""
    known = {_place(item): item for item in headed.items if headed.head.of("description")}
    for item in items:
        other = known.get(_place(item))
        if other is not None and "description" in other.values:
            item.put("description", other.values["description"], other.tokens["description"])
    return items


def _completed(reading: Reading, items: list[LineItem]) -> list[LineItem]:
    """Takes quantity and price from what multiplies in the row where those by the heads do not."""
    wrong = [item for item in items if not item.is_product]
    known = {_place(item): item for item in multiplying_rows(reading)} if wrong else {}
    for item in wrong:
        if (other := known.get(_place(item))) is not None:
            for concept in ("quantity", "unit_price"):
                item.put(concept, other.values[concept], other.tokens[concept])
    return items


def _place(item: LineItem) -> int:
    return item.tokens["line_total"][-1].index


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


def _table(
    reading: Reading,
    head: Head,
    heads: list[Head],
    amounts: dict[int, Candidate],
    net: Decimal | None,
) -> _Table:
    rows = [fill(row, head) for row in _body(reading, head, heads)]
    table = _Table(head, rows)
    infer_columns(head, rows, amounts)
    total_column = _total_column(head, rows, amounts, net)
    if total_column is None:
        return table
    anchors = [at for at, row in enumerate(rows) if _price(row, [total_column], amounts)]
    table.is_detailed = are_detailed(table, anchors, _texts(head))
    for place, at in enumerate(anchors):
        start = anchors[place - 1] + 1 if place else 0
        end = anchors[place + 1] if place + 1 < len(anchors) else len(rows)
        item = _item(table, (start, at, end), total_column, amounts)
        if item is not None:
            table.items.append(item)
    table.items = without_sums(reading, with_own_sums(without_taxes(reading, table.items)))
    return table


def _closing(table: _Table, sums: list[Decimal], printed_below: list[Decimal]) -> bool:
    """Whether the lines make one of ``sums``, if need be without those that lack a quantity.

    Surcharges and reductions of a line stand in the table too, but count no articles; all stay
    where they make a sum of those ``printed_below``, such as before a discount.
    """
    if any(abs(abs(table.total) - each) <= _ROUNDED for each in sums if each):
        return True
    # A row of sums under heads that nobody knows is no line beside those that make one of them.
    goods = [item for item in table.items if abs(Decimal(item.values["line_total"])) not in sums]
    made = abs(sum((Decimal(item.values["line_total"]) for item in goods), Decimal(0)))
    if made and made in sums:
        table.items = goods
        return True
    if abs(table.total) in printed_below:
        return False
    counted = [item for item in table.items if _counts(item)]
    rest = _Table(table.head, table.rows, items=counted)
    if counted and any(abs(abs(rest.total) - each) <= _ROUNDED for each in sums if each):
        table.items = counted
        return True
    if len(counted) > len(table.items) / 2 or (counted and "unit_price" in counted[0].values):
        table.items = counted
    return False


def _below(reading: Reading, table: _Table) -> list[Decimal]:
    """The sums of money printed below the lines, where there are several that may make one."""
    return below(reading, table.items) if len(table.items) > 1 else []


def _counts(item: LineItem) -> bool:
    """Whether it has a quantity, or needs none: recognition loses a lone ``1`` now and then."""
    price = item.values.get("unit_price")
    alone = price is not None and Decimal(price) == Decimal(item.values["line_total"])
    return "quantity" in item.values or alone


def _body(reading: Reading, head: Head, heads: list[Head]) -> list[Row]:
    """The rows from the head down to the first sum or its head, the page's end or the next head."""
    sheet = reading.sheet
    page = sheet.rows[head.first].page
    body: list[Row] = []
    others = {each.first for each in heads}
    of_lines = sums_of_lines(reading, [it for it in sheet.rows[head.last + 1 :] if it.page == page])
    for row in sheet.rows[head.last + 1 :]:
        if row.page != page or row.index in others:
            break
        is_end = is_sum(reading.labels.by_row[row.index]) and row.index not in of_lines
        if body and is_end and _has_money(reading, row):
            break
        if body and not _has_money(reading, row) and _are_sums(reading.labels.by_row[row.index]):
            break
        body.append(row)
    return body


def _are_sums(hits: list[Hit]) -> bool:
    """Whether labels of several sums stand side by side, as over their values."""
    ends = [hit for hit in hits if hit.concepts & ENDS and hit.opens]
    is_of_sums = all(hit.concepts & _OF_SUMS for hit in hits)
    return len({hit.segment.position for hit in ends}) > 1 and is_of_sums


def _has_money(reading: Reading, row: Row) -> bool:
    own = {token.index for token in row.tokens}
    return any(found.indexes & own for found in reading.money)


def _total_column(
    head: Head, rows: list[CellRow], amounts: dict[int, Candidate], net: Decimal | None
) -> int | None:
    """Of several columns of prices the one that quantity times price leads to, or makes ``net``."""
    choices = [at for at, c in enumerate(head.columns) if c.concept == "line_total"]
    if not choices:
        prices = [at for at, c in enumerate(head.columns) if c.concept == "unit_price"]
        choices = prices[-1:]
    if not choices:
        return None
    quantity = _quantities(head)
    price = [at for at, c in enumerate(head.columns) if c.concept == "unit_price"]

    def fit(at: int) -> tuple[int, int, bool, int]:
        closing = filled = 0
        made = Decimal(0)
        for row in rows:
            total, count = _price(row, [at], amounts), number_in(row, quantity, amounts)
            one = number_in(row, price, amounts)
            filled += total is not None
            made += Decimal(0) if total is None else total.number
            if total and count and one and abs(count.number * one.number - total.number) < _CENT:
                closing += 1
        return closing, filled, net is not None and abs(abs(made) - net) <= _ROUNDED, at

    return max(choices, key=fit)


def _texts(head: Head) -> list[int]:
    """The columns of descriptions, else those that may hold them."""
    found = [at for at, c in enumerate(head.columns) if c.concept == "description"]
    return found or [at for at, c in enumerate(head.columns) if c.concept in _MAYBE_TEXT]


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
    words = _texts(table.head)
    prices = [i for i, c in enumerate(columns) if c.concept == "unit_price" and i != total]
    described = describe(table, span, words)
    if described:
        item.put("description", " ".join(t.text for t in described), described)
    for concept, own in (("quantity", _quantities(table.head)), ("unit_price", prices)):
        near = [row, *table.rows[at + 1 : min(end, at + 2)], *table.rows[max(start, at - 1) : at]]
        for each in near:
            if (found := number_in(each, own, amounts)) is not None:
                item.put(concept, printed(found.number), found.tokens)
                break
    if "description" not in item.values and "quantity" not in item.values:
        return None
    return item


def _price(row: CellRow, columns: list[int], amounts: dict[int, Candidate]) -> Candidate | None:
    """A sum of money in one of ``columns``."""
    found = number_in(row, columns, amounts)
    if found is None or "percent" in found.traits:
        return None
    return found if "decimals:2" in found.traits or found.has_currency else None
