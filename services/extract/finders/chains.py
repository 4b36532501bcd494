"""Sums that follow each other in a column or on a row, each adding to the one before.

From the net sum by way of what is added, several rates of tax among it, to the total.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.extract.candidates.candidate import Candidate
from services.extract.finders.sum_columns import columns_of
from services.extract.sheet import Row, Sheet
from services.extract.surroundings import Surroundings

_CENT = Decimal("0.011")
_MOST = 8  # steps from the net sum to the total
_FEWEST = 2  # net and tax alone close without their places, too
_RATE = re.compile(r"(\d{1,2}(?:[.,]\d{1,3})?)\s?%")
_NETS = ("net_amount", "subtotal")
_TAKEN_OFF = ("discount", "prepaid")
_NAMED = 0.3
_RATES = (Decimal("0.02"), Decimal("0.3"))


@dataclass(frozen=True, slots=True)
class Chain:
    """From ``net`` to ``total``; ``taxes`` are what is tax on the way."""

    net: Decimal
    total: Decimal
    taxes: tuple[Candidate, ...]

    @property
    def tax(self) -> Decimal | None:
        """The one tax; ``None`` where each of several rates has its own."""
        return abs(self.taxes[0].number) if len(self.taxes) == 1 else None


def find_chains(
    sheet: Sheet,
    candidates: Sequence[Candidate],
    around: Sequence[Surroundings],
    made: Collection[int] = (),
) -> dict[tuple[Decimal | None, Decimal | None], Chain]:
    """The chains that have a tax and begin with what is called a net sum, by total and net sum.

    Or with one of those ``made`` of what stands above them, by the identity of the candidate.
    """
    found: dict[tuple[Decimal | None, Decimal | None], Chain] = {}
    named = {
        abs(each.number)
        for each, labels in zip(candidates, around, strict=True)
        if max(map(labels.of, _NETS)) > _NAMED or id(each) in made
    }

    def is_tax(at: int, net: Decimal) -> bool:
        row = sheet.rows[candidates[at].segment.row]
        return around[at].of("tax_amount") > _NAMED or _has_rate(row, candidates[at], net)

    numbers = [
        -abs(each.number) if max(map(labels.of, _TAKEN_OFF)) > _NAMED else each.number
        for each, labels in zip(candidates, around, strict=True)
    ]
    for places in [*columns_of(candidates), *_rows_of(candidates).values()]:
        for first, last in _spans([numbers[at] for at in places]):
            net, total = (abs(numbers[places[it]]) for it in (first, last))
            # A tax that is withheld lessens the total; it is none of the invoice's.
            added = [
                at for at in places[first + 1 : last] if numbers[at] * numbers[places[last]] > 0
            ]
            taxes = tuple(candidates[at] for at in added if is_tax(at, net))
            if net in named and taxes:
                found[total, net] = Chain(net, total, taxes)
    return found


def _spans(numbers: list[Decimal]) -> Iterator[tuple[int, int]]:
    """From where to where all but the last of ``numbers`` make the last."""
    for first, net in enumerate(numbers):
        made = net
        for last in range(first + 1, min(len(numbers), first + _MOST)):
            if last - first > _FEWEST and made and abs(made - numbers[last]) < _CENT:
                yield first, last
            made += numbers[last]


def foot_of_table(
    candidates: Sequence[Candidate], heads: Mapping[int, object]
) -> tuple[Decimal, Decimal, Decimal] | None:
    """Net sum, tax and total that end three columns side by side.

    Each is made of what stands above it, as ``heads`` knows, and two make the third.
    """
    for places in _rows_of(candidates).values():
        ends = [abs(candidates[at].number) for at in places if id(candidates[at]) in heads]
        for net, tax, total in zip(ends, ends[1:], ends[2:], strict=False):
            if net + tax == total and net and _RATES[0] <= tax / net <= _RATES[1]:
                return net, tax, total
    return None


def _has_rate(row: Row, candidate: Candidate, net: Decimal) -> bool:
    """Whether a percentage before it says what share of ``net`` it is."""
    before = " ".join(token.text for token in row.tokens if token.x1 <= candidate.x0)
    rates = [Decimal(found.replace(",", ".")) for found in _RATE.findall(before)]
    return any(abs(net * rate / 100 - abs(candidate.number)) < _CENT for rate in rates if rate)


def _rows_of(candidates: Sequence[Candidate]) -> dict[int, list[int]]:
    rows: dict[int, list[int]] = {}
    for at in sorted(range(len(candidates)), key=lambda each: candidates[each].x0):
        rows.setdefault(candidates[at].segment.row, []).append(at)
    return rows
