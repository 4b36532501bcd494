"""Finds lines that have nothing but a text and a price: no head, no quantity.

Such rows are everywhere: those of one left edge count that follow each other and make a sum of the
document.
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from services.extract.candidates.candidate import Candidate
from services.extract.reading import Reading
from services.extract.sheet import Row
from services.extract.tables.line_item import LineItem

_ROUNDED = Decimal("0.02")
_EDGE = 0.4  # line heights: left edges of one column
_FEWEST_LETTERS = 3
_MOST = 200
_SUMS = frozenset(
    {"total_amount", "final_total", "net_amount", "subtotal", "tax_amount", "amount_due", "prepaid"}
)


def find_priced_rows(reading: Reading, sums: list[Decimal]) -> list[LineItem]:
    """The rows of one left edge whose prices make one of ``sums``, two at least; the most such."""
    prices = {it.tokens[-1].index: it for it in reading.money if "decimals:2" in it.traits}
    pitch = max(1.0, _EDGE * reading.sheet.line_height)
    columns: dict[tuple[int, int], list[LineItem]] = defaultdict(list)
    for row in reading.sheet.rows:
        if (item := _line(reading, row, prices)) is not None:
            columns[row.page, round(row.segments[0].x0 / pitch)].append(item)
    runs = [run for items in columns.values() for run in _closing(items[:_MOST], sums)]
    return max(runs, key=_texts, default=[])


def _line(reading: Reading, row: Row, prices: dict[int, Candidate]) -> LineItem | None:
    if len(row.segments) != 2:
        return None
    text, price = row.segments
    found = prices.get(price.tokens[-1].index)
    if found is None or len(found.tokens) < len(price.tokens) - 1 or _is_sum(reading, row):
        return None
    if sum(map(str.isalpha, text.text)) < _FEWEST_LETTERS or not found.number:
        return None
    item = LineItem(closes=True)
    item.put("line_total", found.value, found.tokens)
    item.put("description", text.text, list(text.tokens))
    return item


def _is_sum(reading: Reading, row: Row) -> bool:
    return any(hit.concepts & _SUMS and hit.opens for hit in reading.labels.by_row[row.index])


def _closing(items: list[LineItem], sums: list[Decimal]) -> Iterator[list[LineItem]]:
    """Every run of ``items`` that makes one of ``sums``: others of their column may sum them up."""
    for start in range(len(items)):
        total = Decimal(0)
        for end in range(start, len(items)):
            total += Decimal(items[end].values["line_total"])
            if end > start and any(abs(abs(total) - each) <= _ROUNDED for each in sums if each):
                yield items[start : end + 1]


def _texts(items: list[LineItem]) -> int:
    return len({item.values["description"] for item in items})
