"""Scores possible names of parties: as the one who issued a document, and as its addressee."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.extract.candidates.lines import LineProfile
from services.extract.finders.party_blocks import has_contacts, line_below
from services.extract.labels import Hit
from services.extract.lexicon import Concepts
from services.extract.lexicon.entities import entities
from services.extract.reading import Reading
from services.extract.sheet import Segment, Token
from services.extract.wording import compact

NAME_LABELS = frozenset({"supplier", "customer", "name", "ship_to", "salutation"})
_DOMAIN = re.compile(
    r"(?:@|www\.|https?://(?:www\.)?)([\w\-]+(?:\.[\w\-]+)*)\.[a-z]{2,}", re.IGNORECASE
)
_FREE_MAIL = frozenset({"gmail", "yahoo", "hotmail", "outlook", "web", "gmx", "localhost"})
_HEAD_ROWS = 7
_FIRST_ROWS = 1
_FOOT = 0.85
_ADDRESS_ROWS = 4
_ATTENTION = frozenset({"customer", "salutation"})
_TO = frozenset({"to", "an", "à", "a"})
_SLIPS = frozenset(
    map(compact, ("payment advice", "remittance advice", "payment slip", "remittance slip"))
)
_SLIP_ROWS = 3
_ABBREVIATION = re.compile(r"(?:^|\s)(?:\w\.)*\w{1,3}\.$")
_APART = 4.0  # heights: what separates a sender's name from its street and place
_LETTERHEAD = 1.5  # what stands first of all is seldom whom it is addressed to


@dataclass(eq=False)
class PartyName:
    """A possible name: its text, its words, and scores as supplier and as customer."""

    text: str
    tokens: list[Token]
    segment: Segment
    profile: LineProfile
    supplier: float = 0.0
    customer: float = 0.0
    traits: set[str] = field(default_factory=set)


class PartyScorer:
    """Scores names by the section they stand in, their labels, and what stands around.

    ``names`` are all that are possible. One that a line begins with, which has a postcode behind
    it, is the sender's above an address, as windows of envelopes show both (DIN 5008).
    """

    def __init__(self, reading: Reading, names: Sequence[PartyName]) -> None:
        self._reading = reading
        senders = [it for it in names if self._is_in_line_with_place(it)]
        self._senders = {id(it.segment): compact(it.text) for it in senders}
        below = (line_below(reading, it.segment) for it in senders)
        self._addressed = {id(it) for it in below if it is not None}
        self._forms = self._in_forms(names)
        self._domains = [
            found
            for match in _DOMAIN.finditer(reading.sheet.plain_text)
            if (found := compact(match[1].split(".")[-1])) not in _FREE_MAIL
        ]

        self._priced = {found.segment.row for found in reading.money}
        self._dated = {index for found in reading.dates for index in found.indexes}

    def _in_forms(self, names: Sequence[PartyName]) -> list[int]:
        """The segments with a label for names, where no head says whose: first who issued it."""
        return list(
            dict.fromkeys(
                id(name.segment)
                for name in names
                if self._direct(name).keys() == {"name"}
                and not self._reading.sections.concepts(name.segment)
            )
        )

    def _is_in_line_with_place(self, name: PartyName) -> bool:
        """Whether a postcode stands behind ``name`` in its line, and another line below it."""
        segment = name.segment
        if line_below(self._reading, segment) is None or name.profile.digits:
            return False
        if "sender_line" in name.traits and self._reading.profile(segment).postcode:
            return True
        end = segment.x1
        for other in self._reading.sheet.rows[segment.row].segments:
            if other.x0 < segment.x1:
                continue
            if other.x0 - end > _APART * segment.height:
                return False
            if self._reading.profile(other).postcode:
                return True
            end = other.x1
        return False

    def score(self, name: PartyName, count: int) -> None:
        """Sets both scores of ``name``, which stands ``count`` times on the document."""
        common = self._common(name)
        name.supplier = common + self._as_supplier(name) + 0.5 * min(2, count - 1)
        name.customer = common + self._as_customer(name) + 0.4 * min(2, count - 1)
        heads, _, direct = self._section(name)
        traits = {
            "domain": self._matches_domain(name),
            "again": count > 1,
            "first": name.segment.row <= _FIRST_ROWS and name.segment.page == 0,
            "priced": name.segment.row in self._priced,
        }
        name.traits |= {each for each, holds in traits.items() if holds}
        name.traits |= {f"under:{head}" for head in heads} | {f"beside:{it}" for it in direct}

    def _common(self, name: PartyName) -> float:
        """How much it reads like a name of anybody."""
        profile, legal = name.profile, name.profile.legal_end is not None
        words = len(name.text.split())
        score = -2.0 * (name.segment.page > 0) + 1.2 * legal
        score -= 0.7 * max(0, words - 5 - 2 * legal) + 1.0 * _ends_sentence(name.text) * (not legal)
        score -= 2.0 * ("%" in name.text)
        # What the number of a house was cut from is a street and no name.
        score -= (3.0 if "sender_line" in name.traits and not legal else 1.5) * profile.street
        score -= (1.0 if legal else 2.0) * profile.postcode
        score -= 1.2 * profile.digits
        score -= (0.4 if legal else 2.0) * name.text[:1].islower()
        score -= 1.5 * ("tail" in name.traits)
        score -= 2.5 * entities().names_nobody(profile.words)
        if not legal:
            score -= 1.0 * any(map(str.isdigit, profile.words))
            score -= 1.5 * (name.segment.row in self._priced)
            score -= 1.5 * ("of_other" in name.traits)
            score -= 2.0 * (not self._dated.isdisjoint([token.index for token in name.tokens]))
        return score - 1.0 * (words == 1 and not legal)

    def _as_supplier(self, name: PartyName) -> float:
        segment, legal = name.segment, name.profile.legal_end is not None
        heads, near, direct = self._section(name)
        at_head = segment.row <= _HEAD_ROWS and segment.page == 0
        return (
            3.5 * near * ("supplier" in heads)
            - 3.0 * near * ("customer" in heads or "ship_to" in heads)
            + 4.0 * (direct.get("supplier", 0.0) - direct.get("customer", 0.0))
            + 2.5 * direct.get("name", 0.0) * ("supplier" in heads)
            + 1.5 * (self._forms[:1] == [id(segment)] and len(self._forms) > 1)
            + 1.2 * at_head * (1 - segment.row / 10)
            + 1.0 * self._tall(segment) * at_head
            + 1.6 * self._matches_domain(name)
            + 1.2 * ("sender_line" in name.traits and (legal or id(segment) in self._senders))
            + 0.6 * (legal and self._reading.sheet.depth(segment.row) > _FOOT)
            + 0.5 * name.profile.has_trade
            + 0.4 * ("joined" in name.traits)
            - 2.5 * ("saluted" in name.traits)
            - 2.0 * (entities().names_bank(name.profile.words) and not at_head)
        )

    def _as_customer(self, name: PartyName) -> float:
        segment = name.segment
        heads, near, direct = self._section(name)
        opens = not self._has_close_above(segment)
        place = self._reading.sheet.depth(segment.row)
        return (
            4.0 * near * ("customer" in heads)
            - 3.0 * near * ("supplier" in heads)
            - 1.5 * near * ("ship_to" in heads and "customer" not in heads)
            + 4.0 * (direct.get("customer", 0.0) - direct.get("supplier", 0.0))
            + 2.5 * direct.get("name", 0.0) * ("customer" in heads)
            + 2.5 * (self._forms[1:2] == [id(segment)])
            + 2.0 * self._address_below(segment) * (1.0 if opens else 0.5)
            + 0.4 * opens
            + 1.0 * (id(segment) in self._addressed)
            - 1.5 * self._matches_domain(name)
            - 1.0 * ("sender_line" in name.traits)
            - 1.0 * (compact(name.text) in self._senders.values())
            + 0.6 * (place < 0.45)
            - 2.0 * (place > 0.6)
            - 0.4 * self._tall(segment)
            + 0.4 * ("saluted" in name.traits)
            - 0.3 * ("joined" in name.traits and "saluted" not in name.traits)
            - _LETTERHEAD * (not heads and not direct and self._is_letterhead(segment))
        )

    def _section(self, name: PartyName) -> tuple[frozenset[str], float, dict[str, float]]:
        """The head it stands under, how near that is, and labels on its row."""
        sections, segment = self._reading.sections, name.segment
        direct = self._direct(name)
        if "joined" in name.traits and direct and not sections.concepts(segment):
            segment = self._reading.sheet.places[name.tokens[-1].index]
        heads = sections.concepts(segment)
        near = max(0.3, 1.1 - 0.2 * sections.distance(segment)) if heads else 0.0
        return heads, near, direct

    def _is_letterhead(self, segment: Segment) -> bool:
        """Whether it stands first of all, or beside that with contacts below, as who writes."""
        if segment.page or segment.row:
            return False
        return segment.position == 0 or has_contacts(self._reading, segment)

    def _tall(self, segment: Segment) -> float:
        return min(1.0, max(0.0, segment.height / self._reading.sheet.line_height - 1))

    def _address_below(self, segment: Segment) -> float:
        """How much the lines below look like an address, 0..1."""
        if id(segment) in self._senders:
            return 0.0  # it is of the one who is named there
        score, current, is_street = 0.0, segment, False
        for _ in range(_ADDRESS_ROWS):
            below = line_below(self._reading, current)
            if below is None:
                break
            profile = self._reading.profile(below)
            if profile.address_score >= 0.5:
                score += 0.5
                score += 0.3 * is_street
            is_street = profile.numbered and not profile.street and not profile.title
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
                    and id(other) not in self._senders
                    and not other.text.endswith(":")
                    and not self._reading.labels.opens(other)
                ):
                    return True
        return False

    def _direct(self, name: PartyName) -> dict[str, float]:
        """Labels just left of the name, on a row of its own, or in its own segment.

        Of a name over two lines either may have it: labels stand in the middle of their values.
        """
        strengths: dict[str, float] = {}
        start = name.tokens[0].x0
        labels, places = self._reading.labels.by_row, self._reading.sheet.places
        rows = [name.segment.row]
        if "joined" in name.traits and not labels[rows[0]]:
            rows.append(places[name.tokens[-1].index].row)
        hits = [hit for row in rows for hit in labels[row] if hit.x1 <= start + 1]
        for hit in hits[-1:]:
            for concept in self._meant(hit) & NAME_LABELS:
                strengths[concept] = hit.weight if hit.closes else 0.5 * hit.weight
        return strengths

    def _meant(self, hit: Hit) -> Concepts:
        """What ``hit`` says of the name beside it.

        ``Attention`` below the name of a company is a person's there, and on a slip for paying
        ``To`` is said of who is paid.
        """
        concepts = hit.concepts
        if concepts >= _ATTENTION and self._has_close_above(hit.segment):
            return concepts - _ATTENTION
        if "customer" in concepts and compact(hit.tokens[0].text) in _TO and self._is_slip(hit):
            return concepts - {"customer"} | {"supplier"}
        return concepts

    def _is_slip(self, hit: Hit) -> bool:
        """Whether a slip for paying begins just above ``hit``."""
        rows = self._reading.sheet.rows[max(0, hit.segment.row - _SLIP_ROWS) : hit.segment.row]
        return any(
            compact(segment.text) in _SLIPS
            for row in rows
            for segment in row.segments
            if row.page == hit.segment.page
        )

    def _matches_domain(self, name: PartyName) -> bool:
        words = [compact(word) for word in name.text.split()]
        whole = "".join(words)
        return any(
            len(domain) > 3
            and (domain in whole or any(len(word) > 4 and word in domain for word in words))
            for domain in self._domains
        )


def _ends_sentence(text: str) -> bool:
    """Whether a point ends it that belongs to no abbreviation, as in ``Bell & Tan, P.C.``."""
    return text.endswith(".") and _ABBREVIATION.search(text) is None
