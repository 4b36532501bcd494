"""Finds the number of an invoice, VAT ids and bank accounts by form and label."""

import re
from collections.abc import Collection, Iterable
from itertools import compress

from services.extract.calibrate import legibility
from services.extract.candidates.candidate import Candidate
from services.extract.candidates.identifiers import find_vat_ids
from services.extract.finders import Found
from services.extract.finders.titles import Titles
from services.extract.finders.unlisted import is_named_longer, is_named_otherwise
from services.extract.reading import Reading
from services.extract.surroundings import Surroundings
from services.extract.wording import compact

_ABOVE = 0.85
_LABEL = 6.0
_IN_ADDRESS = 3.0
_RIVAL = 4.0
_NEAR_TITLE = 0.7
_BARE = 0.5  # the chance of a number whose label does not say of what
_NAMED = 0.4
_BARELY = 0.3
_SURELY = 0.7
_CLOSE = 1.0  # of the score
_SHORT = 4  # characters
_LOWER = 0.5  # of the document
_IN_TITLE = 0.9
_LEAST_NUMBER = 1.8
_LEAST_VAT = 2.5
_CHECKED = 0.98
_CUSTOMER = frozenset({"customer", "ship_to"})
_NO_RIVALS = frozenset({"bare_number", "page", "supplier", "customer", "name", "salutation"})
_VAT_FORM = re.compile(r"[A-Z]{0,3}[\d][\dA-Z./\-]{6,16}")


def find_number(reading: Reading, concept: str = "invoice_number") -> Found | None:
    """The identifier with the best label for ``concept``; a title beside it is one too."""
    dates = {index for found in reading.dates for index in found.indexes}
    labelled = {token.index for hit in reading.labels.all() for token in hit.tokens}
    candidates = [
        found
        for found in reading.identifiers
        if found.indexes.isdisjoint(dates) and found.indexes.isdisjoint(labelled)
    ]
    around = reading.around(candidates)
    titles = Titles(reading.sheet, dates)
    scored = [
        (
            _number_score(titles, concept, candidate, labels, reading),
            -at,
            candidate,
        )
        for at, (candidate, labels) in enumerate(zip(candidates, around, strict=True))
    ]
    best = max(scored, default=None, key=lambda each: each[:2])
    if best is None or best[0] < _LEAST_NUMBER:
        named = [not is_named_longer(reading, each, "bare_number") for each in candidates]
        first = compress(zip(candidates, around, strict=True), named)
        dated = {each.segment.row for each in reading.dates}
        return _barely_named(first, dated) if concept == "invoice_number" else None
    chance = 0.97 if best[0] > 4.5 else 0.93 if best[0] > 3 else 0.7
    told = _told_of_number(titles, concept, best[2], list(zip(candidates, around, strict=True)))
    own = (concept, "bare_number")
    if told.isdisjoint({"named", "titled"}) and is_named_otherwise(reading, best[2], own):
        told |= {"named_otherwise"}
    second = max((each[0] for each in scored if each[2].value != best[2].value), default=0.0)
    return _found(best[2], chance, told | ({"close"} if best[0] - second < _CLOSE else set()))


def _told_of_number(
    titles: Titles, concept: str, best: Candidate, all_: list[tuple[Candidate, Surroundings]]
) -> set[str]:
    """What speaks for and against ``best``, there and where else the same stands."""
    own = [labels for each, labels in all_ if each.value == best.value]
    named = max(_strength(concept, labels) for labels in own)
    rival = max(
        (s for labels in own for name, s in labels.left.items() if _is_rival(name, concept)),
        default=0.0,
    )
    told = {"named"} if named > _SURELY else {"named_barely"} if named > _BARELY else set()
    traits = {
        "titled": titles.leads_to(best, named=True),
        "claimed": rival > _BARELY,
        # Where it names something else, too, that it stands twice bears nothing out.
        "again": len(own) > 1 and rival <= _BARELY,
        "short": len(best.value) < _SHORT,
        "only_digits": best.value.isdigit(),
        "below": titles.sheet.depth(best.segment.row) > _LOWER,
    }
    return told | {name for name, holds in traits.items() if holds}


def _barely_named(
    around: Iterable[tuple[Candidate, Surroundings]], dated: set[int]
) -> Found | None:
    """The first identifier whose only label says that it is a number, and not of what.

    One above it counts in rows with a date, which ``dated`` are.
    """
    for candidate, labels in around:
        rivals = [name for name in labels.left if _is_rival(name, "bare_number")]
        if labels.left.get("bare_number", 0.0) > _NAMED and not rivals:
            return _found(candidate, _BARE)
        if labels.above.get("bare_number", 0.0) > _NAMED and candidate.segment.row in dated:
            return _found(candidate, _BARE)  # in a box of numbers and days of the document
    return None


def find_vat_id(reading: Reading) -> Found | None:
    """The supplier's VAT id: not the one labelled as, or standing with, the customer's."""
    formed = find_vat_ids(reading.sheet)
    taken = {index for found in formed for index in found.indexes}
    plain = [
        found
        for found in reading.identifiers
        if found.indexes.isdisjoint(taken) and _VAT_FORM.fullmatch(compact(found.value).upper())
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
    told = {"formless"} if best[1] <= -len(formed) else set()
    told |= {"close"} if sum(best[0] - each[0] < _CLOSE for each in scored) > 1 else set()
    return _found(best[2], 0.95 if best[0] > 6 else 0.8, told)


def find_iban(reading: Reading) -> Found | None:
    """The first account in IBAN form, valid ones before others."""
    candidates = reading.accounts
    best = max(candidates, default=None, key=lambda each: each.quality)
    if best is None:
        return None
    if best.quality == 1.0:
        # The check digits have proven the reading, however faint the words were.
        return Found(best.value, best.raw, _CHECKED, best.tokens)
    return _found(best, 0.85 if best.quality == 0.8 else 0.6)


def _number_score(
    titles: Titles, concept: str, candidate: Candidate, labels: Surroundings, reading: Reading
) -> float:
    own = _strength(concept, labels)
    bare = _strength("bare_number", labels)
    named = is_named_longer(reading, candidate, "bare_number")
    if concept == "invoice_number" and titles.is_near(candidate, named=named):
        own = max(own, _NEAR_TITLE * max(0.6, bare))
        if titles.leads_to(candidate, named=bare > _BARELY):
            own = max(own, _IN_TITLE)
    rivals = [s for name, s in labels.left.items() if _is_rival(name, concept)]
    rivals += [_ABOVE * s for name, s in labels.above.items() if _is_rival(name, concept)]
    rival = max(rivals, default=0.0)
    score = _LABEL * own - _RIVAL * max(0.0, rival - own)
    place = titles.sheet.depth(candidate.segment.row)
    score -= _IN_ADDRESS * _in_address(reading, candidate)
    return score * (0.5 + 0.5 * candidate.quality) - 1.0 * place - 0.5 * (candidate.page > 0)


def _in_address(reading: Reading, candidate: Candidate) -> bool:
    """Whether it is of a street or a postcode: no label opens its line, which is of an address."""
    segment = candidate.segment
    if len(segment.tokens) == len(candidate.tokens):
        return False  # a number alone may be as long as a postcode
    profile = reading.profile(segment)
    return (profile.postcode or profile.street) and not reading.labels.opens(segment)


def _is_rival(name: str, concept: str) -> bool:
    return name != concept and name not in _NO_RIVALS


def _strength(concept: str, labels: Surroundings) -> float:
    return max(labels.left.get(concept, 0.0), _ABOVE * labels.above.get(concept, 0.0))


def _found(best: Candidate, chance: float, told: Collection[str] = ()) -> Found:
    sure = chance * legibility(best.tokens)
    return Found(best.value, best.raw, sure, best.tokens, told=frozenset(told))
