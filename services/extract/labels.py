"""Finds labels on a sheet, and for a value the labels that speak for or against it."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from services.extract.lexicon import Concepts, Phrases, lexicon
from services.extract.sheet import Row, Segment, Sheet, Token
from services.extract.wording import mend

_TAIL_DIGITS = re.compile(r"^([a-z]{4,}?)\d+$")
_MOST_ROWS_ABOVE = 4
_LEAST = 0.05
_MOST_TITLE_WORDS = 3
_PAID = frozenset({"invoice", "credit_note", "receipt"})
_SUMS = frozenset({"total_amount", "final_total", "net_amount", "subtotal"})
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
    x0: float = field(init=False)
    x1: float = field(init=False)
    weight: float = field(init=False)

    def __post_init__(self) -> None:
        self.x0 = self.tokens[0].x0
        self.x1 = self.tokens[-1].x1
        self.weight = (1.0 if self.opens else 0.7) * (1.0 if self.closes else 0.75)


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

    def _hits(self, segment: Segment) -> list[Hit]:
        words = segment.words
        hits: list[Hit] = []
        done = 0
        for at in self._starts(words):
            found = self._longest(words, at) if at >= done else None
            if found is None:
                continue
            concepts, count = found
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
                    closes=at + count == len(words) or last.endswith((":", "=")),
                )
            )
            done = at + count
        return hits

    def _starts(self, words: list[str]) -> list[int]:
        """Where a phrase may begin."""
        if self._sheet.is_ocr:
            return [at for at, word in enumerate(words) if word]
        beginnings = self._phrases.beginnings
        return [at for at, word in enumerate(words) if word in beginnings]

    def _longest(self, words: list[str], at: int) -> tuple[Concepts, int] | None:
        joined, found = "", None
        ends = min(len(words), at + self._phrases.most_words)
        for end in range(at, ends):
            joined += words[end]
            if not self._sheet.is_ocr and not self._phrases.may_begin(joined):
                break
            if words[end] and (concepts := self._lookup(joined, alone=end == at)):
                found = concepts, end - at + 1
        return found

    def _lookup(self, text: str, *, alone: bool) -> Concepts | None:
        """The concepts of a phrase; ``alone`` says it is one word, maybe with a value glued on."""
        exact = self._phrases.find(text)
        if exact is not None or not self._sheet.is_ocr:
            return exact
        near = self._phrases.find_near(mend(text))
        if near is None and alone and (match := _TAIL_DIGITS.match(text)):
            return self._phrases.find(match[1])
        return near


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
    if not concepts & _SUMS and not words[at].startswith("tot"):
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


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Strength 0..1 of each concept's label to the left of a value and above it."""

    left: dict[str, float]
    above: dict[str, float]

    def of(self, concept: str) -> float:
        """The strongest label for ``concept`` on either side."""
        return max(self.left.get(concept, 0.0), self.above.get(concept, 0.0))


def surroundings(
    sheet: Sheet, labels: LabelMap, tokens: list[Token], rivals: set[int]
) -> Surroundings:
    """The labels around the value made of ``tokens``.

    ``rivals`` are the indexes of tokens in values of the same kind: one standing between
    the label and this value weakens the claim.
    """
    row = _row_of(sheet, tokens[0])
    if row is None:
        return Surroundings({}, {})
    return Surroundings(
        _left(row, labels, tokens, rivals), _above(sheet, row, labels, tokens, rivals)
    )


def _row_of(sheet: Sheet, token: Token) -> Row | None:
    place = sheet.places.get(token.index)
    return None if place is None else sheet.rows[place.row]


def _left(row: Row, labels: LabelMap, tokens: list[Token], rivals: set[int]) -> dict[str, float]:
    start = tokens[0].x0
    hits = [hit for hit in labels.by_row[row.index] if hit.x1 <= start + 1 or hit.x0 < start]
    if not hits:
        return {}
    own = {token.index for token in tokens}
    strengths: dict[str, float] = {}
    for nearness, hit in enumerate(reversed(hits)):
        if not own.isdisjoint([token.index for token in hit.tokens]):
            continue
        between = [token.index for token in row.tokens if hit.x1 - 1 <= token.x0 < start - 1]
        rival = sum(index in rivals and index not in own for index in between)
        strength = hit.weight * 0.55**nearness * 0.5**rival * 0.93 ** len(between)
        _strengthen(strengths, hit, strength)
    return _noticeable(strengths)


def _above(
    sheet: Sheet, row: Row, labels: LabelMap, tokens: list[Token], rivals: set[int]
) -> dict[str, float]:
    x0, x1 = tokens[0].x0, tokens[-1].x1
    height = max([token.height for token in tokens])
    uppers = _rows_above(sheet, row, height)
    over = [
        [hit for hit in labels.by_row[upper.index] if hit.x0 < x1 and x0 < hit.x1 and hit.opens]
        for upper in uppers
    ]
    if not any(over):
        return {}
    strengths: dict[str, float] = {}
    blocked = 1.0
    for distance, (upper, hits) in enumerate(zip(uppers, over, strict=True)):
        for hit in hits:
            aligned = 1.0 if _aligned(hit, x0, x1, height) else 0.7
            _strengthen(strengths, hit, hit.weight * aligned * blocked * 0.8**distance)
        between = [token.index for token in upper.tokens if token.x0 < x1 and x0 < token.x1]
        if not rivals.isdisjoint(between):
            blocked *= 0.6
        elif between:
            blocked *= 0.8
    return _noticeable(strengths)


def _rows_above(sheet: Sheet, row: Row, height: float) -> list[Row]:
    """The rows close above ``row`` on its page, the nearest first."""
    found: list[Row] = []
    for index in range(row.index - 1, max(-1, row.index - 1 - _MOST_ROWS_ABOVE), -1):
        upper = sheet.rows[index]
        if upper.page != row.page or (row.y0 - upper.y1) / height > 4:
            break
        found.append(upper)
    return found


def _strengthen(strengths: dict[str, float], hit: Hit, strength: float) -> None:
    for concept in hit.concepts:
        strengths[concept] = max(strengths.get(concept, 0.0), strength)


def _noticeable(strengths: dict[str, float]) -> dict[str, float]:
    return {concept: value for concept, value in strengths.items() if value > _LEAST}


def _aligned(hit: Hit, x0: float, x1: float, height: float) -> bool:
    centre = abs((hit.x0 + hit.x1) / 2 - (x0 + x1) / 2)
    return min(abs(hit.x0 - x0), abs(hit.x1 - x1), centre) < height
