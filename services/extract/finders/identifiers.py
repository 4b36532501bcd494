"""Finds the number of an invoice, VAT ids and bank accounts by form and label."""

import re

from services.extract.calibrate import legibility
from services.extract.candidates.candidate import Candidate
from services.extract.candidates.identifiers import find_ibans, find_identifiers, find_vat_ids
from services.extract.finders import Found
from services.extract.labels import Surroundings
from services.extract.lexicon import lexicon
from services.extract.reading import Reading
from services.extract.wording import compact

_ABOVE = 0.85
_LABEL = 6.0
_RIVAL = 4.0
_NEAR_TITLE = 0.7
_TITLE_ROWS = 3
_LEAST_NUMBER = 1.8
_LEAST_VAT = 2.5
_CHECKED = 0.98
_TITLES = frozenset({"invoice", "credit_note"})
_CUSTOMER = frozenset({"customer", "ship_to"})
_VAT_FORM = re.compile(r"[A-Z]{0,3}[\d][\dA-Z./\-]{6,16}")


def find_number(reading: Reading, concept: str = "invoice_number") -> Found | None:
    """The identifier with the best label for ``concept``; a title beside it is one too."""
    dates = {index for found in reading.dates for index in found.indexes}
    labelled = {token.index for hit in reading.labels.all() for token in hit.tokens}
    candidates = [
        found
        for found in find_identifiers(reading.sheet)
        if not found.indexes & dates and not (found.indexes & labelled)
    ]
    around = reading.around(candidates)
    scored = [
        (_number_score(reading, concept, candidate, labels), -at, candidate)
        for at, (candidate, labels) in enumerate(zip(candidates, around, strict=True))
    ]
    best = max(scored, default=None, key=lambda each: each[:2])
    if best is None or best[0] < _LEAST_NUMBER:
        return None
    chance = 0.97 if best[0] > 4.5 else 0.93 if best[0] > 3 else 0.7
    return _found(best[2], chance)


def find_vat_id(reading: Reading) -> Found | None:
    """The supplier's VAT id: not the one labelled as, or standing with, the customer's."""
    formed = find_vat_ids(reading.sheet)
    taken = {index for found in formed for index in found.indexes}
    plain = [
        found
        for found in find_identifiers(reading.sheet)
        if not found.indexes & taken and _VAT_FORM.fullmatch(compact(found.value).upper())
    ]
    candidates = formed + plain
    scored = []
    for at, (candidate, labels) in enumerate(
        zip(candidates, reading.around(candidates), strict=True)
    ):
        own = _strength("vat_id", labels)
        rival = max(
            _strength(name, labels)
            for name in ("customer_vat_id", "registration", "phone", "iban", "invoice_number")
        )
        score = _LABEL * own - _RIVAL * max(0.0, rival - own + 0.2 * (rival > own))
        score += 3.0 * (at < len(formed))
        score -= 2.5 * reading.is_under(candidate.segment, _CUSTOMER)
        score += 1.0 * reading.is_under(candidate.segment, frozenset({"supplier"}))
        scored.append((score, -at, candidate))
    best = max(scored, default=None, key=lambda each: each[:2])
    if best is None or best[0] < _LEAST_VAT:
        return None
    return _found(best[2], 0.95 if best[0] > 6 else 0.8)


def find_iban(reading: Reading) -> Found | None:
    """The first account in IBAN form, valid ones before others."""
    candidates = find_ibans(reading.sheet)
    best = max(candidates, default=None, key=lambda each: each.quality)
    if best is None:
        return None
    if best.quality == 1.0:
        # The check digits have proven the reading, however faint the words were.
        return Found(best.value, best.raw, _CHECKED, best.tokens)
    return _found(best, 0.85 if best.quality == 0.8 else 0.6)


def _number_score(
    reading: Reading, concept: str, candidate: Candidate, labels: Surroundings
) -> float:
    own = _strength(concept, labels)
    bare = _strength("bare_number", labels)
    if concept == "invoice_number" and _is_near_title(reading, candidate):
        own = max(own, _NEAR_TITLE * max(0.6, bare))
    rivals = [
        score
        for name, score in labels.left.items()
        if name
        not in {concept, "bare_number", "page", "supplier", "customer", "name", "salutation"}
    ]
    rivals += [
        _ABOVE * score
        for name, score in labels.above.items()
        if name
        not in {concept, "bare_number", "page", "supplier", "customer", "name", "salutation"}
    ]
    rival = max(rivals, default=0.0)
    score = _LABEL * own - _RIVAL * max(0.0, rival - own)
    row = candidate.segment.row / max(1, len(reading.sheet.rows) - 1)
    return score * (0.5 + 0.5 * candidate.quality) - 1.0 * row - 0.5 * (candidate.page > 0)


def _is_near_title(reading: Reading, candidate: Candidate) -> bool:
    """Whether the title of an invoice stands left of it, or just above."""
    row = candidate.segment.row
    for index in range(row, max(-1, row - _TITLE_ROWS), -1):
        above = reading.sheet.rows[index]
        if above.page != candidate.page:
            break
        for segment in above.segments:
            left = [t for t in segment.tokens if index < row or t.x1 <= candidate.x0 + 1]
            if _has_title([compact(token.text) for token in left], whole=index < row):
                return True
    return False


def _has_title(words: list[str], *, whole: bool) -> bool:
    if len(words) > 7:
        return False
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + 3) + 1):
            kinds = lexicon().titles.find("".join(words[start:end]))
            if kinds and kinds & _TITLES and (not whole or end - start == len(words)):
                return True
    return False


def _strength(concept: str, labels: Surroundings) -> float:
    return max(labels.left.get(concept, 0.0), _ABOVE * labels.above.get(concept, 0.0))


def _found(best: Candidate, chance: float) -> Found:
    return Found(best.value, best.raw, chance * legibility(best.tokens), best.tokens)
