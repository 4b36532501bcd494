"""Finds who issued a document and whom it is addressed to, as a pair that must differ."""

from dataclasses import replace

from rapidfuzz import fuzz

from services.extract.calibrate import legibility
from services.extract.candidates.lines import LineProfile
from services.extract.finders import Found
from services.extract.finders.name_text import (
    SHORTEST_LETTERS,
    cut_to_name,
    tokens_of,
    without_title,
)
from services.extract.finders.party_addresses import address_of
from services.extract.finders.party_scores import (
    NAME_LABELS,
    PartyName,
    PartyScorer,
)
from services.extract.finders.wrapped_names import (
    LONGEST_WORDS,
    TO_ANYBODY,
    ends_open,
    with_next,
)
from services.extract.labels import Hit
from services.extract.lexicon import lexicon
from services.extract.lexicon.entities import entities
from services.extract.reading import Reading
from services.extract.sheet import Segment, Token
from services.extract.wording import compact

_SAME = 85
_CLOSE_BY = 3.0  # heights
_LETTERHEAD_ROWS = 2
_LARGE = 1.2  # of the usual height of print
_CLOSE = 1.0  # of the score
_LOWEST, _HIGHEST = 0.2, 0.97
_TELLING = frozenset({"joined", "sender_line", "in_full", "domain", "again", "first", "priced"})
"""Traits of a name that its confidence looks at."""
_CONSIDERED = 12
_NO_SUPPLIER, _NO_CUSTOMER = 0.5, 1.5  # what a name must score to be taken rather than none


class PartyFinder:
    """Supplier and customer of a document."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._tails: set[int] = set()
        self._names = self._collect()
        self._pair = self._choose()

    def supplier(self) -> Found | None:
        """Who issued the document."""
        name = self._pair[0]
        return None if name is None else self._found(name, "supplier")

    def customer(self) -> Found | None:
        """Whom the document is addressed to."""
        name = self._pair[1]
        return None if name is None else self._found(name, "customer")

    def supplier_address(self) -> Found | None:
        """Where the one who issued the document is at home."""
        return self._address(self._pair[0], self.supplier())

    def customer_address(self) -> Found | None:
        """Where the one whom the document is addressed to is at home."""
        return self._address(self._pair[1], self.customer())

    def _address(self, name: PartyName | None, found: Found | None) -> Found | None:
        if name is None or found is None:
            return None
        found_address = address_of(self._reading, [it for it in self._names if _are_same(it, name)])
        if found_address is None:
            return None
        return replace(found_address, confidence=found_address.confidence * found.confidence)

    def _found(self, name: PartyName, role: str) -> Found:
        score = float(getattr(name, role))
        taken = [each for each in self._pair if each is not None]
        others = [
            float(getattr(each, role))
            for each in self._names
            if not any(_are_same(each, other) for other in taken)
        ]
        chance = max(_LOWEST, min(_HIGHEST, 0.42 + 0.07 * score))
        told = name.traits & _TELLING - ({"joined"} if "saluted" in name.traits else set())
        told |= _sections_of(name, role)
        told |= {"legal"} if name.profile.legal_end is not None else set()
        told |= {"close"} if max(others, default=-9.0) > score - _CLOSE else set()
        told |= {"alone"} if len(taken) == 1 else set()
        told |= {"digits"} if name.profile.digit_count else set()
        told |= {"word"} if len(name.text.split()) == 1 else set()
        sure = chance * legibility(name.tokens)
        return Found(name.text, name.text, sure, name.tokens, told=frozenset(told))

    def _collect(self) -> list[PartyName]:
        names: list[PartyName] = []
        reading = self._reading
        for segment in reading.sheet.segments:
            hits = [hit for hit in reading.labels.by_row[segment.row] if hit.segment is segment]
            names.extend(self._of(segment, hits))
        counts: dict[str, int] = {}
        for name in names:
            counts[compact(name.text)] = counts.get(compact(name.text), 0) + 1
        scorer = PartyScorer(reading, names)
        for name in names:
            if id(name.segment) in self._tails and "joined" not in name.traits:
                name.traits.add("tail")
            scorer.score(name, counts[compact(name.text)])
        return names

    def _of(self, segment: Segment, hits: list[Hit]) -> list[PartyName]:
        tokens = without_title(self._without_label(segment, hits))
        tokens = tokens + self._form_beside(segment)
        is_whole = len(tokens) == len(segment.tokens)
        text = cut_to_name(segment.text if is_whole else " ".join(token.text for token in tokens))
        if len(text.split()) > LONGEST_WORDS or sum(map(str.isalpha, text)) < SHORTEST_LETTERS:
            return []
        own = tokens_of(text, tokens)
        trimmed = LineProfile(text, own, [])
        if trimmed.title or trimmed.digits > 0.4 or "@" in text or "www." in text.lower():
            return []
        name = PartyName(text, own, segment, trimmed)
        if trimmed.legal_end is None and _is_head(text, segment):
            return []
        if trimmed.legal_end is None and (
            compact(text) in lexicon().labels.exact or segment.tokens[-1].text.endswith(":")
        ):
            joined = with_next(self._reading, name)
            return [joined] if joined is not None else []
        has_label = ": " in segment.text and segment.text.endswith(text)
        if len(tokens) < len(segment.tokens) or has_label:
            name.traits.add("labelled")
        if len(text) < len(segment.text) - 6 and "labelled" not in name.traits:
            name.traits.add("sender_line")
        found = [name]
        if longer := with_next(self._reading, name):
            is_cut = trimmed.legal_end is not None or ends_open(name)
            found = [longer] if is_cut else [name, longer]
            is_large = segment.height > _LARGE * self._reading.sheet.line_height
            if segment.page == 0 and (segment.row <= _LETTERHEAD_ROWS or is_large):
                self._tails.add(id(self._reading.sheet.places[longer.tokens[-1].index]))
        if hits and hits[0].opens and hits[0].concepts.isdisjoint(NAME_LABELS):
            name.traits.add("of_other")
        return found

    def _form_beside(self, segment: Segment) -> list[Token]:
        """The words of a legal form that stands by itself right of ``segment``, close to it."""
        after = [it for it in self._reading.sheet.rows[segment.row].segments if it.x0 > segment.x1]
        if not after or after[0].x0 - segment.x1 > _CLOSE_BY * segment.height:
            return []
        return after[0].tokens if entities().is_legal(after[0].words) else []

    def _without_label(self, segment: Segment, hits: list[Hit]) -> list[Token]:
        """The segment's tokens after a label such as ``Sold by:`` that opens it."""
        for hit in hits:
            rest = segment.tokens[len(hit.tokens) :]
            if not (hit.opens and rest and hit.concepts & NAME_LABELS):
                continue
            if hit.tokens[0] is segment.tokens[0] and (
                hit.tokens[-1].text.endswith(":")
                or rest[0].text.startswith(":")
                or hit.concepts >= TO_ANYBODY
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
        for one in [*suppliers, None]:
            for two in [*customers, None]:
                if one and two and _are_same(one, two):
                    continue
                score = (one.supplier if one else _NO_SUPPLIER) + (
                    two.customer if two else _NO_CUSTOMER
                )
                if score > best[0]:
                    best = (score, one, two)
        _, supplier, customer = best
        return supplier and self._in_full(supplier, customer), customer

    def _in_full(self, name: PartyName, other: PartyName | None) -> PartyName:
        """``name`` with its legal form, where it stands elsewhere with one."""
        short = compact(name.text)
        if name.profile.legal_end is not None:
            return name
        for longer in self._names:
            end = longer.profile.legal_end
            is_same = end is not None and compact(longer.text[:end]).startswith(short)
            if is_same and entities().is_legal(longer.profile.words[len(name.text.split()) :]):
                if other is not None and _are_same(longer, other):
                    break
                longer.supplier = max(name.supplier, longer.supplier)
                longer.traits |= {"in_full"}
                return longer
        return name


def _are_same(one: PartyName, two: PartyName) -> bool:
    return fuzz.ratio(compact(one.text), compact(two.text)) > _SAME


def _sections_of(name: PartyName, role: str) -> set[str]:
    """Whether heads above it and labels beside it say that it has ``role``, or another one."""
    told = set()
    for way in ("under", "beside"):
        roles = {trait.removeprefix(f"{way}:") for trait in name.traits if trait.startswith(way)}
        roles &= {"supplier", "customer", "ship_to"}
        told |= {way} if role in roles else {f"{way}_other"} if roles else set()
    return told


def _is_head(text: str, segment: Segment) -> bool:
    """Whether it is the head of a column or two, or a label that ends with ``no.``."""
    known = lexicon()
    concepts = known.labels.find(compact(segment.tokens[-1].text)) or frozenset()
    if "bare_number" in concepts:
        return True
    words = text.split()
    parts = ((words[:at], words[at:]) for at in range(1, len(words) + 1))
    return any(all(compact("".join(part)) in known.columns.exact for part in pair if part)
               for pair in parts)  # fmt: skip
