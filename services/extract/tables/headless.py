"""Finds lines without the head of their table: by what quantity times price makes.

The head may be white on black and unread, or there is none. Only rows that multiply count, and
only if all of them together make one of the document's sums.
"""

from decimal import Decimal

from services.extract.candidates.candidate import Candidate
from services.extract.reading import Reading
from services.extract.sheet import Row, Token
from services.extract.tables.line_item import LineItem, printed

_CENT = Decimal("0.011")
_ROUNDED = Decimal("0.02")
_CONFIDENCE = 0.8
_FEWEST_LETTERS = 3


def find_multiplying_rows(reading: Reading, sums: list[Decimal]) -> list[LineItem]:
    """The lines whose totals make one of ``sums``; none where they do not."""
    by_row = _numbers_by_row(reading)
    found = (_line(row, by_row.get(row.index, [])) for row in reading.sheet.rows)
    items = [item for item in found if item is not None]
    total = sum((Decimal(item.values["line_total"]) for item in items), Decimal(0))
    return items if any(abs(total - each) <= _ROUNDED for each in sums if each) else []


def _line(row: Row, numbers: list[Candidate]) -> LineItem | None:
    words = _described(row)
    if not words or len(numbers) < 3:
        return None
    total = numbers[-1]
    if "decimals:2" not in total.traits or not total.number:
        return None
    before = [each for each in numbers[:-1] if each.x0 >= words[-1].x1]
    for quantity in before:
        for price in before:
            if price is quantity or abs(quantity.number * price.number - total.number) > _CENT:
                continue
            if "decimals:2" in quantity.traits and "decimals:2" not in price.traits:
                continue
            return _item(words, quantity, price, total)
    return None


def _item(words: list[Token], quantity: Candidate, price: Candidate, total: Candidate) -> LineItem:
    item = LineItem(confidence=_CONFIDENCE)
    item.put("line_total", total.value, total.tokens)
    item.put("description", " ".join(token.text for token in words), words)
    item.put("quantity", printed(quantity.number), quantity.tokens)
    item.put("unit_price", printed(price.number), price.tokens)
    return item


def _described(row: Row) -> list[Token]:
    """The first segment of the row that is text."""
    for segment in row.segments:
        if sum(map(str.isalpha, segment.text)) >= _FEWEST_LETTERS:
            return list(segment.tokens)
    return []


def _numbers_by_row(reading: Reading) -> dict[int, list[Candidate]]:
    """The numbers of each row from left to right."""
    found: dict[int, list[Candidate]] = {}
    for each in reading.numbers:
        if "percent" not in each.traits:
            row = reading.sheet.places[each.tokens[0].index].row
            found.setdefault(row, []).append(each)
    for numbers in found.values():
        numbers.sort(key=lambda each: each.x0)
    return found
