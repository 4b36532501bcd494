"""Tells sums that belong to one line from those that end a table.

Where prices have conditions, each line ends with a sum of its own, as in ``Net value 1,351.68``
below ``Discount 12 %``: the same words again and again with goods in between.
"""

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise

from services.extract.labels import Hit
from services.extract.reading import Reading
from services.extract.sheet import Row
from services.extract.tables.line_item import LineItem
from services.extract.wording import compact

ENDS = frozenset(
    {"total_amount", "final_total", "net_amount", "subtotal", "tax_amount", "amount_due"}
)
_ADDED = frozenset({"tax_amount", "rounding"})
_FEWEST_NUMBERS = 3  # quantity, price and what they make


def is_sum(hits: list[Hit]) -> bool:
    """Whether a label such as ``Total`` opens the row."""
    return any(
        hit.concepts & ENDS
        and hit.opens
        and (hit.segment.position == 0 or hit.closes)
        and hit.length >= len(hit.segment.text) * 0.3
        for hit in hits
    )


def sums_of_lines(reading: Reading, rows: list[Row]) -> frozenset[int]:
    """The indexes of those of ``rows`` that are called alike and have goods between them."""
    places: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if is_sum(reading.labels.by_row[row.index]):
            places[compact(row.segments[0].text)].append(row.index)
    goods = _rows_of_goods(reading)
    found: set[int] = set()
    for indexes in places.values():
        if all(any(one < it < two for it in goods) for one, two in pairwise(indexes)):
            found.update(indexes if len(indexes) > 1 else ())
    return frozenset(found)


def without_taxes(reading: Reading, items: list[LineItem]) -> list[LineItem]:
    """``items`` without taxes and rounding below the last that has a quantity, if any has."""
    last = max((at for at, item in enumerate(items) if "quantity" in item.values), default=None)
    if last is None:
        return items
    rows = [reading.sheet.places[it.tokens["line_total"][-1].index].row for it in items]
    added = {
        at
        for at in range(last + 1, len(items))
        if any(hit.concepts & _ADDED for hit in reading.labels.by_row[rows[at]])
    }
    return [item for at, item in enumerate(items) if at not in added]


def with_own_sums(items: list[LineItem]) -> list[LineItem]:
    """``items`` in one where a sum follows that one makes with its conditions.

    Conditions and such sums have no quantity.
    """
    kept: list[LineItem] = []
    since: list[LineItem] = []  # the last line with a quantity, and its conditions so far
    for item in items:
        if "quantity" in item.values:
            since = [item]
        elif len(since) > 1 and _made(since) == Decimal(item.values["line_total"]):
            line, *conditions = since
            line.put("line_total", item.values["line_total"], item.tokens["line_total"])
            kept, since = kept[: len(kept) - len(conditions)], []
            continue
        elif since:
            since.append(item)
        kept.append(item)
    return kept


def without_sums(reading: Reading, items: list[LineItem]) -> list[LineItem]:
    """Without what sums up the lines above it since the sum before.

    A sum is called so, or it is the last and has no quantity.
    """
    kept: list[LineItem] = []
    above: list[LineItem] = []
    for item in items:
        made = sum((Decimal(it.values["line_total"]) for it in above), Decimal(0))
        is_made = len(above) > 1 and Decimal(item.values["line_total"]) == made
        is_bare = item is items[-1] and "quantity" not in item.values
        if is_made and (is_bare or _is_called_sum(reading, item)):
            above = []
        else:
            above.append(item)
            kept.append(item)
    return kept


def _is_called_sum(reading: Reading, item: LineItem) -> bool:
    row = reading.sheet.places[item.tokens["line_total"][-1].index].row
    return any(hit.concepts & ENDS and hit.opens for hit in reading.labels.by_row[row])


def _made(items: list[LineItem]) -> Decimal:
    return sum((Decimal(item.values["line_total"]) for item in items), Decimal(0))


def _rows_of_goods(reading: Reading) -> list[int]:
    counts: dict[int, int] = defaultdict(int)
    for each in reading.numbers:
        counts[reading.sheet.places[each.tokens[0].index].row] += 1
    return [row for row, count in counts.items() if count >= _FEWEST_NUMBERS]
