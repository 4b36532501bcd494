"""Finds lines without the head of their table: by what quantity times price makes.

The head may be white on black and unread, in words that nobody knows, or missing. Only rows that
multiply count, and only if all of them together make one of the document's sums: one of those
found, or where there are several rows, any that is printed below them.
"""

import re
from decimal import Decimal
from itertools import combinations

from services.extract.candidates.candidate import Candidate
from services.extract.reading import Reading
from services.extract.sheet import Row, Token
from services.extract.tables.line_item import LineItem, printed
from services.extract.tables.line_sums import is_sum

_CENT = Decimal("0.011")
_ROUNDED = Decimal("0.02")
_MOST_NUMBERS = 12  # of a row: more are no line of an invoice, and take long
_FEWEST_LETTERS = 4  # more than most units have
_PERCENT = re.compile(r"-?(\d{1,2}(?:[.,]\d{1,2})?)%")


def find_multiplying_rows(reading: Reading, sums: list[Decimal]) -> list[LineItem]:
    """The lines whose totals make one of ``sums``; none where they do not."""
    items = multiplying_rows(reading)
    total = sum((Decimal(item.values["line_total"]) for item in items), Decimal(0))
    known = [*sums, *below(reading, items, named=len(items) == 1)] if items else sums
    return items if any(abs(abs(total) - each) <= _ROUNDED for each in known if each) else []


def sum_of_lines(reading: Reading) -> Decimal | None:
    """What all rows that multiply make together, if several, and if it is printed below them."""
    items = multiplying_rows(reading)
    total = abs(sum((Decimal(item.values["line_total"]) for item in items), Decimal(0)))
    return total if len(items) > 1 and total and total in below(reading, items) else None


def multiplying_rows(reading: Reading) -> list[LineItem]:
    """Every row that has a quantity, a price, and what they make."""
    by_row = _numbers_by_row(reading)
    found = (_line(row, by_row.get(row.index, [])) for row in reading.sheet.rows)
    return [item for item in found if item is not None]


def below(reading: Reading, items: list[LineItem], *, named: bool = False) -> list[Decimal]:
    """The sums of money printed below the lines; ``named``: that a label calls so."""
    places = reading.sheet.places
    last = max(places[item.tokens["line_total"][0].index].row for item in items)
    rows = ((places[it.tokens[0].index].row, abs(it.number)) for it in reading.money)
    labels = reading.labels.by_row
    return [it for row, it in rows if row > last and (is_sum(labels[row]) or not named)]


def _line(row: Row, numbers: list[Candidate]) -> LineItem | None:
    words = _described(row)
    if not words:
        return None
    # What a text begins with may be the quantity, other numbers in it count nothing.
    within = {token.index for token in words[1:]}
    numbers = [each for each in numbers if not each.indexes & within][-_MOST_NUMBERS:]
    for at in range(len(numbers) - 1, 1, -1):
        total = numbers[at]
        if "decimals:2" not in total.traits or not total.number or total.x0 < words[-1].x1:
            continue
        # From the right: what stands before the quantity may be the number of the line.
        for right, left in combinations(reversed(numbers[:at]), 2):
            for quantity, price in ((left, right), (right, left)):
                between = [it for it in numbers[:at] if it.x0 > max(left.x1, right.x1)]
                reduced = [_discount(row), *(1 - it.number / 100 for it in between)]
                is_line = any(_makes(quantity, price, total, each) for each in reduced)
                if is_line and price.tokens[0] is not words[0]:
                    rest = words[1:] if quantity.tokens[0] is words[0] else words
                    return _item(rest, quantity, price, total)
    return None


def _makes(quantity: Candidate, price: Candidate, total: Candidate, left: Decimal) -> bool:
    """Whether quantity times price is the total, or the part of it that is ``left``."""
    if "decimals:2" in quantity.traits and "decimals:0" in price.traits:
        return False
    product = abs(quantity.number * price.number)
    sum_ = abs(total.number)
    return abs(product - sum_) < _CENT or (0 < left < 1 and abs(product * left - sum_) < _CENT)


def _discount(row: Row) -> Decimal:
    """What is left where one number of the row is a percentage: 0.9 for ``10%``."""
    found = [match for match in map(_PERCENT.fullmatch, row.text.split()) if match]
    if len(found) != 1:
        return Decimal(1)
    return 1 - Decimal(found[0][1].replace(",", ".")) / 100


def _item(words: list[Token], quantity: Candidate, price: Candidate, total: Candidate) -> LineItem:
    item = LineItem(closes=True)
    item.put("line_total", total.value, total.tokens)
    item.put("description", " ".join(token.text for token in words), words)
    item.put("quantity", printed(quantity.number), quantity.tokens)
    item.put("unit_price", printed(price.number), price.tokens)
    return item


def _described(row: Row) -> list[Token]:
    """The segment of the row with the most letters."""
    texts = [(sum(map(str.isalpha, segment.text)), segment) for segment in row.segments]
    letters, longest = max(texts, key=lambda each: each[0])
    return list(longest.tokens) if letters >= _FEWEST_LETTERS else []


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
