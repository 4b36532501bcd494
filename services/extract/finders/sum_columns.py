"""What sums say of each other by standing in one column, whatever they are called."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from services.extract.candidates.candidate import Candidate
from services.extract.lexicon.currencies import currency_of
from services.extract.surroundings import Surroundings

_FEWEST_ABOVE = 3  # a line, the net sum and the tax
_RATES = (Decimal("0.04"), Decimal("0.3"))
_ZERO = Decimal(0)


def columns_of(candidates: Sequence[Candidate]) -> list[list[int]]:
    """The indexes of ``candidates`` that end at one edge of a page, from top to bottom."""
    columns: list[list[int]] = []
    for at, candidate in enumerate(candidates):
        for column in columns:
            if are_in_column(candidates[column[-1]], candidate):
                column.append(at)
                break
        else:
            columns.append([at])
    return columns


def are_in_column(one: Candidate, other: Candidate) -> bool:
    """Whether both end at one edge, with what is printed behind them or without."""
    height = other.tokens[-1].height
    edges = {(one.x1, other.x1), (_edge(one), _edge(other))}
    return one.page == other.page and any(abs(it - at) < height for it, at in edges)


def _edge(candidate: Candidate) -> float:
    """Where it ends together with its currency."""
    after = [it for it in candidate.segment.tokens if it.x0 > candidate.x1 - 1]
    return after[0].x1 if after and currency_of(after[0].text) is not None else candidate.x1


def column_heads(
    candidates: Sequence[Candidate], around: Sequence[Surroundings]
) -> dict[int, Surroundings]:
    """For the sum at the foot of a column, such as of tax blocks, the labels of its parts."""
    heads: dict[int, Surroundings] = {}
    for column in columns_of(candidates):
        for place, at in enumerate(column):
            total = _ZERO
            for count, part in enumerate(reversed(column[:place]), start=1):
                total += candidates[part].number
                if count > 1 and total == candidates[at].number and total:
                    above = {
                        name: min(1.0, s + 0.1)
                        for name, s in around[column[place - count]].above.items()
                    }
                    heads[id(candidates[at])] = Surroundings({}, above)
    return heads


def net_and_tax(
    candidates: Sequence[Candidate], is_total: Callable[[int], bool]
) -> tuple[Decimal, Decimal] | None:
    """The two sums right above a total that make it, the first of them made of those above it.

    So net sum and tax stand below the lines, under any name; two prices of goods that happen to
    make a total have nothing above them that makes the first.
    """
    for column in columns_of(candidates):
        values = [candidates[at].number for at in column]
        for place in range(_FEWEST_ABOVE, len(column)):
            net, tax, total = values[place - 2 : place + 1]
            is_share = net > 0 and _RATES[0] <= tax / net <= _RATES[1]
            makes = is_share and net + tax == total and _is_made_of_last(net, values[: place - 2])
            if makes and is_total(column[place]):
                return net, tax
    return None


def _is_made_of_last(total: Decimal, values: list[Decimal]) -> bool:
    made = _ZERO
    for value in reversed(values):
        made += value
        if made == total:
            return True
    return False


def left_of(total: Candidate, candidates: Sequence[Candidate]) -> Candidate | None:
    """What is left below ``total`` in its column when something else printed below is paid."""
    below = [it for it in candidates if it.segment.row > total.segment.row and it.number > 0]
    values = {abs(it.number): it for it in below}
    for each in reversed(below):
        paid = values.get(abs(total.number) - each.number)
        if paid is not None and paid is not each and are_in_column(total, each):
            return each
    return None
