"""Finds who issued a document and whom it is addressed to, as a pair that must differ."""

import re

from rapidfuzz import fuzz

from services.extract.calibrate import legibility
from services.extract.candidates.lines import LineProfile
from services.extract.finders import Found
from services.extract.finders.party_scores import (
    NAME_LABELS,
    PartyName,
    PartyScorer,
    line_below,
)
from services.extract.labels import Hit
from services.extract.lexicon import lexicon
from services.extract.lexicon.entities import entities
from services.extract.reading import Reading
from services.extract.sheet import Segment, Token
from services.extract.wording import compact, count_digits

# It looks first where one can begin at all, as most of its branches do not say.
_SEPARATOR = re.compile(
    r"(?=[\s,;:])(?:\s+[-–|•●·*]\s+|\s*[,;]\s+(?=\S*\d)|\s{2,}|\s*[,;:]\s*$|\s+:)"
)
_SAME = 85
_LONGEST_WORDS = 9
_SHORTEST_LETTERS = 3
_CONSIDERED = 12
_FEWEST_WITH_TITLE = 4  # words: with fewer, what is left may be no name


class PartyFinder:
    """Supplier and customer of a document."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._names = self._collect()
        self._pair = self._choose()

    def supplier(self) -> Found | None:
        """Who issued the document."""
        name = self._pair[0]
        return None if name is None else _found(name, name.supplier)

    def customer(self) -> Found | None:
        """Whom the document is addressed to."""
        name = self._pair[1]
        return None if name is None else _found(name, name.customer)

    def _collect(self) -> list[PartyName]:
        names: list[PartyName] = []
        reading = self._reading
        for segment in reading.sheet.segments:
            hits = [hit for hit in reading.labels.by_row[segment.row] if hit.segment is segment]
            names.extend(self._of(segment, hits))
        counts: dict[str, int] = {}
        for name in names:
            counts[compact(name.text)] = counts.get(compact(name.text), 0) + 1
        scorer = PartyScorer(reading)
        for name in names:
            scorer.score(name, counts[compact(name.text)])
        return names

    def _of(self, segment: Segment, hits: list[Hit]) -> list[PartyName]:
        tokens = _without_title(self._without_label(segment, hits))
        is_whole = tokens is segment.tokens
        text = _cut(segment.text if is_whole else " ".join(token.text for token in tokens))
        if len(text.split()) > _LONGEST_WORDS or sum(map(str.isalpha, text)) < _SHORTEST_LETTERS:
            return []
        own = _tokens_of(text, tokens)
        trimmed = LineProfile(text, own, [])
        if trimmed.title or trimmed.digits > 0.4 or "@" in text or "www." in text.lower():
            return []
        name = PartyName(text, own, segment, trimmed)
        if trimmed.legal_end is None and (
            compact(text) in lexicon().labels.exact or segment.tokens[-1].text.endswith(":")
        ):
            joined = self._with_next(name)
            return [joined] if joined is not None else []
        if len(tokens) < len(segment.tokens):
            name.traits.add("labelled")
        if len(text) < len(segment.text) - 6 and "labelled" not in name.traits:
            name.traits.add("sender_line")
        found = [name]
        if longer := self._with_next(name):
            found.append(longer)
        return found

    def _with_next(self, name: PartyName) -> PartyName | None:
        """The name together with the next line, for names over two lines."""
        below = line_below(self._reading, name.segment)
        if below is None or name.profile.legal_end is not None:
            return None
        profile = self._reading.profile(below)
        salutation = lexicon().labels.find(compact(name.text)) or frozenset()
        alone = "salutation" in salutation and len(name.text.split()) <= 2
        if salutation and not alone:
            return None
        joins = profile.legal_end is not None and profile.digits == 0 and not profile.street
        same = abs(below.height / name.segment.height - 1) < 0.1
        if not (alone or (joins and same and abs(below.x0 - name.segment.x0) < 2)):
            return None
        if len(below.text.split()) + len(name.text.split()) > _LONGEST_WORDS:
            return None
        tokens = name.tokens + list(below.tokens)
        text = _cut(f"{name.text} {below.text}")
        joined = PartyName(text, tokens, name.segment, LineProfile(text, tokens, []))
        joined.traits = name.traits | {"joined"}
        return joined

    def _without_label(self, segment: Segment, hits: list[Hit]) -> list[Token]:
        """The segment's tokens after a label such as ``Sold by:`` that opens it."""
        for hit in hits:
            rest = segment.tokens[len(hit.tokens) :]
            if not (hit.opens and rest and hit.concepts & NAME_LABELS):
                continue
            if hit.tokens[0] is segment.tokens[0] and (
                hit.tokens[-1].text.endswith(":")
                or rest[0].text.startswith(":")
                or (
                    "salutation" not in hit.concepts
                    and self._reading.profile(segment).legal_end is None
                )
            ):
                return rest
        return segment.tokens

    def _choose(self) -> tuple[PartyName | None, PartyName | None]:
        suppliers = sorted(self._names, key=lambda name: -name.supplier)[:_CONSIDERED]
        customers = sorted(self._names, key=lambda name: -name.customer)[:_CONSIDERED]
        best: tuple[float, PartyName | None, PartyName | None] = (0.0, None, None)
        for one in suppliers:
            for two in customers:
                if fuzz.ratio(compact(one.text), compact(two.text)) > _SAME:
                    continue
                score = one.supplier + two.customer
                if best[1] is None or score > best[0]:
                    best = (score, one, two)
        if best[1] is None:
            return (suppliers[0] if suppliers else None), None
        supplier, customer = best[1], best[2]
        if customer is not None and customer.customer < 1.5:
            customer = None
        if supplier.supplier < 0.5:
            return None, customer
        return supplier, customer


def _without_title(tokens: list[Token]) -> list[Token]:
    """Without what the document is called, where that stands in the line of a name."""
    titles = lexicon().titles.exact
    if len(tokens) < _FEWEST_WITH_TITLE:
        return tokens
    if compact(tokens[-1].text) in titles:
        return tokens[:-1]
    return tokens[1:] if compact(tokens[0].text) in titles else tokens


def _cut(text: str) -> str:
    """``text`` up to what is no longer the name: a separator, an address after the form."""
    text = text.strip(" :;-–|•*")
    label, colon, rest = text.partition(": ")
    if colon and rest and len(label.split()) <= 3:
        text = rest
    match = _SEPARATOR.search(text)
    while match is not None and match.start() == 0:
        match = _SEPARATOR.search(text, match.end())
    if match is not None and match.start() >= _SHORTEST_LETTERS:
        text = text[: match.start()]
    known = entities()
    end = known.legal_end(text)
    if end is not None and end < len(text):
        rest = text[end:]
        if rest[:1] in ",;(/" or count_digits(rest) or known.has_street(rest):
            text = text[:end]
    return text.strip(" ,;:-–|")


def _tokens_of(text: str, tokens: list[Token]) -> list[Token]:
    wanted, kept, seen = compact(text), [], ""
    for token in tokens:
        if len(seen) >= len(wanted):
            break
        kept.append(token)
        seen += compact(token.text)
    return kept or tokens[:1]


def _found(name: PartyName, score: float) -> Found:
    chance = max(0.2, min(0.93, 0.42 + 0.1 * score))
    return Found(name.text, name.text, chance * legibility(name.tokens), name.tokens)
