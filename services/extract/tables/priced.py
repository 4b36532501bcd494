"""Finds lines that have nothing but a text and a price: no head, no quantity that multiplies.

Such rows are everywhere: those of one left edge, or of both, count that follow each other and make
a sum of the document, or the sum that stands right below them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, combinations, takewhile

from services.extract.candidates.candidate import Candidate
from services.extract.lexicon.currencies import currency_of
from services.extract.reading import Reading
from services.extract.sheet import Row, Token
from services.extract.tables.descriptions import is_code
from services.extract.tables.line_item import LineItem, printed

_ROUNDED = Decimal("0.02")
_EDGE = 0.4  # line heights: left edges of one column
_FEWEST_LETTERS = 3
_MOST = 200
_PAIR = 2
_COUNT = re.compile(r"\d{1,4}[xX×]|[xX×]\d{1,4}")
_COUNTED = re.compile(r"[1-9]\d{0,3}")
_DIGITS = re.compile(r"\D")
_LEADERS = ".…·_-–"
_SUMS = frozenset(
    {"total_amount", "final_total", "net_amount", "subtotal", "tax_amount", "amount_due", "prepaid"}
)

_Line = tuple[int, LineItem]
"""The index of a row, and what it says."""


@dataclass(frozen=True, slots=True)
class _Way:
    """How to look at rows: which text belongs to a price, and which edges lines have in common.

    ``nearest``: the last text before it, as something else may stand to the left of a table;
    ``both``: not the left edge alone, as what is said below a line may end with a price, too.
    """

    nearest: bool = False
    both: bool = False

    def edges(self, item: LineItem) -> tuple[float, ...]:
        """Those of one line."""
        start = min(tokens[0].x0 for tokens in item.tokens.values())
        edges = (start, item.tokens["line_total"][-1].x1)
        return edges if self.both else edges[:1]


_WAYS = (_Way(), _Way(both=True), _Way(nearest=True, both=True))


def find_priced_rows(reading: Reading, sums: list[Decimal]) -> list[LineItem]:
    """The rows of one left edge whose prices make a sum, two at least; the most such.

    ``sums`` are those of the document. Those whose own sum stands right below them go first.
    """
    prices = {it.tokens[-1].index: it for it in reading.money if "decimals:2" in it.traits}
    for way in _WAYS:
        runs = _runs(reading, _columns(reading, prices, way), sums, prices)
        if runs:
            return _multiplied(reading, _numbered(max(runs, key=_texts)))
    return []


def _numbered(items: list[LineItem]) -> list[LineItem]:
    """``items`` without the numbers that all their texts begin with.

    They say how many, unless they count the lines.
    """
    texts = [item.tokens["description"] for item in items]
    if not all(_COUNTED.fullmatch(text[0].text) and _letters(text[1:]) for text in texts):
        return items
    numbers = [int(text[0].text) for text in texts]
    for item, text, number in zip(items, texts, numbers, strict=True):
        item.put("description", " ".join(token.text for token in text[1:]), text[1:])
        if numbers != list(range(1, len(items) + 1)):
            item.put("quantity", str(number), text[:1])
    return items


def _multiplied(reading: Reading, items: list[LineItem]) -> list[LineItem]:
    """``items`` with quantity and price where what stands below a line says of what it is made.

    As in ``12 hours at 40.00`` below a text with 480.00 behind it.
    """
    rows = [reading.sheet.places[it.tokens["line_total"][-1].index].row for it in items]
    for item, row, following in zip(items, rows, [*rows[1:], rows[-1] + _PAIR], strict=True):
        numbers = [it for it in reading.numbers if row < it.segment.row < following]
        for quantity, price in combinations(numbers, 2):
            made = abs(quantity.number * price.number)
            if made == abs(Decimal(item.values["line_total"])) and "decimals:2" in price.traits:
                item.put("quantity", printed(quantity.number), quantity.tokens)
                item.put("unit_price", printed(price.number), price.tokens)
    return items


def _runs(
    reading: Reading, columns: list[list[_Line]], sums: list[Decimal], prices: dict[int, Candidate]
) -> list[list[LineItem]]:
    """Lines that the sum right below them makes, else those that one of ``sums`` does."""
    summed = [run for items in columns for run in _summed_below(reading, items, prices)]
    closing = [run for items in columns for run in _closing(reading, items, sums)]
    for runs in (summed, closing):
        found = [run for run in runs if _texts(run) > 1 and not _are_net_and_tax(reading, run)]
        if found:
            return found
    return []


def _columns(reading: Reading, prices: dict[int, Candidate], way: _Way) -> list[list[_Line]]:
    """The lines of each page that have edges in common."""
    columns: list[list[_Line]] = []
    for row in reading.sheet.rows:
        item = _line(reading, row, prices, way)
        if item is not None:
            line = (row.index, item)
            known = [it for it in columns if _are_in_column(reading, it[-1], line, way)]
            columns += [] if known else [[]]
            (known or columns[-1:])[0].append(line)
    return [lines[:_MOST] for lines in columns]


def _are_in_column(reading: Reading, one: _Line, other: _Line, way: _Way) -> bool:
    pitch = max(1.0, _EDGE * reading.sheet.line_height)
    pages = {reading.sheet.rows[row].page for row, _ in (one, other)}
    edges = zip(way.edges(one[1]), way.edges(other[1]), strict=True)
    return len(pages) == 1 and all(abs(at - it) < pitch for at, it in edges)


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


def _line(reading: Reading, row: Row, prices: dict[int, Candidate], way: _Way) -> LineItem | None:
    found = _price(row, prices)
    text = [] if found is None else _text(reading, row, found, way)
    if found is None or not text or _is_sum(reading, row, text[0].x0 if way.nearest else 0.0):
        return None
    item = LineItem(closes=True)
    item.put("line_total", found.value, found.tokens)
    count, text = _counted(text)
    if count:
        item.put("quantity", _DIGITS.sub("", "".join(token.text for token in count)), count)
    item.put("description", " ".join(token.text for token in text), text)
    return item


def _counted(text: list[Token]) -> tuple[list[Token], list[Token]]:
    """The words that say how many, such as ``2 x`` before or ``x 2`` behind, and the others."""
    for size in (1, 2):
        for count, rest in ((text[:size], text[size:]), (text[-size:], text[:-size])):
            is_count = _COUNT.fullmatch("".join(token.text for token in count))
            if is_count and _letters(rest) >= _FEWEST_LETTERS:
                return count, rest
    return [], text


def _price(row: Row, prices: dict[int, Candidate]) -> Candidate | None:
    """The sum of money that ends the row, before its currency at most."""
    for token in reversed(row.tokens):
        if token.index in prices:
            return prices[token.index]
        if currency_of(token.text) is None:
            return None
    return None


def _text(reading: Reading, row: Row, price: Candidate, way: _Way = _WAYS[0]) -> list[Token]:
    """The first words of the row that are no date or number, or the last, up to a gap or the price.

    Without leaders and currency.
    """
    found: list[list[Token]] = []
    for segment in reversed(row.segments) if way.nearest else row.segments:
        text = list(takewhile(lambda it: it.index not in price.indexes, segment.tokens))
        while text and (not text[-1].text.strip(_LEADERS) or currency_of(text[-1].text)):
            text.pop()
        if _letters(text) >= _FEWEST_LETTERS and not _is_date(reading, text):
            found.append(text)
    # The number of an article may stand before its text.
    return next((text for text in found if not is_code(text)), found[0] if found else [])


def _letters(text: list[Token]) -> int:
    return sum(char.isalpha() for token in text for char in token.text)


def _is_date(reading: Reading, text: list[Token]) -> bool:
    own = {token.index for token in text}
    return any(own <= found.indexes for found in reading.dates)


def _is_sum(reading: Reading, row: Row, start: float = 0.0) -> bool:
    """Whether a label of a sum opens what stands from ``start`` on."""
    hits = reading.labels.by_row[row.index]
    return any(hit.concepts & _SUMS and hit.opens and hit.x1 > start for hit in hits)


def _closing(reading: Reading, lines: list[_Line], sums: list[Decimal]) -> Iterator[list[LineItem]]:
    """Every run of ``lines`` that makes one of ``sums``: others of their column may sum them up.

    What costs nothing is a line like others, but none after a sum.
    """
    amounts = [Decimal(item.values["line_total"]) for _, item in lines]
    for start, first in enumerate(amounts):
        total = Decimal(0)
        for end in range(start, len(lines) if first else start):
            between = reading.sheet.rows[lines[end - 1][0] + 1 : lines[end][0]]
            if not amounts[end] and any(_is_sum(reading, row) for row in between):
                break
            total += amounts[end]
            if end > start and any(abs(abs(total) - each) <= _ROUNDED for each in sums if each):
                yield [item for _, item in lines[start : end + 1]]


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
        counts = [n for n, sum_ in enumerate(made, start=1) if sum_ == below[1].number]
        count = max(counts, default=0)  # with what costs nothing
        is_certain = _is_sum(reading, below[0]) or not _text(reading, *below)
        if count > 1 and (count > _PAIR or is_certain or _speaks_of_sum(reading, below[0])):
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
