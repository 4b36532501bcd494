"""Features of sums of money: their labels, their arithmetic, where else they stand.

All places with the same value are judged together: the total often stands twice.
"""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

from services.extract.candidates.candidate import Candidate
from services.extract.features import Choice, Features
from services.extract.misread import differ_by_one_sign
from services.extract.reading import Reading
from services.extract.surroundings import Surroundings

CONCEPTS = (
    "total_amount",
    "final_total",
    "net_amount",
    "subtotal",
    "tax_amount",
    "amount_due",
    "prepaid",
    "discount",
    "shipping",
    "service_charge",
    "rounding",
    "cash",
    "change",
    "card",
    "quantity_total",
)
_TOTALS = ("total_amount", "final_total", "amount_due")
_ROUNDED = Decimal("0.05")
_CENT = Decimal("0.011")
_MOST_PAIRED = 24
_ONE_CENT = Decimal("0.01")
_LEAST_TAX = Decimal("0.1")
_LOWEST_RATE, _HIGHEST_RATE = Decimal(3), Decimal(28)  # per cent
_LABELLED = 0.3
_HARDLY_READ = 0.25  # confidence


class Arithmetic:
    """The sums that hold between the amounts of a document."""

    def __init__(
        self,
        candidates: list[Candidate],
        around: list[Surroundings],
        rates: set[Decimal],
    ) -> None:
        self._labelled: dict[str, set[Decimal]] = {concept: set() for concept in CONCEPTS}
        for candidate, labels in zip(candidates, around, strict=True):
            for concept in CONCEPTS:
                if labels.of(concept) > _LABELLED:
                    self._labelled[concept].add(abs(candidate.number))
        self._values = Counter(abs(candidate.number) for candidate in candidates)
        self.paid_less_change = self._differences()
        taxes, rounding = self._labelled["tax_amount"], self._labelled["rounding"]
        nets = self._labelled["net_amount"] | self._labelled["subtotal"]
        extras = self._labelled["service_charge"] | self._labelled["shipping"]
        reductions = self._labelled["discount"]
        self.net_plus_tax = {n + t for n in nets for t in taxes if t}
        self.with_extras = {n + e for n in nets | self.net_plus_tax for e in extras if e}
        self.less_discount = {n - d for n in nets for d in reductions if 0 < d < n}
        before = nets | self.net_plus_tax | self.less_discount | self._labelled["total_amount"]
        self.rounded = {b + r for b in before for r in rounding if r} | {
            b - r for b in before for r in rounding if r
        }
        self._roundings = {each for each in rounding if 0 < each < _ROUNDED}
        self.with_tax, self.taxes = self._taxed(rates)
        self.column_sums = _column_sums(candidates)
        self.pairs, self.nets = self._any_pairs()

    def _differences(self) -> set[Decimal]:
        paid = self._labelled["cash"] | self._labelled["card"] | self._labelled["prepaid"]
        return {one - two for one in paid for two in self._labelled["change"] if one > two > 0}

    def _taxed(self, rates: set[Decimal]) -> tuple[set[Decimal], set[Decimal]]:
        """Sums whose share of tax at one of ``rates`` stands on the document, and those shares."""
        whole, taxes = set(), set()
        for value in self._values:
            for rate in rates:
                tax = (value * rate / (100 + rate)).quantize(_ONE_CENT, ROUND_HALF_UP)
                if tax >= _LEAST_TAX and tax in self._values:
                    whole.add(value)
                    taxes.add(tax)
        return whole, taxes

    def _any_pairs(self) -> tuple[set[Decimal], set[Decimal]]:
        """Sums of two amounts that stand on the document too, whatever their labels.

        And the larger ones of pairs whose sum stands there too and is not what was paid.
        """
        values = sorted((value for value in self._values if value), reverse=True)[:_MOST_PAIRED]
        paid = self._labelled["cash"] | self._labelled["card"] | self._labelled["prepaid"]
        whole = self._values.keys() - paid
        sums, nets = set(), set()
        for at, one in enumerate(values):
            for two in values[at + 1 :]:
                if Decimal("0.03") < two / one < Decimal("0.3"):
                    sums.add(one + two)
                    if one + two in whole:
                        nets.add(one)
        return sums, nets

    def features(self, value: Decimal) -> Features:
        """What the sums say of ``value``."""
        larger = sum(other > value for other in self._values)
        twin = any(0 < abs(other - value) < _ROUNDED for other in self._values)
        even = value % _ROUNDED == 0
        return {
            "zero": float(value == 0),
            "paid_less_change": float(value in self.paid_less_change),
            "net_plus_tax": _holds(self.net_plus_tax, value),
            "with_extras": _holds(self.with_extras, value),
            "less_discount": _holds(self.less_discount, value),
            "rounded": float(even) * _holds(self.rounded, value),
            "before_rounding": float(not even and self._is_rounded_later(value)),
            "with_tax": float(value in self.with_tax),
            "tax": float(value in self.taxes),
            "column_sum": _holds(self.column_sums, value),
            "any_pair": _holds(self.pairs, value),
            "net_of_pair": float(value in self.nets),
            "twin_even": float(twin and even),
            "twin_odd": float(twin and not even),
            "round_tens": float(value > 0 and value % 10 == 0),
            "repeated": min(self._values[value] - 1, 3) / 3,
            "largest": float(larger == 0),
            "second": float(larger == 1),
            "small": float(larger > 4),
        }

    def _is_rounded_later(self, value: Decimal) -> bool:
        """Whether something was rounded, or what was paid is next to ``value``."""
        paid = (abs(each - value) for each in self.paid_less_change)
        return bool(self._roundings) or any(0 < each < _ROUNDED for each in paid)


def money_choices(
    reading: Reading, candidates: list[Candidate], around: list[Surroundings]
) -> list[Choice]:
    """One choice for each value, for the question whether it is the total."""
    rates = {number.number for number in reading.numbers if _is_rate(number)}
    sums = Arithmetic(candidates, around, rates)
    places: dict[Decimal, list[int]] = {}
    for at, candidate in enumerate(candidates):
        places.setdefault(abs(candidate.number), []).append(at)
    choices = []
    for value, indexes in places.items():
        features = _merged([_own(reading, candidates[i], around[i]) for i in indexes])
        features |= sums.features(value)
        if reading.sheet.is_ocr:
            features |= _misread_twins(value, places, candidates)
            surest = max(candidates[i].legibility for i in indexes)
            features["hardly_read"] = float(surest < _HARDLY_READ)
        total = max(features.get(f"left:{c}", 0.0) for c in _TOTALS)
        features["only_subtotal"] = float(total < _LABELLED < features.get("left:subtotal", 0.0))
        features["only_net"] = float(total < _LABELLED < features.get("left:net_amount", 0.0))
        features["only_cash"] = float(total < _LABELLED < features.get("left:cash", 0.0))
        features["any_total"] = float(total > _LABELLED)
        best = max(indexes, key=lambda i: (max(around[i].of(c) for c in _TOTALS), i))
        own = {name: score for name, score in features.items() if score}
        choices.append(Choice(candidates[best], own, [candidates[i] for i in indexes]))
    return choices


def _misread_twins(
    value: Decimal, places: dict[Decimal, list[int]], candidates: list[Candidate]
) -> Features:
    """Whether another sum that was read could be this one misread, or this one be it."""
    sure = {it: max(candidates[i].legibility for i in at) for it, at in places.items()}
    found: Features = {}
    for other, chance in sure.items():
        if differ_by_one_sign(str(value), str(other)):
            found["surer_twin" if sure[value] > chance else "fainter_twin"] = 1.0
    return found


def _is_rate(number: Candidate) -> bool:
    """Whether it may be a rate of value added tax."""
    return "percent" in number.traits and _LOWEST_RATE <= number.number <= _HIGHEST_RATE


def _holds(sums: set[Decimal], value: Decimal) -> float:
    return float(value > 0 and any(abs(each - value) < _CENT for each in sums))


def _merged(all_features: list[Features]) -> Features:
    merged: Features = {}
    for features in all_features:
        for name, score in features.items():
            merged[name] = max(merged.get(name, -9.0), score)
    return merged


def _own(reading: Reading, candidate: Candidate, labels: Surroundings) -> Features:
    sheet = reading.sheet
    row = sheet.rows[candidate.segment.row]
    place = sheet.depth(row.index)
    features: Features = {}
    for concept in CONCEPTS:
        features[f"left:{concept}"] = labels.left.get(concept, 0.0)
        features[f"above:{concept}"] = labels.above.get(concept, 0.0)
    others = [score for name, score in labels.left.items() if name not in CONCEPTS]
    features["left:other"] = max(others, default=0.0)
    features["unlabelled"] = float(not labels.left and not labels.above)
    features["low"] = place
    features["tall"] = min(2.0, candidate.tokens[-1].height / sheet.line_height) - 1
    features["right"] = candidate.x1 / max(1.0, sheet.widths[candidate.page])
    features["currency"] = float(candidate.has_currency)
    features["negative"] = float("negative" in candidate.traits)
    numbers = sum(token.text[-1:].isdigit() for token in row.tokens)
    features["lone_number"] = float(numbers <= 1)
    return features


def _column_sums(candidates: list[Candidate]) -> set[Decimal]:
    """Running sums down each right-aligned column, of two amounts and more."""
    columns: dict[tuple[int, int], list[Candidate]] = {}
    for candidate in candidates:
        width = max(1.0, candidate.tokens[-1].height)
        columns.setdefault((candidate.page, round(candidate.x1 / width / 2)), []).append(candidate)
    sums: set[Decimal] = set()
    for column in columns.values():
        total = Decimal(0)
        for count, candidate in enumerate(column):
            total += candidate.number
            if count:
                sums.add(total)
    return sums
