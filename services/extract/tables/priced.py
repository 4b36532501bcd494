"""Finds lines that have nothing but a text and a price: no head, no quantity that multiplies.

Such rows are everywhere: those of one left edge count that follow each other and make a sum of the
document, or the sum that stands right below them.
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import accumulate, takewhile

from services.extract.candidates.candidate import Candidate
from services.extract.lexicon.currencies import currency_of
from services.extract.reading import Reading
from services.extract.sheet import Row, Token
from services.extract.tables.line_item import LineItem

_ROUNDED = Decimal("0.02")
_EDGE = 0.4  # line heights: left edges of one column
_FEWEST_LETTERS = 3
_MOST = 200
_PAIR = 2
_LEADERS = ".…·_-–"
_SUMS = frozenset(
    {"total_amount", "final_total", "net_amount", "subtotal", "tax_amount", "amount_due", "prepaid"}
)


def find_priced_rows(reading: Reading, sums: list[Decimal]) -> list[LineItem]:
    """The rows of one left edge whose prices make a sum, two at least; the most such.

    ``sums`` are those of the document. Those whose own sum stands right below them go first.
    """
    prices = {it.tokens[-1].index: it for it in reading.money if "decimals:2" in it.traits}
    pitch = max(1.0, _EDGE * reading.sheet.line_height)
    columns: dict[tuple[int, int], list[_Line]] = defaultdict(list)
    for row in reading.sheet.rows:
        if (item := _line(reading, row, prices)) is not None:
            columns[row.page, round(row.segments[0].x0 / pitch)].append((row.index, item))
    lines = [items[:_MOST] for items in columns.values()]
    summed = [run for items in lines for run in _summed_below(reading, items, prices)]
    closing = [run for items in lines for run in _closing(items, sums)]
    for runs in (summed, closing):
        found = [run for run in runs if _texts(run) > 1 and not _are_net_and_tax(reading, run)]
        if found:
            return max(found, key=_texts)
    return []


def _are_net_and_tax(reading: Reading, items: list[LineItem]) -> bool:
    """Whether two lines are none: the first sums up what stands above it, the second is its tax."""
    if len(items) != _PAIR:
        return False
    own, edge = Decimal(items[0].values["line_total"]), items[0].tokens["line_total"][-1]
    above = [
        it.number
        for it in reading.money
        if it.page == edge.page
        and it.tokens[-1].y1 < edge.y0
        and abs(it.x1 - edge.x1) < edge.height
    ]
    return own in accumulate(reversed(above))


_Line = tuple[int, LineItem]
"""The index of a row, and what it says."""


def _line(reading: Reading, row: Row, prices: dict[int, Candidate]) -> LineItem | None:
    found = _price(row, prices)
    if found is None or not found.number or _is_sum(reading, row):
        return None
    text = _text(row, found)
    if sum(char.isalpha() for token in text for char in token.text) < _FEWEST_LETTERS:
        return None
    item = LineItem(closes=True)
    item.put("line_total", found.value, found.tokens)
    item.put("description", " ".join(token.text for token in text), text)
    return item


def _price(row: Row, prices: dict[int, Candidate]) -> Candidate | None:
    """The sum of money that ends the row, before its currency at most."""
    for token in reversed(row.tokens):
        if token.index in prices:
            return prices[token.index]
        if currency_of(token.text) is None:
            return None
    return None


def _text(row: Row, price: Candidate) -> list[Token]:
    """What the row begins with, up to its price or to a gap, without leaders and currency."""
    text = list(takewhile(lambda it: it.index not in price.indexes, row.segments[0].tokens))
    while text and (not text[-1].text.strip(_LEADERS) or currency_of(text[-1].text)):
        text.pop()
    return text


def _is_sum(reading: Reading, row: Row) -> bool:
    return any(hit.concepts & _SUMS and hit.opens for hit in reading.labels.by_row[row.index])


def _closing(lines: list[_Line], sums: list[Decimal]) -> Iterator[list[LineItem]]:
    """Every run of ``lines`` that makes one of ``sums``: others of their column may sum them up."""
    items = [item for _, item in lines]
    for start in range(len(items)):
        total = Decimal(0)
        for end in range(start, len(items)):
            total += Decimal(items[end].values["line_total"])
            if end > start and any(abs(abs(total) - each) <= _ROUNDED for each in sums if each):
                yield items[start : end + 1]


def _summed_below(
    reading: Reading, lines: list[_Line], prices: dict[int, Candidate]
) -> Iterator[list[LineItem]]:
    """Every run of ``lines`` that the next price below sums up, and no other before it."""
    run: list[LineItem] = []
    for row, item in lines:
        run.append(item)
        below = _next_priced(reading, row, prices)
        if below is None:
            run = []
            continue
        made = accumulate(Decimal(it.values["line_total"]) for it in reversed(run))
        count = next((n for n, sum_ in enumerate(made, start=1) if sum_ == below[1].number), 0)
        is_certain = _is_sum(reading, below[0]) or not _text(*below)
        if count > 1 and (is_certain or _speaks_of_sum(reading, below[0])):
            yield run[-count:]
        if is_certain:
            run = []


def _next_priced(
    reading: Reading, last: int, prices: dict[int, Candidate]
) -> tuple[Row, Candidate] | None:
    """The next row below ``last`` on its page that ends with a price."""
    page = reading.sheet.rows[last].page
    for row in reading.sheet.rows[last + 1 :]:
        found = _price(row, prices) if row.page == page else None
        if found is not None:
            return row, found
    return None


def _speaks_of_sum(reading: Reading, row: Row) -> bool:
    return any(hit.concepts & _SUMS for hit in reading.labels.by_row[row.index])


def _texts(items: list[LineItem]) -> int:
    return len({item.values["description"] for item in items})
