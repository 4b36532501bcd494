"""Chooses the sums of money of a document together: net and tax must make the total.

One value per field is chosen so that the scores of all and the arithmetic between them are
best as a whole; the best value for one field alone may be the wrong one for all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, product

Value = Decimal | None
Scores = dict[Decimal, float]

_CENT = Decimal("0.011")
_CONSIDERED = 7
_LIKELIEST = 3
_UNSTATED = 1.6  # what a value must score to be taken rather than none
_CLOSES = 5.0
_CLOSES_WITHOUT_TAX = 1.0
_OF_BLOCKS = 3.0
_BROKEN = -4.0
_NET_ABOVE_TOTAL = -4.0
_DUE_ABOVE_TOTAL = -3.0
_DUE_IS_TOTAL = 0.5
_DUE_AFTER_PREPAYMENT = 3.0
_HIGHEST_RATE = Decimal("0.4")
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sums:
    """The values chosen; ``closes`` says that net and tax make the total."""

    total: Value
    net: Value
    tax: Value
    due: Value
    closes: bool
    margin: float


def assign_sums(
    total: Scores, net: Scores, tax: Scores, due: Scores, prepaid: set[Decimal]
) -> Sums:
    """The best choice for the four fields, from the score of each value for each field."""
    best: tuple[float, Value, Value, Value] = (float("-inf"), None, None, None)
    second = float("-inf")
    taxes, values = _top(tax), frozenset(total) | frozenset(net)
    totals = [*_top(total), *_made(total, net, tax)]
    for (one, as_total), (two, as_net) in product(totals, _top(net)):
        for three, as_tax in chain(taxes, _differences(one, two, tax)):
            score = as_total + as_net + as_tax + _arithmetic(one, two, three)
            if _closes(one, two, three) and _are_of_blocks(one, two, values):
                score += _OF_BLOCKS
            if score > best[0]:
                second = best[0] if best[1] != one else second
                best = (score, one, two, three)
            elif one != best[1]:
                second = max(second, score)
    score, chosen, net_value, tax_value = best
    due_value, _ = max(_top(due), key=lambda each: each[1] + _due(each[0], chosen, prepaid))
    closes = _closes(chosen, net_value, tax_value)
    return Sums(chosen, net_value, tax_value, due_value, closes, score - second)


def _top(scores: Scores) -> list[tuple[Value, float]]:
    """The best values with their scores, and none at all."""
    ranked = sorted(scores.items(), key=lambda each: -each[1])
    return [*ranked[:_CONSIDERED], (None, _UNSTATED)]


def _made(total: Scores, net: Scores, tax: Scores) -> Iterator[tuple[Value, float]]:
    """What the likeliest net and tax make, wherever it is printed and whatever it is called."""
    known = {value for value, _ in _top(total)}
    pairs = product(_top(net)[:_LIKELIEST], _top(tax)[:_LIKELIEST])
    for value in {one + two for (one, _), (two, _) in pairs if one and two}:
        if value in total and value not in known:
            yield value, total[value]


def _differences(total: Value, net: Value, tax: Scores) -> Iterator[tuple[Value, float]]:
    """What lies between total and net, wherever it is printed."""
    if total is not None and net is not None:
        difference = total - net
        for value, score in tax.items():
            if value and abs(difference - value) < _CENT:
                yield value, score


def _closes(total: Value, net: Value, tax: Value) -> bool:
    if total is None or net is None or tax is None:
        return False
    return abs(net + tax - total) < _CENT


def _are_of_blocks(total: Value, net: Value, values: frozenset[Decimal]) -> bool:
    """Whether total and net are both made of parts, as of one block for each rate of tax."""
    return all(
        whole is not None
        and any(
            part and whole - part in values and part != net
            for part in values
            if part < whole and whole - part != net
        )
        for whole in (total, net)
    )


def _arithmetic(total: Value, net: Value, tax: Value) -> float:
    score = 0.0
    if total is not None and net is not None and net > total + _CENT:
        score += _NET_ABOVE_TOTAL
    if total is not None and tax is not None and tax >= total > 0:
        score += _NET_ABOVE_TOTAL
    if net is not None and tax is not None and tax > _HIGHEST_RATE * net:
        score += _NET_ABOVE_TOTAL
    if total is None or net is None or tax is None:
        return score
    if not _closes(total, net, tax):
        return score + _BROKEN
    # A single tax block closes as well as the whole invoice: the larger sum is meant.
    size = 1.5 * float(total.log10()) if total > 0 else 0.0
    return score + size + (_CLOSES if tax > _ZERO else _CLOSES_WITHOUT_TAX)


def _due(due: Value, total: Value, prepaid: set[Decimal]) -> float:
    if due is None or total is None:
        return 0.0
    if abs(due - total) < _CENT:
        return _DUE_IS_TOTAL
    if any(abs(total - paid - due) < _CENT for paid in prepaid if paid):
        return _DUE_AFTER_PREPAYMENT
    return _DUE_ABOVE_TOTAL if due > total else 0.0
