"""Finds labels on a sheet."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from services.extract.lexicon import Concepts, Phrases, lexicon
from services.extract.sheet import Segment, Sheet, Token
from services.extract.wording import compact, count_digits, mend

_TAIL_DIGITS = re.compile(r"^([a-z]{4,}?)\d+$")
_DOUBTFUL = 0.9  # confidence: what is read more surely is what it reads
_LONG = 9  # letters: what opens a segment and differs from such a phrase in one of them means it
_NEAR = 0.85  # what a label counts that differs in a letter, beside one spelled so
_MOST_TITLE_WORDS = 3
_BETWEEN_LANGUAGES = "/"
_DOTTED = frozenset(".:")
_NUMBERS = ("nummer", "number", "numer", "nr", "no", "n", "c")  # and words that end so
_LEAST_PART = 2  # letters of what stands on one side of a stroke
_LONGEST_SIDE = 4  # words
_PAID = frozenset({"invoice", "credit_note", "receipt"})
_SUMS = frozenset({"total_amount", "final_total", "net_amount", "subtotal"})
_OTHER_SUMS = frozenset({"tax_amount", "amount_due"})  # that ``Total`` may begin, too
_PARTIES = frozenset({"supplier", "customer"})
# Words for who sends a document that begin names, too: they are labels where they stand alone.
_PARTICLES = frozenset({"de", "van", "von", "da", "di"})


@dataclass(slots=True, eq=False)
class Hit:
    """A label. ``opens`` says it begins its segment, ``closes`` that it ends it or has a colon.

    ``x0`` and ``x1`` are its left and right edge, ``weight`` is how much it looks like a label
    rather than a word of a sentence.
    """

    concepts: Concepts
    tokens: list[Token]
    segment: Segment
    length: int
    opens: bool
    closes: bool
    likeness: float = 1.0
    x0: float = field(init=False)
    x1: float = field(init=False)
    weight: float = field(init=False)

    def __post_init__(self) -> None:
        self.x0 = self.tokens[0].x0
        self.x1 = self.tokens[-1].x1
        place = (1.0 if self.opens else 0.7) * (1.0 if self.closes else 0.75)
        self.weight = place * self.likeness


class _Phrase(NamedTuple):
    """What begins at some word: its meaning, how many words, and how alike it is to a label."""

    concepts: Concepts
    words: int
    likeness: float


class LabelMap:
    """The labels of a sheet, by row."""

    def __init__(self, sheet: Sheet, phrases: Phrases) -> None:
        self._sheet = sheet
        self._phrases = phrases
        self.by_row: dict[int, list[Hit]] = defaultdict(list)
        for segment in sheet.segments:
            self.by_row[segment.row].extend(self._hits(segment))

    def all(self) -> list[Hit]:
        """Every label, in reading order."""
        return [hit for row in sorted(self.by_row) for hit in self.by_row[row]]

    def keep(self, wanted: Callable[[Hit], bool]) -> None:
        """Forget the labels that are not ``wanted``."""
        for row, hits in self.by_row.items():
            self.by_row[row] = [hit for hit in hits if wanted(hit)]

    def opens(self, segment: Segment) -> bool:
        """Whether ``segment`` begins with a label."""
        return any(hit.segment is segment and hit.opens for hit in self.by_row[segment.row])

    def calls_number(self, token: Token) -> bool:
        """Whether the label of an invoice's number ends just before ``token``, no part of a date.

        ``Faktura nr 12/02/2026`` has a number; dots part days, and a mere title may have a date.
        """
        place = self._sheet.places[token.index]
        return not _DOTTED.intersection(token.text) and any(
            "invoice_number" in hit.concepts
            and "invoice_date" not in hit.concepts
            and hit.tokens[-1].index == token.index - 1
            and self._ends_with_number(hit)
            for hit in self.by_row[place.row]
        )

    def _ends_with_number(self, hit: Hit) -> bool:
        last = compact(hit.tokens[-1].text)
        known = self._phrases.find(last) or frozenset()
        return "bare_number" in known or last.endswith(_NUMBERS)

    def _hits(self, segment: Segment) -> list[Hit]:
        words = segment.words
        hits: list[Hit] = []
        done = 0
        for at in self._starts(segment):
            found = self._found(segment, at) if at >= done else None
            if found is None:
                continue
            concepts, count, likeness = found
            if _opens_longer_title(words, at, count):
                continue
            closes = at + count == len(words) or segment.tokens[at + count - 1].text[-1:] in ":="
            if concepts <= _PARTIES and words[at] in _PARTICLES and count == 1 and not closes:
                continue
            concepts, more = _qualified(concepts, words, at, at + count)
            count += more
            tokens = segment.tokens[at : at + count]
            last = tokens[-1].text
            hits.append(
                Hit(
                    concepts=concepts,
                    tokens=tokens,
                    segment=segment,
                    length=sum(map(len, words[at : at + count])),
                    opens=at == 0 or not any(words[:at]),
                    closes=last.endswith((":", "=")) or _is_aside(segment.tokens[at + count :]),
                    likeness=likeness,
                )
            )
            done = at + count
        return _said_twice(segment, hits)

    def _starts(self, segment: Segment) -> list[int]:
        """Where a phrase may begin."""
        words = segment.words
        if self._sheet.is_ocr:
            return [at for at, word in enumerate(words) if word]
        beginnings = self._phrases.beginnings
        return [
            at
            for at, word in enumerate(words)
            if word in beginnings or "/" in segment.tokens[at].text
        ]

    def _found(self, segment: Segment, at: int) -> _Phrase | None:
        """The longest phrase from ``at`` on, also of one that names things twice: ``VAT/TIN``."""
        found, token = self._longest(segment, at, segment.words[at]), segment.tokens[at].text
        if found is not None or "/" not in token:
            return found
        parts = [self._longest(segment, at, compact(part)) for part in token.split("/")]
        known = [each for each in parts if each is not None]
        if len(known) < len(parts) or any(len(part) < _LEAST_PART for part in token.split("/")):
            return None
        concepts = frozenset[str]().union(*(each.concepts for each in known))
        shared = concepts.intersection(*(each.concepts for each in known))
        return _Phrase(shared or concepts, max(each.words for each in known), _NEAR)

    def _longest(self, segment: Segment, at: int, first: str) -> _Phrase | None:
        """The same where the first word is ``first``."""
        words, joined = segment.words, ""
        found: _Phrase | None = None
        ends = min(len(words), at + self._phrases.most_words)
        for end in range(at, ends):
            word = words[end] if end > at else first
            joined += word
            if not self._sheet.is_ocr and not self._phrases.may_begin(joined):
                break
            if not word:
                continue
            if exact := self._phrases.find(joined):
                found = _Phrase(exact, end - at + 1, 1.0)
            elif self._sheet.is_ocr and (near := self._as_read(joined, segment, at, end + 1)):
                found = _Phrase(near, end - at + 1, _NEAR)
        return found

    def _as_read(self, text: str, segment: Segment, at: int, end: int) -> Concepts | None:
        """The concepts of the words from ``at`` to ``end``, ``text`` together, if badly read.

        Of short ones that look like a label and were read surely, on 600 drawn invoices 19 in 20
        were other words; a number behind a label is none of its letters (``VAT 20`` is no ``VAT
        No``).
        """
        near: Concepts | None = None
        if not segment.words[end - 1].isdigit():
            lowest = min([token.confidence for token in segment.tokens[at:end]])
            is_doubtful = lowest < _DOUBTFUL
            if is_doubtful or (at == 0 and len(text) >= _LONG):
                near = self._phrases.find_near(mend(text), twice=is_doubtful)
        if near is None and end == at + 1 and (match := _TAIL_DIGITS.match(text)):
            return self._phrases.find(match[1])
        return near


def _is_aside(rest: list[Token]) -> bool:
    """Whether nothing stands behind a label but words in brackets: ``Cedente (fornitore)``."""
    text = " ".join(token.text for token in rest).rstrip(" :")
    return not text or (
        text[0] == "(" and text.find(")") == len(text) - 1 and not count_digits(text)
    )


def _said_twice(segment: Segment, hits: list[Hit]) -> list[Hit]:
    """``hits``, those that say the same in two languages taken together: ``Vendu à / Sold to``.

    One side must be a known label, and none may hold a digit but behind the label of the last.
    """
    tokens = segment.tokens
    cuts = [at for at, token in enumerate(tokens) if token.text == _BETWEEN_LANGUAGES]
    if not cuts or cuts[-1] == len(tokens) - 1 or any(map(count_digits, segment.words[: cuts[-1]])):
        return hits
    ends = {id(tokens[at - 1]) for at in cuts if at} | {id(tokens[-1])}
    starts = {id(tokens[0])} | {id(tokens[at + 1]) for at in cuts}
    begun = [hit for hit in hits if id(hit.tokens[0]) in starts]
    whole = [hit for hit in begun if id(hit.tokens[-1]) in ends or hit.closes]
    if not whole or cuts[-1] > _LONGEST_SIDE * len(cuts):
        return hits
    last = next((hit for hit in begun if hit.tokens[0] is tokens[cuts[-1] + 1]), None)
    end = tokens.index(last.tokens[-1]) + 1 if last else _end_of_label(segment, cuts[-1] + 1)
    if end - cuts[-1] - 1 > _LONGEST_SIDE or any(map(count_digits, segment.words[:end])):
        return hits
    concepts = frozenset[str]().union(*(hit.concepts for hit in whole))
    shared = concepts.intersection(*(hit.concepts for hit in whole))
    both = Hit(
        concepts=shared or concepts,
        tokens=tokens[:end],
        segment=segment,
        length=sum(map(len, segment.words[:end])),
        opens=True,
        closes=end == len(tokens) or tokens[end - 1].text[-1:] in ":=",
        likeness=min(hit.likeness for hit in whole),
    )
    return [both, *(hit for hit in hits if hit.tokens[0].index > both.tokens[-1].index)]


def _end_of_label(segment: Segment, start: int) -> int:
    """Behind the first colon from ``start`` on, or the end of ``segment``."""
    ends = (at for at, it in enumerate(segment.tokens, start=1) if it.text.endswith(":"))
    return next((at for at in ends if at > start), len(segment.tokens))


def _opens_longer_title(words: list[str], at: int, count: int) -> bool:
    """Whether the ``count`` words from ``at`` begin a longer title: ``Tax invoice`` is no tax."""
    titles = lexicon().titles
    joined = "".join(words[at : at + count])
    for word in words[at + count : at + _MOST_TITLE_WORDS]:
        if not titles.may_begin(joined):
            return False
        joined += word
        if _PAID.intersection(titles.find(joined) or ()):
            return True
    return False


def _qualified(concepts: Concepts, words: list[str], at: int, end: int) -> tuple[Concepts, int]:
    """What ``Total`` and the like mean when ``incl.`` or ``excl.`` follows, and its length."""
    is_sum = concepts & _SUMS or (words[at].startswith("tot") and concepts & _OTHER_SUMS)
    if not is_sum:
        return concepts, 0
    known = lexicon()
    for offset, word in enumerate(words[end : end + 2], start=1):
        more = offset + _tax_words(words[end + offset :])
        if word in known.inclusive:
            return frozenset({"total_amount", "final_total"}), more
        if word in known.exclusive:
            return frozenset({"net_amount"}), more
    return concepts, 0


def _tax_words(words: list[str]) -> int:
    """How many words only say which tax: ``19 % MwSt.`` is no label of its own there."""
    count = 0
    for word in words[:4]:
        is_tax = "tax_amount" in (lexicon().labels.find(word) or ())
        if word and not word.isdigit() and not is_tax and len(word) > 1:
            break
        count += 1
    return count
