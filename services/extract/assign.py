"""Chooses the sums of money of a document together: net and tax must make the total.

One value per field is chosen so that the scores of all and the arithmetic between them are
best as a whole; the best value for one field alone may be the wrong one for all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, combinations, product

Value = Decimal | None
Scores = dict[Decimal, float]

_CENT = Decimal("0.011")
_CONSIDERED = 7
_LIKELIEST = 3
_UNSTATED = 1.6  # what a value must score to be taken rather than none
_CLOSES = 5.0
_CLOSES_WITHOUT_TAX = 1.0
_OF_BLOCKS = 3.0
_BROKEN = -2.5
_NET_ABOVE_TOTAL = -4.0
_TAX_ABOVE_NET = -12.0  # however they are labelled: a table of rates reads either way round
_DUE_ABOVE_TOTAL = -3.0
_DUE_IS_TOTAL = 0.5
_DUE_AFTER_PREPAYMENT = 3.0
_BEFORE_PREPAYMENT = 2.0
_LEFT_IS_NAMED = 5.0
_HIGHEST_RATE = Decimal("0.4")
_LOWEST_RATE = Decimal("0.015")
_ZERO = Decimal(0)
_PARTED = Decimal(1)
_NAMED = 2.5  # what only a value with a label of its own scores
_STEPS = Decimal(2)  # rates of tax go by halves, but for some of France and Switzerland
_ODD_RATES = tuple(map(Decimal, ("2.1", "2.6", "3.7", "3.8", "7.7", "8.1")))


@dataclass(frozen=True, slots=True)
class Sums:
    """The values chosen; ``closes`` says that net and tax make the total."""

    total: Value
    net: Value
    tax: Value
    due: Value
    closes: bool
    margin: float


@dataclass(frozen=True, slots=True)
class Printed:
    """What else is printed: sums that are ``prepaid``, and ``steps`` from net sums to totals.

    Of each such pair, of total and net sum, the tax between them where more is added; ``None``
    where several taxes are.
    """

    prepaid: frozenset[Decimal] = frozenset()
    steps: Mapping[tuple[Value, Value], Value] = field(default_factory=dict)


_NOTHING = Printed()


def assign_sums(
    total: Scores, net: Scores, tax: Scores, due: Scores, printed: Printed = _NOTHING
) -> Sums:
    """The best choice for the four fields, from the score of each value for each field."""
    prepaid, steps = printed.prepaid, printed.steps
    best: tuple[float, Value, Value, Value] = (float("-inf"), None, None, None)
    second = float("-inf")
    taxes, values = _top(tax), frozenset(total) | frozenset(net)
    parts = _sums_of_parts(tax)
    totals = [*_top(total), *_made(total, net, tax)]
    for (one, as_total), (two, as_net) in product(totals, _top(net)):
        for three, as_tax in chain(taxes, _differences(one, two, tax)):
            score = as_total + as_net + as_tax
            if (one, two) in steps and steps[one, two] == three:
                score += _closing_bonus(one, three or _PARTED)
            else:
                score += _arithmetic(one, two, three)
                score += _made_of((one, two, three), (as_total, as_net, as_tax), parts)
            score += _before(one, due, prepaid)
            if _closes(one, two, three) and _are_of_blocks(one, two, values):
                score += _OF_BLOCKS
            if score > best[0]:
                second = best[0] if best[1] != one else second
                best = (score, one, two, three)
            elif one != best[1]:
                second = max(second, score)
    score, chosen, net_value, tax_value = best
    due_value, _ = max(
        _top(due), key=lambda it: it[1] + _due(it[0], chosen, prepaid, parts=(net_value, tax_value))
    )
    closes = (
        _closes(chosen, net_value, tax_value)
        or (tax_value is None and _are_parts(chosen, net_value, parts))
        or ((chosen, net_value) in steps and steps[chosen, net_value] == tax_value)
    )
    return Sums(chosen, net_value, tax_value, due_value, closes, score - second)


def _made_of(
    sums: tuple[Value, Value, Value], scores: tuple[float, float, float], parts: frozenset[Decimal]
) -> float:
    """What it is worth that net and tax make the total, or two rates of tax with the net sum."""
    (total, net, tax), (as_total, as_net, as_tax) = sums, scores
    if _closes(total, net, tax):
        is_named = as_net > _NAMED and _may_be_tax(net, tax)
        is_taxed = is_named or as_tax > _NAMED or is_usual_rate(net, tax)
        return _closing_bonus(total, tax) if (is_taxed if tax else as_total > _NAMED) else 0.0
    is_parted = tax is None and _are_parts(total, net, parts)
    return _closing_bonus(total, _PARTED) if is_parted else 0.0


def _before(total: Value, due: Scores, prepaid: frozenset[Decimal]) -> float:
    """What it is worth that something printed is left of the total after what is paid."""
    left = [due[total - paid] for paid in prepaid if paid and total and total - paid in due]
    if not left:
        return 0.0
    return _BEFORE_PREPAYMENT + (_LEFT_IS_NAMED if max(left) > _NAMED else 0.0)


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
    if total is not None and tax is not None and 2 * tax > total > 0:
        score += _NET_ABOVE_TOTAL
    if net is not None and tax is not None and tax > _HIGHEST_RATE * net:
        score += _TAX_ABOVE_NET if tax > net else _NET_ABOVE_TOTAL
    if total is None or net is None or tax is None:
        return score
    return score if _closes(total, net, tax) else score + _BROKEN


def _closing_bonus(total: Value, tax: Value) -> float:
    """A single tax block closes as well as the whole invoice: the larger sum is meant."""
    size = 1.5 * float(total.log10()) if total and total > 0 else 0.0
    return size + (_CLOSES if tax and tax > _ZERO else _CLOSES_WITHOUT_TAX)


def _may_be_tax(net: Value, tax: Value) -> bool:
    """Whether the tax is no tiny share of the net sum, as a fee or a rebate is."""
    return not net or not tax or tax >= _LOWEST_RATE * net


def is_usual_rate(net: Value, tax: Value) -> bool:
    """Whether ``tax`` is a usual percentage of ``net``: prices of goods seldom are."""
    if not net or tax is None:
        return False
    rate = round(_STEPS * 100 * tax / net) / _STEPS
    return any(abs(net * each / 100 - tax) < _CENT for each in (rate, *_ODD_RATES))


def _sums_of_parts(tax: Scores) -> frozenset[Decimal]:
    """What two values that are called tax make, as of two rates."""
    named = [value for value, score in _top(tax) if value and score > _NAMED]
    return frozenset(one + two for one, two in combinations(named, 2))


def _are_parts(total: Value, net: Value, parts: frozenset[Decimal]) -> bool:
    """Whether ``parts`` has what lies between net and total."""
    return total is not None and net is not None and total - net in parts


def _due(
    due: Value, total: Value, prepaid: frozenset[Decimal], parts: tuple[Value, Value]
) -> float:
    """How well ``due`` goes with the total and its ``parts``, net sum and tax."""
    if due is None or total is None:
        return 0.0
    if abs(due - total) < _CENT:
        return _DUE_IS_TOTAL
    if any(abs(total - paid - due) < _CENT for paid in prepaid if paid):
        return _DUE_AFTER_PREPAYMENT
    return _DUE_ABOVE_TOTAL if due > total or due in parts else 0.0
