"""Finds total, net, tax and what is due, by their labels and by arithmetic."""

import math
from collections.abc import Callable
from decimal import Decimal

from services.extract.assign import Printed, Scores, Sums, assign_sums, is_usual_rate
from services.extract.calibrate import legibility
from services.extract.candidates.candidate import Candidate
from services.extract.features.money import CONCEPTS
from services.extract.finders import Found
from services.extract.finders.chains import Chain, find_chains, foot_of_table
from services.extract.finders.goods import is_among, rows_of_lines
from services.extract.finders.rate_tables import RateTable, find_rate_table, summed
from services.extract.finders.sum_columns import column_heads, left_of, net_and_tax
from services.extract.lazy import lazy
from services.extract.reading import Reading
from services.extract.surroundings import Surroundings

# Which labels speak for a field, and how much.
_OWN = {
    "total_amount": {"total_amount": 1.0, "final_total": 1.0, "amount_due": 0.6},
    "net_amount": {"net_amount": 1.0, "subtotal": 0.75},
    "tax_amount": {"tax_amount": 1.0},
    "amount_due": {"amount_due": 1.0},
}
# Which labels speak against it: those of all other sums.
_OTHERS = {
    field: {concept: 1.0 for concept in CONCEPTS if concept not in own}
    for field, own in _OWN.items()
}
_LABEL = 6.0
_ABOVE = 0.85
_RIVAL = 3.0
_FINAL = 0.8
_LOW = 1.0
_CURRENCY = 0.4
_AGAIN = 0.4
_MADE_BY_LINES = 2.5
_STACKED = 2.5
_UPPER_THIRD = 0.33
_CONFIDENCE_CLOSED = 0.96
_CONFIDENCE_PLAIN = 0.8
_NAMED = 0.3
_SURELY = 0.7
_OF_LINE = 1.5
_CONFIDENCE_IMPLIED = 0.93
_CONFIDENCE_LEFT = 0.6
_NO_LABELS = Surroundings({}, {})


class MoneyFinder:
    """The sums of a document. ``total`` fixes the total where something better knows it.

    ``made_by_lines`` gives what the lines make together, where they tell by themselves.
    """

    def __init__(
        self,
        reading: Reading,
        total: Decimal | None = None,
        made_by_lines: Callable[[], Decimal | None] = lambda: None,
    ) -> None:
        self._reading = reading
        self._total = total
        self._made_by_lines = made_by_lines
        self._candidates = reading.money
        self._around = reading.around(self._candidates)
        self._heads = column_heads(self._candidates, self._around)
        self._lines = rows_of_lines(reading)
        # What heads a column of several lines says nothing of the document's sums.
        several = self._lines if len(self._lines) > 1 else frozenset()
        self._around = [
            Surroundings(labels.left, {}) if is_among(each, several, reading) else labels
            for each, labels in zip(self._candidates, self._around, strict=True)
        ]
        self._places: dict[Decimal, list[int]] = {}
        for at, candidate in enumerate(self._candidates):
            self._places.setdefault(abs(candidate.number), []).append(at)

    def find(self, concept: str) -> Found | None:
        """The value for one of total_amount, net_amount, tax_amount, amount_due."""
        chosen = {
            "total_amount": self._sums.total,
            "net_amount": self._sums.net,
            "tax_amount": self._sums.tax,
            "amount_due": self._sums.due,
        }[concept]
        if chosen is None:
            return self._unchosen(concept)
        place = self._place(concept, chosen)
        return Found(
            value=place.value,
            raw=place.raw,
            confidence=self._confidence(concept, chosen) * legibility(place.tokens),
            tokens=place.tokens,
            told=self._told(concept, chosen),
        )

    def _unchosen(self, concept: str) -> Found | None:
        """A sum that is not printed as such: worked out, or the same as another."""
        if concept == "amount_due":
            return self._left() or self._implied()
        if concept == "total_amount":
            return self._named_net()
        chain, table = self._chains.get((self._sums.total, self._sums.net)), self._rates
        if concept == "tax_amount" and (chain or table):
            return summed(chain.taxes if chain else table.taxes if table else ())
        is_net = concept == "net_amount" and table and table.net + table.tax == self._sums.total
        return summed(table.bases) if table and is_net else None

    def _named_net(self) -> Found | None:
        """The total where no sum is called so: what is called net, if no sum is larger."""
        net = self._sums.net
        if net is None or self._sums.tax or net < max(self._places):
            return None
        place = self._place("net_amount", net)
        sure = _CONFIDENCE_PLAIN * legibility(place.tokens)
        return Found(place.value, place.raw, sure, place.tokens, told=frozenset({"named_barely"}))

    @lazy
    def _rates(self) -> RateTable | None:
        """Where each rate has its own and the document no sum of them."""
        found = find_rate_table(self._reading.numbers, self._candidates, self._lines)
        return None if found is None or found.tax in self._places else found

    @lazy
    def _chains(self) -> dict[tuple[Decimal | None, Decimal | None], Chain]:
        return find_chains(self._reading.sheet, self._candidates, self._around, self._heads)

    def _told(self, concept: str, value: Decimal) -> frozenset[str]:
        """What speaks for and against a sum beside how likely it is deemed."""
        places = self._places[value]
        own = max(_strength(_OWN[concept], self._around[at]) for at in places)
        rival = max(_strength(_OTHERS[concept], self._around[at]) for at in places)
        rows = {self._candidates[at].segment.row for at in places}
        traits = {
            "named": own > _SURELY,
            "named_barely": _NAMED < own <= _SURELY,
            "claimed": rival > own,
            "again": len(places) > 1,
            "of_line": rows <= self._lines,
            "followed": concept in {"total_amount", "amount_due"} and self._is_followed(value),
        }
        return frozenset(name for name, holds in traits.items() if holds)

    def _is_followed(self, total: Decimal) -> bool:
        """Whether below ``total`` stands what is left of it when something printed is paid."""
        last = max(self._candidates[at].segment.row for at in self._places[total])
        taxes = {self._sums.net, self._sums.tax}
        return any(
            abs(each.number) < total
            and each.segment.row > last
            and abs(each.number) not in taxes
            and total - abs(each.number) in self._places
            for each in self._candidates
        )

    def _left(self) -> Found | None:
        """What is left of the total where something printed below it is paid, however called."""
        total, known = self._sums.total, {self._sums.net, self._sums.tax}
        if total is None or not self._is_followed(total):
            return None
        others = [each for each in self._candidates if abs(each.number) not in known]
        found = left_of(self._place("total_amount", total), others)
        if found is None:
            return None
        sure = _CONFIDENCE_LEFT * legibility(found.tokens)
        return Found(found.value, found.raw, sure, found.tokens, told=frozenset({"left"}))

    def _implied(self) -> Found | None:
        """Where nothing else is said to be due, and nothing paid, the total is."""
        total = self.find("total_amount")
        if total is None or any(labels.of("prepaid") > 0.3 for labels in self._around):
            return None
        chance = _CONFIDENCE_IMPLIED * total.confidence
        return Found(total.value, total.raw, chance, total.tokens, told=total.told | {"implied"})

    @property
    def closes(self) -> bool:
        """Whether net and tax make the total."""
        table = self._rates
        return self._sums.closes or bool(table and table.net + table.tax == self._sums.total)

    @property
    def is_broken(self) -> bool:
        """Whether no net sum goes with total and tax, nor is the one a usual share of the other."""
        total, tax = self._sums.total, self._sums.tax
        if self._sums.closes or not total or not tax:
            return False
        return not is_usual_rate(total - tax, tax)

    @property
    def is_exceeded(self) -> bool:
        """Whether a sum on the document is larger than its total, which is rare."""
        total = self._sums.total
        return total is not None and any(value > total for value in self._places)

    @lazy
    def _sums(self) -> Sums:
        total = self._scores("total_amount")
        if self._total is not None:
            total = {self._total: 20.0}
        prepaid = frozenset(
            abs(candidate.number)
            for candidate, labels in zip(self._candidates, self._around, strict=True)
            if labels.of("prepaid") > 0.3
        )
        stated = self._speaks_of("net_amount") or self._speaks_of("tax_amount")
        made = None if stated and self._speaks_of("total_amount") else self._made_by_lines()
        stacked = None if stated else net_and_tax(self._candidates, self._is_called_total)
        is_told = stated or made or stacked or self._foot
        net = self._scores("net_amount") if is_told else {}
        tax = self._scores("tax_amount") if is_told else {}
        for scores, value in zip((net, tax), stacked or (), strict=False):
            scores[value] += _STACKED
        if made is not None and made in self._places:
            net[made] += _MADE_BY_LINES
            total[made] = total.get(made, 0.0) + _MADE_BY_LINES
        if self._rates is not None:
            parts = {abs(each.number) for each in self._rates.bases}
            net, tax = {it: score for it, score in net.items() if it not in parts}, {}
        for scores, value in zip((net, tax, total), self._foot, strict=False):
            scores[value] = scores.get(value, 0.0) + _LABEL
        steps = {sums: chain.tax for sums, chain in self._chains.items()}
        return assign_sums(total, net, tax, self._scores("amount_due"), Printed(prepaid, steps))

    @lazy
    def _foot(self) -> tuple[Decimal, ...]:
        """Net sum, tax and total on the last row of a table that is called total."""
        found = foot_of_table(self._candidates, self._heads)
        named = found and any(self._is_called_total(at) for it in found for at in self._places[it])
        return found if found and named else ()

    def _speaks_of(self, concept: str) -> bool:
        """Whether any sum is called so: two prices of goods make a total just as well."""
        own = _OWN[concept]
        rows = any(_strength(own, labels) > _NAMED for labels in self._around)
        return rows or any(_strength(own, labels) > _NAMED for labels in self._heads.values())

    def _is_called_total(self, at: int) -> bool:
        return _strength(_OWN["total_amount"], self._around[at]) > _NAMED

    def _scores(self, concept: str) -> Scores:
        return {
            value: max([self._score(concept, at) for at in places]) + _AGAIN * math.log(len(places))
            for value, places in self._places.items()
        }

    def _score(self, concept: str, at: int) -> float:
        candidate, labels = self._candidates[at], self._around[at]
        own = max(
            _strength(_OWN[concept], labels),
            _strength(_OWN[concept], self._heads.get(id(candidate), _NO_LABELS)),
        )
        rival = max(_strength(_OTHERS[concept], labels), 0.5 * _other(labels))
        score = _LABEL * own - _RIVAL * max(0.0, rival - own)
        place = self._reading.sheet.depth(candidate.segment.row)
        score += _CURRENCY * candidate.has_currency
        if concept != "amount_due" and own == 0:
            score -= _OF_LINE * (candidate.segment.row in self._lines)
        if concept != "tax_amount":
            score += _LOW * place - (place < _UPPER_THIRD and own == 0)
        if concept == "total_amount":
            score += _FINAL * labels.of("final_total")
            if candidate.number == 0:
                score -= 2.0
        if concept == "net_amount" and candidate.number == 0:
            score -= 2.0
        return score

    def _place(self, concept: str, value: Decimal) -> Candidate:
        """The place of ``value`` with the best label, the last among equals."""
        best = max(self._places[value], key=lambda at: (self._score(concept, at), at))
        return self._candidates[best]

    def _confidence(self, concept: str, value: Decimal) -> float:
        own = max([_strength(_OWN[concept], self._around[at]) for at in self._places[value]])
        in_sum = concept != "amount_due" and self._sums.closes
        due_is_total = concept == "amount_due" and value == self._sums.total
        base = _CONFIDENCE_CLOSED if in_sum or due_is_total else _CONFIDENCE_PLAIN
        certainty = 0.6 + 0.4 * min(1.0, own / 0.7)
        rivalry = 1.0 if in_sum else min(1.0, 0.7 + 0.1 * self._sums.margin)
        return base * certainty * max(0.4, rivalry)


def _strength(concepts: dict[str, float], labels: Surroundings) -> float:
    """The strongest of the labels that ``concepts`` weighs; a value has few labels around."""
    strength = 0.0
    for name, left in labels.left.items():
        if name in concepts:
            strength = max(strength, left * concepts[name])
    for name, above in labels.above.items():
        if name in concepts:
            strength = max(strength, _ABOVE * above * concepts[name])
    return strength


def _other(labels: Surroundings) -> float:
    return max([s for name, s in labels.left.items() if name not in CONCEPTS], default=0.0)
