"""Finds who issued a document and whom it is addressed to, as a pair that must differ."""

import re
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from services.extract.calibrate import legibility
from services.extract.candidates.lines import LineProfile
from services.extract.finders import Found
from services.extract.lexicon import lexicon
from services.extract.reading import Reading
from services.extract.sheet import Segment, Token
from services.extract.wording import compact, plain

_SEPARATOR = re.compile(r"\s+[-–|•●·*]\s+|\s*[,;]\s+(?=\S*\d)|\s{2,}|\s*[,;:]\s*$|\s+:")
_DOMAIN = re.compile(
    r"(?:@|www\.|https?://(?:www\.)?)([\w\-]+(?:\.[\w\-]+)*)\.[a-z]{2,}", re.IGNORECASE
)
_SAME = 85
_LONGEST_WORDS = 9
_SHORTEST_LETTERS = 3
_CONSIDERED = 12
_HEAD_ROWS = 7
_FOOT = 0.85
_NAMED = frozenset({"supplier", "customer", "name", "ship_to", "salutation"})
_FREE_MAIL = frozenset({"gmail", "yahoo", "hotmail", "outlook", "web", "gmx", "localhost", "fake"})


@dataclass(eq=False)
class _Name:
    """A possible name: its text, its words, and scores as supplier and as customer."""

    text: str
    tokens: list[Token]
    segment: Segment
    profile: LineProfile
    supplier: float = 0.0
    customer: float = 0.0
    traits: set[str] = field(default_factory=set)


class PartyFinder:
    """Supplier and customer of a document."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._domains = [
            found
            for match in _DOMAIN.finditer(plain(reading.sheet.text))
            if (found := compact(match[1].split(".")[-1])) not in _FREE_MAIL
        ]
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

    def _collect(self) -> list[_Name]:
        names: list[_Name] = []
        reading = self._reading
        for segment in reading.sheet.segments:
            hits = [hit for hit in reading.labels.by_row[segment.row] if hit.segment is segment]
            names.extend(self._of(segment, LineProfile(segment.text, segment.tokens, hits)))
        counts: dict[str, int] = {}
        for name in names:
            counts[compact(name.text)] = counts.get(compact(name.text), 0) + 1
        for name in names:
            self._score(name, counts[compact(name.text)])
        return names

    def _of(self, segment: Segment, profile: LineProfile) -> list[_Name]:
        tokens = _without_label(segment, profile)
        text = _cut(" ".join(token.text for token in tokens))
        letters = sum(char.isalpha() for char in text)
        if letters < _SHORTEST_LETTERS or len(text.split()) > _LONGEST_WORDS:
            return []
        own = _tokens_of(text, tokens)
        trimmed = LineProfile(text, own, [])
        if trimmed.title or trimmed.digits > 0.4 or "@" in text or "www." in text.lower():
            return []
        name = _Name(text, own, segment, trimmed)
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

    def _with_next(self, name: _Name) -> _Name | None:
        """The name together with the next line, for names over two lines."""
        below = self._below(name.segment)
        if below is None or name.profile.legal_end is not None:
            return None
        profile = LineProfile(below.text, below.tokens, [])
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
        joined = _Name(text, tokens, name.segment, LineProfile(text, tokens, []))
        joined.traits = name.traits | {"joined"}
        return joined

    def _below(self, segment: Segment) -> Segment | None:
        rows = self._reading.sheet.rows
        for row in rows[segment.row + 1 : segment.row + 4]:
            if row.page != segment.page:
                return None
            for other in row.segments:
                if other.x0 < segment.x1 and segment.x0 < other.x1:
                    close = other.y0 - segment.y1 < 1.6 * segment.height
                    return other if close else None
        return None

    def _address_below(self, segment: Segment) -> float:
        """How much the lines below look like an address, 0..1."""
        score, current = 0.0, segment
        for _ in range(4):
            below = self._below(current)
            if below is None:
                break
            profile = LineProfile(below.text, below.tokens, [])
            if profile.address_score >= 0.5:
                score += 0.5
            current = below
        return min(1.0, score)

    def _has_close_above(self, segment: Segment) -> bool:
        """Whether a line of the same block stands right above."""
        rows = self._reading.sheet.rows
        for row in reversed(rows[max(0, segment.row - 3) : segment.row]):
            for other in row.segments:
                if (
                    row.page == segment.page
                    and abs(other.x0 - segment.x0) < segment.height
                    and segment.y0 - other.y1 < 0.8 * segment.height
                    and not other.text.endswith(":")
                    and not self._reading.labels.opens(other)
                ):
                    return True
        return False

    def _score(self, name: _Name, count: int) -> None:
        reading, segment, profile = self._reading, name.segment, name.profile
        heads = reading.sections.concepts(segment)
        near = max(0.3, 1.1 - 0.2 * reading.sections.distance(segment)) if heads else 0.0
        direct = self._direct(name)
        legal = profile.legal_end is not None
        address = self._address_below(segment)
        page = -2.0 * (segment.page > 0)
        row = segment.row / max(1, len(reading.sheet.rows) - 1)
        words = len(name.text.split())
        sentence = -0.7 * max(0, words - 5) - 1.0 * name.text.endswith(".") * (not legal)
        unlikely = -1.5 * profile.street - 1.0 * profile.postcode - 1.2 * profile.digits
        unlikely -= (0.4 if legal else 2.0) * name.text[:1].islower() + 1.0 * (
            words == 1 and not legal
        )
        tall = min(1.0, max(0.0, segment.height / reading.sheet.line_height - 1))
        common = page + sentence + unlikely + 1.2 * legal + 0.4 * ("joined" in name.traits)
        at_head = segment.row <= _HEAD_ROWS and segment.page == 0
        named = self._named(name)
        opens = not self._has_close_above(segment)
        name.supplier = (
            common
            + 3.5 * near * ("supplier" in heads)
            - 3.0 * near * ("customer" in heads or "ship_to" in heads)
            + 4.0 * direct.get("supplier", 0.0)
            - 4.0 * direct.get("customer", 0.0)
            + 2.5 * named * ("supplier" in heads)
            + 1.2 * at_head * (1 - segment.row / 10)
            + 1.0 * tall * at_head
            + 1.6 * self._matches_domain(name)
            + 0.5 * min(2, count - 1)
            + 1.2 * ("sender_line" in name.traits and legal)
            + 0.6 * (legal and row > _FOOT)
            + 0.5 * profile.has_trade
        )
        name.customer = (
            common
            + 4.0 * near * ("customer" in heads)
            - 3.0 * near * ("supplier" in heads)
            - 1.5 * near * ("ship_to" in heads and "customer" not in heads)
            + 4.0 * direct.get("customer", 0.0)
            - 4.0 * direct.get("supplier", 0.0)
            + 2.5 * named * ("customer" in heads)
            + 2.0 * address * (1.0 if opens else 0.5)
            + 0.4 * opens
            + 0.4 * min(2, count - 1)
            - 1.5 * self._matches_domain(name)
            - 1.0 * ("sender_line" in name.traits)
            + 0.6 * (row < 0.45)
            - 2.0 * (row > 0.6)
            - 0.4 * tall
        )

    def _direct(self, name: _Name) -> dict[str, float]:
        """Labels on the same row just left of the name, or in its own segment."""
        strengths: dict[str, float] = {}
        start = name.tokens[0].x0
        hits = [h for h in self._reading.labels.by_row[name.segment.row] if h.x1 <= start + 1]
        for hit in hits[-1:]:
            for concept in hit.concepts & _NAMED:
                strengths[concept] = hit.weight if hit.closes else 0.5 * hit.weight
        return strengths

    def _named(self, name: _Name) -> float:
        return self._direct(name).get("name", 0.0)

    def _matches_domain(self, name: _Name) -> bool:
        words = [compact(word) for word in name.text.split()]
        whole = "".join(words)
        return any(
            len(domain) > 3
            and (domain in whole or any(len(word) > 4 and word in domain for word in words))
            for domain in self._domains
        )

    def _choose(self) -> tuple[_Name | None, _Name | None]:
        suppliers = sorted(self._names, key=lambda name: -name.supplier)[:_CONSIDERED]
        customers = sorted(self._names, key=lambda name: -name.customer)[:_CONSIDERED]
        best: tuple[float, _Name | None, _Name | None] = (0.0, None, None)
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


def _without_label(segment: Segment, profile: LineProfile) -> list[Token]:
    """The segment's tokens after a label such as ``Sold by:`` that opens it."""
    for hit in profile.hits:
        rest = segment.tokens[len(hit.tokens) :]
        if hit.opens and rest and hit.concepts & _NAMED and hit.tokens[0] is segment.tokens[0]:
            is_name = LineProfile(segment.text, segment.tokens, []).legal_end is not None
            if (
                hit.tokens[-1].text.endswith(":")
                or rest[0].text.startswith(":")
                or ("salutation" not in hit.concepts and not is_name)
            ):
                return rest
    return segment.tokens


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
    end = LineProfile(text, [], []).legal_end
    if end is not None and end < len(text):
        rest = text[end:]
        profile = LineProfile(rest, [], [])
        if rest[:1] in ",;(/" or profile.street or any(char.isdigit() for char in rest):
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


def _found(name: _Name, score: float) -> Found:
    chance = max(0.2, min(0.93, 0.35 + 0.1 * score))
    return Found(name.text, name.text, chance * legibility(name.tokens), name.tokens)
