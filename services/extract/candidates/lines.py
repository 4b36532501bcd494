"""What kind of line a line of text is: part of an address, a company's name, a label."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.extract.labels import Hit
from services.extract.lazy import lazy
from services.extract.lexicon import lexicon
from services.extract.lexicon.entities import entities
from services.extract.mending import mended_place
from services.extract.sheet import Token
from services.extract.wording import compact, count_digits

_EMAIL = re.compile(r"[\w.\-]@[\w\-]+\.")
_WEB = re.compile(r"https?:|www\.|\.(?:com|net|org|my|de|eu)\b", re.IGNORECASE)
_POSTCODE = re.compile(
    r"(?<![\w\-/.])(?:[A-Z]{1,2}-)?(?:\d{5}|\d{4}(?=\s+[^\W\d_]{2,})|\d{6}|\d{2}-\d{3}"
    r"|\d{4}-\d{3}|\d{4}\s?[A-Z]{2}|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2})(?![\w\-/.]*\d)"
)
_REGISTRATION = re.compile(
    r"\(?\s*(?:co\.?\s*(?:reg\.?)?\s*(?:no\.?)?\s*[:.]?\s*|reg\.?\s*(?:no\.?)?\s*[:.]?\s*|roc\s*(?:no)?\s*[:.]?\s*)?"
    r"\(?[A-Z]{0,3}\d{4,}[\s\-]*[A-Z0-9]{0,2}\s*\)*\s*$",
    re.IGNORECASE,
)
# ``(65351-M)``, ``<NO. 193573-M>``, ``CO. REG. NO. (65351-M)``
_BARE_REGISTRATION = re.compile(
    r"(?:(?:co|reg|roc|no)\.?\s*:?\s*){0,3}[(<\[{]\s*(?:(?:co|reg|roc|no)\.?\s*:?\s*){0,3}"
    r"[A-Z]{0,3}\d{4,}[\s\-]*[A-Z0-9]{0,2}\s*[)>\]}]*",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"[^\W\d][^\d:@]{2,30}\s\d{1,4}\s?[A-Za-z]?(?:[-/]\d{1,4})?|\d{1,4}[A-Za-z]?,?\s[^\d:@%]{4,30}"
)
# ``Owned by:`` and numbers that stand before a name.
_ANY_LABEL = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)?\s*:\s*(?=\S)|\W?\d{4,}\s+(?=[^\W\d_]{2})")
# ``A-16-1,``, ``G.23 & G.22``, ``K3-113``: a unit of a building.
_UNIT_CODE = re.compile(
    r"(?=\S*\d)[A-Z]{0,2}\d{0,3}(?:[-.]{1,2}[A-Z0-9]{1,4}){1,3}[,\s]|[A-Z]{1,2}\s?\d{1,3},"
)
_PRICE = re.compile(r"(?<![\d.,])\d{1,4}[.,]\d{2}(?:\s?\(?[A-Za-z*]{1,3}\)?)?\s*$")
_COURTEOUS = 2  # words
_TAIL_LABELS = frozenset(
    {"phone", "fax", "email", "website", "vat_id", "registration", "tax_number", "invoice_number"}
)


@dataclass(eq=False)
class LineProfile:
    """One line (all of a row, or one segment of it) and what its words tell."""

    text: str
    tokens: Sequence[Token]
    hits: list[Hit]

    @lazy
    def words(self) -> list[str]:
        """The words, compact."""
        return [word for token in self.tokens if (word := compact(token.text))]

    @lazy
    def concepts(self) -> frozenset[str]:
        """The concepts of its labels that open it or are followed by a colon."""
        found = [hit.concepts for hit in self.hits if hit.opens or hit.closes]
        return frozenset().union(*found)

    @lazy
    def is_contact(self) -> bool:
        """Whether it is about phone, fax, mail, web or a registration."""
        return bool(
            self.concepts & _TAIL_LABELS or _EMAIL.search(self.text) or _WEB.search(self.text)
        )

    @lazy
    def title(self) -> frozenset[str]:
        """The document types whose title the line is or begins with."""
        known = lexicon().titles
        words = self.words[:4]
        if not words or not known.may_begin(words[0]):
            return frozenset()
        for count in range(len(words), 0, -1):
            found = known.find("".join(words[:count]))
            if found is not None and count >= len(self.words) - 2:
                return found
        return frozenset()

    @lazy
    def legal_end(self) -> int | None:
        """Where a company's legal form ends in the text."""
        return entities().legal_end(self.text)

    @lazy
    def has_trade(self) -> bool:
        """Whether a word is typical of the names of businesses."""
        return not entities().trade.isdisjoint(self.words)

    @lazy
    def begins_with_trade(self) -> bool:
        """Whether the first word is such a word: a name seldom begins with it."""
        return bool(self.words) and self.words[0] in entities().trade

    @lazy
    def begins_with_form(self) -> bool:
        """Whether its first words are a company's legal form: a name never begins with it."""
        return entities().begins_legal(self.words)

    @lazy
    def is_courtesy(self) -> bool:
        """Whether it thanks, greets, or tells terms of sale."""
        count = sum(word in entities().courtesy for word in self.words)
        return count >= _COURTEOUS or (count > 0 and len(self.words) <= _COURTEOUS)

    @lazy
    def tells_former(self) -> bool:
        """Whether it says that a name is one no more."""
        return not entities().former.isdisjoint(self.words)

    @lazy
    def tells_owner(self) -> bool:
        """Whether it says who runs the place."""
        return not entities().owner.isdisjoint(self.words)

    @lazy
    def is_priced(self) -> bool:
        """Whether a price ends it, as of something bought."""
        return self.digit_count > 0 and bool(_PRICE.search(self.text))

    @lazy
    def label_end(self) -> int:
        """Where a label that opens the line and stands before a name ends; 0 where none does."""
        for hit in self.hits:
            if hit.opens and hit.closes and hit.tokens[0] is self.tokens[0]:
                return len(" ".join(token.text for token in hit.tokens))
        match = _ANY_LABEL.match(self.text)
        return (
            match.end()
            if match and not count_digits(self.text[match.end() : self.legal_end])
            else 0
        )

    @lazy
    def registration(self) -> re.Match[str] | None:
        """A registration number at the end."""
        return _REGISTRATION.search(self.text)

    @lazy
    def is_registration(self) -> bool:
        """Whether it is a registration number in brackets and nothing else."""
        return self.digit_count > 0 and bool(_BARE_REGISTRATION.fullmatch(self.text.strip()))

    @lazy
    def postcode(self) -> bool:
        """Whether a postcode stands in it."""
        return self.digit_count > 0 and bool(_POSTCODE.search(self.text))

    @lazy
    def unit(self) -> bool:
        """Whether it begins with a number of a house, a lot or a floor."""
        if self.is_registration:
            return False
        first = self.words[0] if self.words else ""
        if first in entities().unit or (first[:2] == "no" and first[2:3].isdigit()):
            return True
        return bool(_UNIT_CODE.match(self.text))

    @lazy
    def street(self) -> bool:
        """Whether it names a street."""
        return entities().has_street(self.text)

    @lazy
    def _places(self) -> list[str]:
        """The words, those of addresses as they are printed."""
        return [mended_place(word) for word in self.words]

    @lazy
    def area(self) -> int:
        """How many words name an area, and at the end a country."""
        return sum(map(entities().count_areas, self._places))

    @lazy
    def country(self) -> bool:
        """Whether it ends with a country."""
        known = entities().country
        return any("".join(self._places[-count:]) in known for count in (1, 2) if self.words)

    @lazy
    def digits(self) -> float:
        """The share of digits among letters and digits."""
        count = self.digit_count
        return count / sum(map(str.isalnum, self.text)) if count else 0.0

    @lazy
    def digit_count(self) -> int:
        """How many digits it has."""
        return count_digits(self.text)

    @lazy
    def letters(self) -> int:
        """How many letters it has."""
        return sum(map(str.isalpha, self.text))

    @lazy
    def numbered(self) -> bool:
        """Whether it is words with the number of a house behind or before them."""
        return self.digit_count > 0 and bool(_NUMBERED.fullmatch(self.text.strip()))

    @lazy
    def address_score(self) -> float:
        """How much it looks like a line of an address, 0..1."""
        if self.is_registration:
            return 0.0
        score = 0.5 * self.street + 0.5 * self.postcode + 0.35 * self.unit + 0.3 * self.country
        score += 0.35 * self.numbered
        score += 0.2 * min(self.area, 3)
        if self.is_contact or self.title:
            score -= 0.7
        if self.legal_end is not None:
            score -= 0.2
        return max(0.0, min(1.0, score))
