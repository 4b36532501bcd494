"""Tables of taxes: for each rate what is taxed, and the tax on it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import permutations

from services.extract.calibrate import legibility
from services.extract.candidates.candidate import Candidate
from services.extract.finders import Found
from services.extract.finders.sum_columns import are_in_column

_CENT = Decimal("0.011")
_RATES = (Decimal("1.5"), Decimal(30))  # per cent
_SURE = 0.93
_MOST = 8  # numbers of a row


@dataclass(frozen=True, slots=True)
class RateTable:
    """What is taxed at each of several rates, and the taxes, row by row."""

    bases: tuple[Candidate, ...]
    taxes: tuple[Candidate, ...]

    @property
    def net(self) -> Decimal:
        """What is taxed at all rates."""
        return abs(sum((each.number for each in self.bases), Decimal(0)))

    @property
    def tax(self) -> Decimal:
        """The taxes of all rates."""
        return abs(sum((each.number for each in self.taxes), Decimal(0)))


def find_rate_table(
    numbers: Sequence[Candidate], money: Sequence[Candidate], lines: Collection[int]
) -> RateTable | None:
    """The rows with a rate, a sum and the share of it that the rate says, if there are several.

    ``numbers`` are those of the document and ``money`` its sums; ``lines`` are rows of goods, which
    may have their taxes, too.
    """
    rates: dict[int, set[Decimal]] = defaultdict(set)
    for each in numbers:
        if _RATES[0] <= each.number <= _RATES[1]:
            rates[each.segment.row].add(each.number)
    rows: dict[int, list[Candidate]] = defaultdict(list)
    for each in money:
        if each.segment.row in rates and each.segment.row not in lines:
            rows[each.segment.row].append(each)
    found = [pair for row, own in rows.items() if (pair := _pair(own[:_MOST], rates[row]))]
    while found:
        base, tax = found[0]
        same = [it for it in found if are_in_column(base, it[0]) and are_in_column(tax, it[1])]
        if len(same) > 1:
            return RateTable(*(tuple(column) for column in zip(*same, strict=True)))
        found = found[1:]
    return None


def summed(parts: Sequence[Candidate]) -> Found:
    """What sums of several rates make."""
    tokens = [token for each in parts for token in each.tokens]
    return Found(
        value=f"{abs(sum((each.number for each in parts), Decimal(0))):.2f}",
        raw=" ".join(each.raw for each in parts),
        confidence=_SURE * legibility(tokens),
        tokens=tokens,
        is_derived=True,
        told=frozenset({"named"}),
    )


def _pair(
    row: Sequence[Candidate], rates: Collection[Decimal]
) -> tuple[Candidate, Candidate] | None:
    """What is taxed, and the tax."""
    for base, tax in permutations(row, 2):
        if any(abs(base.number * rate / 100 - tax.number) < _CENT for rate in rates if tax.number):
            return base, tax
    return None
