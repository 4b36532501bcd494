"""Says what type a document is, with a confidence, or that it is none of the known ones.

Evidence is counted from titles, labels and layout and weighed by hand-set log odds; all
documents that fit no type well fall to ``unknown``.
"""

import math
import re
from functools import cache

from services.extract.candidates.identifiers import find_ibans
from services.extract.described import described_scores, title_length
from services.extract.finders.titles import Titles
from services.extract.labels import Hit, LabelMap
from services.extract.lexicon import Phrases, lexicon
from services.extract.linear import sigmoid
from services.extract.mapping import own_labels
from services.extract.median import median
from services.extract.reading import Reading
from services.extract.resume.evidence import resume_evidence
from services.extract.schemas import GENERIC, built_in
from services.extract.sheet import Sheet
from services.extract.wording import compact
from shared.models.extraction import TypeGuess
from shared.models.schema import Schema

UNKNOWN = "unknown"
_OTHER = "other"
_BUILT_IN = frozenset({"receipt", "invoice", "credit_note", "resume", "identity_document", GENERIC})
_TITLE_ROWS = 25
_MOST_TITLE_WORDS = 7
_FEW_ROWS = 15
_FIRST_ROWS = 3
SURE = 0.6
"""Below, a type is in doubt."""
_OF_SALES = ("invoice", "receipt", "credit_note")
_SURELY_OF_SALE, _LIKELIEST = 0.65, 0.4  # papers of a sale are alike, and share most fields
_CODE = re.compile(r"[a-z]{1,2}\d{1,3}|3[89]\d")  # of a kind of paper: FatturaPA's, UNTDID 1001
_NARROW = 40  # characters a row
_LETTER_WIDE = 80
_SHAPED = 0.7  # quality of an account number as long as those of its country are
_SUMS = frozenset({"total_amount", "amount_due"})
_LONG_WORD = 5
_WITH_SUM = frozenset({"change", "cash", "rounding"})
_OF_A_TILL = frozenset(
    {"cash", "change", "cashier", "rounding", "receipt_number", "quantity_total"}
)

_WEIGHTS: dict[str, dict[str, float]] = {
    "invoice": {
        "bias": -2.2, "title:invoice": 2.6, "label:invoice_number": 2.0, "label:due_date": 1.3,
        "label:invoice_date": 0.8, "label:customer": 0.9, "label:iban": 0.8, "label:vat_id": 0.6,
        "label:total_amount": 0.8, "label:net_amount": 0.6, "label:tax_amount": 0.4,
        "label:amount_due": 0.5, "label:customer_number": 0.4, "label:cash": -0.8,
        "label:change": -1.6, "label:cashier": -0.3, "label:rounding": -0.8, "narrow": -2.4,
        "money": 0.6, "wide": 0.8, "title:other": -1.2, "prose": -1.0, "few_money": -1.5,
        "names_invoice": 1.0, "plainly:invoice": 3.0, "title:credit_note": -1.0, "numbered": 1.5,
    },
    "receipt": {
        "bias": -2.8, "title:receipt": 2.4, "label:cash": 1.2, "label:change": 1.8,
        "label:card": 0.6, "label:rounding": 1.2, "label:quantity_total": 0.9,
        "label:total_amount": 1.2, "label:tax_amount": 0.4, "label:cashier": 0.6,
        "label:receipt_number": 0.7, "narrow": 2.6, "money": 0.8, "time": 0.7, "address": 0.4,
        "title:other": -0.8, "prose": -1.8,
        "title:credit_note": -4.0, "label:due_date": -1.2, "label:customer": -0.5,
        "label:iban": -0.8, "label:customer_number": -0.5, "title:invoice": 0.3, "few_money": -1.2,
        "pages": -1.5, "plainly:invoice": -2.5, "plainly:credit_note": -2.5,
    },
    "resume": {
        "bias": -5.0, "heading:work": 2.0, "heading:education": 2.2, "heading:skills": 1.2,
        "headings": 0.6, "title:resume": 3.0, "periods": 2.0, "label:email": 0.3,
        "label:total_amount": -1.5, "label:iban": -1.5, "label:net_amount": -1.0,
        "title:invoice": -2.0, "title:receipt": -2.0, "narrow": -0.5,
    },
}  # fmt: skip
_WEIGHTS["credit_note"] = _WEIGHTS["invoice"] | {
    "bias": -5.5, "title:credit_note": 5.8, "narrow": -0.8, "title:invoice": 0.6,
    "plainly:invoice": 0.0, "plainly:credit_note": 3.0,
}  # fmt: skip


def classify(reading: Reading, schemas: dict[str, Schema]) -> TypeGuess:
    """The likeliest type among ``schemas``, or the type named ``unknown``."""
    chances = _chances(reading, schemas)
    best = max(chances, key=lambda name: chances[name])
    chance = min(0.99, chances[best])
    if best != UNKNOWN and chance < SURE and not _is_of_sale(best, chances):
        return TypeGuess(name=UNKNOWN, confidence=round(1 - chance, 4))
    return TypeGuess(name=best, confidence=round(chance, 4))


def _is_of_sale(best: str, chances: dict[str, float]) -> bool:
    """Whether it is surely the paper of a sale, and only not as sure of which kind."""
    of_sales = sum(chances.get(name, 0.0) for name in _OF_SALES)
    return best in _OF_SALES and chances[best] > _LIKELIEST and of_sales > _SURELY_OF_SALE


def resume_chance(reading: Reading) -> float:
    """The chance that the document is a résumé rather than of no type at all."""
    evidence, weights = _evidence(reading), _WEIGHTS["resume"]
    return min(0.99, sigmoid(sum(weights.get(it, 0.0) * value for it, value in evidence.items())))


def _chances(reading: Reading, schemas: dict[str, Schema]) -> dict[str, float]:
    evidence = _evidence(reading)
    scores = {UNKNOWN: 0.0}
    for name, weights in _WEIGHTS.items():
        if name in schemas:
            scores[name] = sum(weights.get(key, 0.0) * value for key, value in evidence.items())
    described = described_scores(reading.sheet, titles_of(reading))
    for name, schema in schemas.items():
        if schema.titles and schema is built_in().get(name):
            scores |= {name: described[name]} if name in described else {}
        elif name not in _BUILT_IN:
            scores[name] = _fit(reading, schema)
    top = max(scores.values())
    shares = {name: math.exp(score - top) for name, score in scores.items()}
    whole = sum(shares.values())
    return {name: share / whole for name, share in shares.items()}


def _evidence(reading: Reading) -> dict[str, float]:
    sheet = reading.sheet
    evidence = {"bias": 1.0}
    priced = {found.segment.row for found in reading.money}
    for hit in reading.labels.all():
        if hit.opens and (hit.concepts.isdisjoint(_WITH_SUM) or _near(priced, hit.segment.row)):
            evidence.update({f"label:{concept}": 1.0 for concept in hit.concepts})
    if any(found.quality > _SHAPED for found in find_ibans(sheet)):
        evidence["label:iban"] = 1.0
    evidence["names_invoice"] = float(any(map(_names_invoice, reading.labels.all())))
    for kind in titles_of(reading):
        evidence[f"title:{kind}"] = 1.0
    lengths = [len(row.text) for row in sheet.rows if row.text.strip()]
    if lengths:
        typical = sorted(lengths)[int(len(lengths) * 0.8)]
        short_rows = (_NARROW + 10 - typical) / 20
        evidence["narrow"] = max(0.0, min(1.0, short_rows, _narrowness(sheet)))
        evidence["wide"] = float(typical > 1.6 * _NARROW)
        words = [len(segment.tokens) for segment in sheet.segments]
        evidence["prose"] = float(median(words) > 4 or sum(w > 9 for w in words) > len(words) / 4)
    sums = [found for found in reading.money if "decimals:2" in found.traits]
    evidence["money"] = float(len(sums) >= 3)
    evidence["few_money"] = float(not sums)
    evidence["numbered"] = (1.0 - evidence.get("narrow", 0.0)) * _is_numbered(reading)
    evidence["time"] = float(any(":" in t.text and t.text[:1].isdigit() for t in sheet.tokens))
    evidence["address"] = float(any(line.postcode for line in reading.lines[:12]))
    evidence["pages"] = float(len(sheet.widths) > 1)
    evidence.update({f"plainly:{kind}": 1.0 for kind in _plain_titles(reading, evidence)})
    return evidence | resume_evidence(sheet)


def _near(rows: set[int], row: int) -> bool:
    """Whether ``row`` or the one below is among ``rows``."""
    return row in rows or row + 1 in rows


def _is_numbered(reading: Reading) -> bool:
    """Whether a title of an invoice opens a line and its number follows."""
    titles = Titles(reading.sheet, {index for it in reading.dates for index in it.indexes})
    return any(
        candidate.quality == 1.0 and titles.leads_to(candidate, named=False)
        for candidate in reading.identifiers
        if candidate.segment.row < _TITLE_ROWS
    )


def _plain_titles(reading: Reading, evidence: dict[str, float]) -> set[str]:
    """The titles that open a short text which has nothing of a till.

    Its few short rows are as narrow as a receipt's and tell nothing: it is what it says it is.
    """
    if len(reading.sheet.rows) > _FEW_ROWS or evidence["time"] or "title:receipt" in evidence:
        return set()
    if any(f"label:{concept}" in evidence for concept in _OF_A_TILL):
        return set()
    return titles_of(reading, _FIRST_ROWS)


def _names_invoice(hit: Hit) -> bool:
    """Whether a label of the sum says that it is an invoice's, as ``Rechnungsbetrag``."""
    if hit.concepts.isdisjoint(_SUMS):
        return False
    text = "".join(compact(token.text) for token in hit.tokens)
    return any(text.startswith(word) or text.endswith(word) for word in _invoice_words())


@cache
def _invoice_words() -> tuple[str, ...]:
    """Titles of invoices of one longer word, in all languages."""
    titles = lexicon().titles.exact.items()
    return tuple(word for word, kinds in titles if "invoice" in kinds and len(word) > _LONG_WORD)


def _narrowness(sheet: Sheet) -> float:
    """1 where what is printed is as narrow as a receipt, 0 as wide as a letter, whatever its rows.

    The width that most words take in letters of the usual size: 304 receipts have 19 to 54,
    invoices 69 and more.
    """
    lefts = sorted(token.x0 for token in sheet.tokens)
    rights = sorted(token.x1 for token in sheet.tokens)
    edge = len(lefts) // 20
    letters = (rights[-1 - edge] - lefts[edge]) / (0.5 * sheet.line_height)
    return (_LETTER_WIDE - letters) / 15


def titles_of(reading: Reading, rows: int = _TITLE_ROWS) -> set[str]:
    """The types named by title words that open a short line among the first ``rows``."""
    known = lexicon().titles
    priced = {each.segment.row for each in reading.money}
    found: set[str] = set()
    for row in reading.sheet.rows[:rows]:
        for segment in row.segments:
            words = [word for word in segment.words if word]
            if words and _CODE.fullmatch(words[0]):
                words = words[1:]  # ``TD04 nota di credito``
            if not words or len(words) > _MOST_TITLE_WORDS or not known.may_begin(words[0]):
                continue
            longest = title_length(words)
            if row.index in priced:
                continue
            if longest == len(words):  # as ``Nota de encomenda``, which is no ``nota``
                found.add(_OTHER)
                continue
            for count in range(min(3, len(words)), 0, -1):
                if kinds := known.find("".join(words[:count])):
                    found |= kinds if count >= longest else set()
                    break
    return found


def _fit(reading: Reading, schema: Schema) -> float:
    """Log odds for a custom type: how many of its fields have their label on the page."""
    if not schema.fields:
        return -9.0
    present = sum(_stands_on(reading.sheet, own_labels(spec)) for spec in schema.fields)
    share = present / len(schema.fields)
    head = compact(" ".join(row.text for row in reading.sheet.rows[:_TITLE_ROWS]))
    named = compact(schema.title or schema.name) in head
    # What its documents are said to be called, in so many words, is more than what it is called.
    titled = any(title in head for title in map(compact, schema.titles) if title)
    return 8.0 * share - 3.5 + (4.0 if titled else 2.0 * named)


def _stands_on(sheet: Sheet, labels: Phrases) -> bool:
    """Whether any of ``labels`` does; most have not even a word in common with the page."""
    if not sheet.is_ocr and labels.beginnings.isdisjoint(sheet.vocabulary):
        return False
    return bool(LabelMap(sheet, labels).all())
