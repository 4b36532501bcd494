"""All that the engine can say of a document, by concept, computed when asked for."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache, partial

from services.extract.calibrate import (
    finding_confidence,
    finding_features,
    legibility,
    name_features,
    reading_features,
)
from services.extract.candidates.candidate import Candidate
from services.extract.candidates.contacts import find_phones
from services.extract.classify import resume_chance
from services.extract.features import Features
from services.extract.finders import Found, FoundRow
from services.extract.finders.dates import DateFinder
from services.extract.finders.identifiers import find_iban, find_number, find_vat_id
from services.extract.finders.money import MoneyFinder
from services.extract.finders.parties import PartyFinder
from services.extract.finders.receipt import (
    find_address,
    find_company,
    find_date,
    find_total,
)
from services.extract.lazy import lazy
from services.extract.lexicon.currencies import currency_of
from services.extract.linear import load
from services.extract.pairs import find_pairs
from services.extract.reading import Reading
from services.extract.resume import (
    RESUME_TABLES,
    RESUME_VALUES,
    Resume,
    resume_rows,
    resume_value,
)
from services.extract.sheet import Token
from services.extract.tables import LineItem, find_line_items
from services.extract.tables.headless import sum_of_lines
from shared.models.schema import FieldSpec

_LINES = "line_items"
_PAIRS = "pairs"
TABLES = RESUME_TABLES | {_LINES, _PAIRS}
"""The concepts of fields that have rows."""
_WEIGHTS = "invoice"
_LEARNED = frozenset({"company", "address", "date", "total"})
"""What receipts find by weights with a calibration of their own."""
_LEAST_LEGIBLE = 0.05
_LIKELY_KNOWN = 0.95  # how often the classifier is right
_NAMES = frozenset({"supplier_name", "customer_name"})
OFTEN_MISREAD = _NAMES | {"vat_id"}
"""Fields of which enough that were hardly read were learned from."""
_DOLLAR = "USD"
_DATES = frozenset({"invoice_date", "due_date"})
_SUMS = ("total_amount", "net_amount", "tax_amount", "amount_due")


class Answers:
    """The concepts of one document. ``is_receipt`` chooses between the two total finders.

    ``others`` are fields that are not asked for, of which the printed labels are no values;
    ``by_labels`` says that labels tell what is on the document, which is no invoice or the like.
    """

    def __init__(
        self,
        reading: Reading,
        *,
        is_receipt: bool,
        others: Sequence[FieldSpec] = (),
        by_labels: bool = False,
    ) -> None:
        self.reading = reading
        self.is_receipt = is_receipt
        self.others = others
        self.by_labels = by_labels

    @property
    def concepts(self) -> frozenset[str]:
        """The concepts that can be asked for."""
        return _CONCEPTS

    def find(self, concept: str) -> Found | None:
        """The value for ``concept``, ``None`` where the document bears none out."""
        found = self.deemed(concept)
        weights = load(_WEIGHTS)
        model = weights.calibration.get(concept)
        if found is None or model is None or (self.is_receipt and concept in _LEARNED):
            return found
        features, limited = self.evidence(concept, found), concept not in OFTEN_MISREAD
        trusted = weights.trusted.get(concept, 0.0) if "read" in features else 0.0
        chance = finding_confidence(features, model, found.tokens, limited=limited, trusted=trusted)
        if concept in _DATES:
            chance = min(chance, self.reading.sure_of_day(found.tokens))
        return replace(found, confidence=chance)

    def deemed(self, concept: str) -> Found | None:
        """The same with the confidence that its finder's rules give, which is no chance yet."""
        finder = _FINDERS.get(concept)
        return None if finder is None or not self.reading.sheet.tokens else finder(self)

    def evidence(self, concept: str, found: Found) -> Features:
        """What speaks for the value that was deemed right: the numbers of the calibration."""
        chance = found.confidence / max(_LEAST_LEGIBLE, legibility(found.tokens))
        features = finding_features(chance, found.tokens) | dict.fromkeys(found.told, 1.0)
        if concept in _SUMS:
            features["open"] = float(not self.sums_close)
            features["broken"] = float(self.money.is_broken)
            features["exceeded"] = float(self.money.is_exceeded)
        if concept in _NAMES:
            again = self.reading.again(found.tokens)
            features |= name_features(features, found.tokens, again)
        return features

    def rows(self, table: str) -> list[FoundRow]:
        """The rows of one of ``TABLES`` by the concepts of its columns."""
        if table == _LINES:
            return [_line(item) for item in self.line_items]
        if table == _PAIRS:
            return find_pairs(self.reading.sheet)
        return resume_rows(self.resume, table)

    @lazy
    def resume(self) -> Resume:
        """The document as a résumé."""
        return Resume(self.reading)

    @property
    def sums_close(self) -> bool:
        """Whether the net and tax found make the total."""
        return self.money.closes

    @lazy
    def line_items(self) -> list[LineItem]:
        """The lines of the table whose prices make the net sum or the total."""
        found = [self.money.find(concept) for concept in _SUMS[:2]]
        return find_line_items(self.reading, [abs(Decimal(each.value)) for each in found if each])

    @lazy
    def money(self) -> MoneyFinder:
        """The sums; those of a receipt make the total that the learned weights find."""
        total = find_total(self.reading) if self.is_receipt else None
        known = None if total is None else abs(Decimal(total.value))
        return MoneyFinder(self.reading, known, partial(sum_of_lines, self.reading))

    @lazy
    def dates(self) -> DateFinder:
        """The dates of issue and when it is due."""
        return DateFinder(self.reading)

    @lazy
    def parties(self) -> PartyFinder:
        """Who issued it and to whom."""
        return PartyFinder(self.reading)


def _sum(concept: str, answers: Answers) -> Found | None:
    return answers.money.find(concept)


def _total(answers: Answers) -> Found | None:
    if answers.is_receipt:
        return find_total(answers.reading)
    return answers.money.find("total_amount")


def _date(answers: Answers) -> Found | None:
    return find_date(answers.reading) if answers.is_receipt else answers.dates.issue()


def _reference(answers: Answers) -> Found | None:
    return find_number(answers.reading, "reference") or find_number(answers.reading)


def _of_resume(concept: str, answers: Answers) -> Found | None:
    return resume_value(answers.resume, concept)


def _resume_probability(answers: Answers) -> Found:
    percent = round(100 * resume_chance(answers.reading))
    return Found(str(percent), "", _LIKELY_KNOWN, [], is_derived=True)


def _currency(answers: Answers) -> Found | None:
    reading = answers.reading
    votes = reading.currency_votes
    if not votes:
        return None
    code, count = votes.most_common(1)[0]
    share = count / sum(votes.values())
    tokens = _tokens_with(reading, code) or _tokens_naming(reading, code)
    tokens = tokens or _tokens_with(reading, _DOLLAR)  # that the country tells of which kind
    raw = " ".join(token.text for token in tokens)
    return Found(code, raw or code, 0.6 + 0.38 * share, tokens)


def _tokens_with(reading: Reading, code: str) -> list[Token]:
    """The first number with a currency's sign."""
    trait = f"currency:{code}"
    return next((it.tokens for it in reading.numbers if trait in it.traits), [])


def _tokens_naming(reading: Reading, code: str) -> list[Token]:
    return [token for token in reading.sheet.tokens if currency_of(token.text) == code][:1]


def _line(item: LineItem) -> FoundRow:
    told = item.evidence
    return {concept: _cell(item, concept, told) for concept in item.values}


def _cell(item: LineItem, concept: str, told: Features) -> Found:
    tokens = item.tokens[concept]
    doubts = reading_features(tokens)
    if doubts:
        model = load(_WEIGHTS).calibration[f"{_LINES}.{concept}"]
        chance = finding_confidence(told | doubts, model, tokens)
    else:
        chance = _chance_if_clear(concept, frozenset(told))
    raw = " ".join([token.text for token in tokens])
    return Found(item.values[concept], raw, chance, tokens)


@cache
def _chance_if_clear(concept: str, told: frozenset[str]) -> float:
    """Of a value whose words were read for certain: lines have but a few kinds of evidence."""
    model = load(_WEIGHTS).calibration[f"{_LINES}.{concept}"]
    return finding_confidence(dict.fromkeys(told, 1.0), model, [])


def cell_evidence(item: LineItem, concept: str) -> Features:
    """What speaks for one value of a line: the numbers of its calibration."""
    return item.evidence | reading_features(item.tokens[concept])


def _first(candidates: list[Candidate]) -> Found | None:
    if not candidates:
        return None
    best = candidates[0]
    return Found(best.value, best.raw, 0.9 * legibility(best.tokens), best.tokens)


# Functions of the answers, not closures over them: nothing of a document then refers to
# itself, and all of it is freed at once when the document is done.
_FINDERS: dict[str, Callable[[Answers], Found | None]] = (
    {
        "company": lambda it: find_company(it.reading),
        "address": lambda it: find_address(it.reading),
        "date": _date,
        "total": _total,
        "currency": _currency,
        "invoice_number": lambda it: find_number(it.reading),
        "reference": _reference,
        "invoice_date": lambda it: it.dates.issue(),
        "due_date": lambda it: it.dates.due(),
        "supplier_name": lambda it: it.parties.supplier(),
        "customer_name": lambda it: it.parties.customer(),
        "supplier_address": lambda it: it.parties.supplier_address(),
        "customer_address": lambda it: it.parties.customer_address(),
        "vat_id": lambda it: find_vat_id(it.reading),
        "iban": lambda it: find_iban(it.reading),
        "email": lambda it: _first(it.reading.emails),
        "phone": lambda it: _first(
            find_phones(it.reading.sheet, it.reading.currency, it.reading.country)
        ),
        "url": lambda it: _first(it.reading.urls),
        "resume_probability": _resume_probability,
    }
    | {concept: partial(_of_resume, concept) for concept in RESUME_VALUES}
    | {concept: partial(_sum, concept) for concept in _SUMS}
)
_CONCEPTS = frozenset(_FINDERS)
