"""Words of company names and of addresses, as data."""

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice

from services.extract.wording import compact, plain

_MOST_WORDS = 4
_RUA = "r"  # ``R. da Fonte 3``
_SHORTEST_AREA = 4
_SHORTEST_USUAL = 3
# Words of legal forms that begin no name.
_FORMS = frozenset({"co", "sdn", "bhd", "ltd", "limited", "gmbh", "inc", "llc", "pte", "pty"})
_BANK_ENDINGS = ("bank", "sparkasse")
_WORDS = re.compile(r"\(?[^\s(]+|\(")


@dataclass(frozen=True, slots=True)
class Entities:
    """Compact words by kind; ``legal`` are the forms of companies.

    ``legal_apart`` are more of them where they are printed as two words (one would be another),
    ``legal_phrases`` all as they are written, without points. ``courtesy`` has words of
    thanks and of terms of sale; behind one of ``former`` a name stands that is none any more,
    behind one of ``owner`` that of who runs the place. ``nobody`` are the first words of
    greetings, and of lines that say whose company another one is; an ``article`` alone is no name.
    """

    legal: frozenset[str]
    legal_apart: frozenset[str]
    legal_phrases: frozenset[str]
    legal_beginnings: frozenset[str]
    trade: frozenset[str]
    unit: frozenset[str]
    street: frozenset[str]
    street_endings: tuple[str, ...]
    area: frozenset[str]
    country: frozenset[str]
    courtesy: frozenset[str]
    former: frozenset[str]
    owner: frozenset[str]
    bank: frozenset[str]
    nobody: frozenset[str]
    article: frozenset[str]

    def names_bank(self, words: list[str]) -> bool:
        """Whether one of the compact ``words`` is what banks call themselves."""
        return any(word in self.bank or word.endswith(_BANK_ENDINGS) for word in words)

    def names_nobody(self, words: list[str]) -> bool:
        """Whether they begin a greeting, or say whose company another one is: ``A member of``."""
        return any("".join(words[:count]) in self.nobody for count in range(1, _MOST_WORDS + 1))

    def is_legal(self, words: list[str]) -> bool:
        """Whether compact ``words`` are a legal form and nothing else."""
        return bool(words) and self._legal_words(words, 0) == len(words)

    def legal_end(self, text: str) -> int | None:
        """The end of the first legal form in ``text`` that follows at least one word."""
        printed = _WORDS.findall(text)
        words = [compact(word) for word in printed]
        for at in range(1, len(words)):
            if printed[at][0] == "(" and ")" not in printed[at] and words[at] != "haftungs":
                continue  # ``(inc. VAT)``
            if words[at] in self.legal_beginnings and (count := self._legal_words(words, at)):
                return next(islice(_WORDS.finditer(text), at + count - 1, None)).end()
        return None

    def continued(self, words: list[str], below: list[str]) -> int:
        """How many words of ``below`` go on with the legal form that compact ``words`` end with.

        ``SA`` with ``de CV`` below is one form.
        """
        starts = [at for at in range(1, len(words)) if self.is_legal(words[at:])]
        ends = [
            end
            for end in range(1, min(len(below), _MOST_WORDS) + 1)
            for at in starts
            if self.is_legal([*words[at:], *below[:end]]) and not self.is_legal(below[:end])
        ]
        return max(ends, default=0)

    def begins_legal(self, words: list[str]) -> bool:
        """Whether compact ``words`` begin with a legal form, so that they go on with a name."""
        return bool(words) and (words[0] in _FORMS or self._legal_words(words, 0) > 1)

    def _legal_words(self, words: list[str], at: int) -> int:
        """How many words from ``at`` on make the longest legal form; 0 where none do."""
        joined, found = "", 0
        for count, word in enumerate(words[at : at + _MOST_WORDS], start=1):
            joined += word
            if joined not in self.legal_beginnings:
                break
            if joined in self.legal or (count > 1 and joined in self.legal_apart):
                found = count
        return found

    def is_usual(self, word: str) -> bool:
        """Whether a compact ``word`` is one that many names of companies and places have."""
        if len(word) < _SHORTEST_USUAL:
            return False
        known = (self.trade, self.area, self.street, self.country, self.legal, _FORMS)
        return any(word in words for words in known)

    def count_areas(self, word: str) -> int:
        """How many words for areas a compact ``word`` is: two where no blank was read."""
        if word in self.area:
            return 1
        ends = range(_SHORTEST_AREA, len(word) - _SHORTEST_AREA + 1)
        return 2 * any(word[:end] in self.area and word[end:] in self.area for end in ends)

    def has_street(self, text: str) -> bool:
        """Whether a word of ``text`` names a street."""
        for at, word in enumerate(plain(text).split()):
            bare = word.strip(".,;:()")
            if len(bare) == 1 and (at or bare != _RUA):
                continue  # an initial; ``C/`` keeps its stroke
            if compact(bare) in self.street or (
                len(bare) > 6 and bare.endswith(self.street_endings)
            ):
                return True
        return False


@cache
def entities() -> Entities:
    """The words, read once per process."""
    data = json.loads(resources.files(__package__).joinpath("entities.json").read_bytes())
    legal, apart = (frozenset(map(compact, data[kind])) for kind in ("legal", "legal_apart"))
    phrases = data["legal"] + data["legal_apart"]
    return Entities(
        legal=legal,
        legal_apart=apart,
        legal_phrases=frozenset(re.sub(r"[^\w\s/&]", "", it).lower() for it in phrases),
        legal_beginnings=frozenset(it[:end] for it in legal | apart for end in range(len(it) + 1)),
        trade=frozenset(map(compact, data["trade"])),
        unit=frozenset(map(compact, data["unit"])),
        street=frozenset(map(compact, data["street"])),
        street_endings=tuple(map(plain, data["street_endings"])),
        area=frozenset(map(compact, data["area"])),
        country=frozenset(map(compact, data["country"])),
        courtesy=frozenset(map(compact, data["courtesy"])),
        former=frozenset(map(compact, data["former"])),
        owner=frozenset(map(compact, data["owner"])),
        bank=frozenset(map(compact, data["bank"])),
        nobody=frozenset(map(compact, data["nobody"])),
        article=frozenset(map(compact, data["article"])),
    )
