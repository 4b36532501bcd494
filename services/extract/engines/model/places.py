"""Where on the page a value stands that a model gave: all places, not just the first."""

from dataclasses import dataclass, field
from decimal import Decimal

from rapidfuzz import fuzz

from services.extract.candidates.candidate import Candidate
from services.extract.candidates.contacts import find_phones
from services.extract.candidates.identifiers import find_ibans
from services.extract.engines.model.values import NUMERIC, decimal_of
from services.extract.grounding import locate
from services.extract.lazy import lazy
from services.extract.reading import Reading
from services.extract.sheet import Row, Token
from services.extract.wording import compact
from shared.models.schema import FieldType

_WORDED = frozenset({FieldType.TEXT, FieldType.NAME, FieldType.ADDRESS})
_ALIKE, _ALIKE_IF_MISREAD = 95.0, 88.0  # of 100: what a model mends of words stays as like
_SHORTEST_ALIKE = 8  # characters: shorter words are too easily like others
_SHARE = 0.9  # of the value that a run of rows must be as long as
_MOST_ROWS = 5
_MOST_PLACES = 50
_MOST_COMPARISONS = 200_000
"""With rows: a model that makes up hundreds of texts must not keep a process busy for a minute."""


@dataclass(frozen=True, slots=True)
class Place:
    """Words that bear a value out; ``alike`` is 0..1, 1 where they say just that."""

    tokens: list[Token]
    alike: float = 1.0
    rows: frozenset[int] = field(default_factory=frozenset)


class PlaceFinder:
    """Finds values on one document; what is computed of it is kept for the next one."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._known: dict[tuple[FieldType, str, str], list[Place]] = {}
        self._comparisons = _MOST_COMPARISONS

    def find(self, kind: FieldType, value: object, stated: str) -> list[Place]:
        """Where the page says ``value``, which a model wrote as ``stated``; reading order."""
        key = (kind, str(value), stated)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._search(kind, value, stated)
        return known

    def _search(self, kind: FieldType, value: object, stated: str) -> list[Place]:
        found = self._exactly(kind, value, stated)
        if not found and kind not in NUMERIC and self._comparisons > 0:
            self._comparisons -= len(self._row_texts)
            return self._over_rows(kind, value, stated)
        return [Place(tokens, 1.0, self._rows_of(tokens)) for tokens in found[:_MOST_PLACES]]

    def _exactly(self, kind: FieldType, value: object, stated: str) -> list[list[Token]]:
        """Within a row each."""
        if kind in NUMERIC:
            return self._numbers(kind, value)
        if kind is FieldType.DATE:
            return [each.tokens for each in self._reading.dates if each.value == value]
        return self._with_grammar(kind, value) or self._texts(compact(stated))

    def _over_rows(self, kind: FieldType, value: object, stated: str) -> list[Place]:
        """What goes on in the rows below, or is only nearly said."""
        if located := locate(self._reading, kind, str(value)):
            return [Place(located, 1.0, self._rows_of(located))]
        place = self._alike(compact(stated)) if kind in _WORDED else None
        return [place] if place else []

    @lazy
    def _row_texts(self) -> list[str]:
        return [
            "".join([word for segment in row.segments for word in segment.words])
            for row in self._reading.sheet.rows
        ]

    @lazy
    def _by_number(self) -> dict[Decimal, list[Candidate]]:
        found: dict[Decimal, list[Candidate]] = {}
        for each in self._reading.numbers:
            found.setdefault(abs(each.number), []).append(each)
        return found

    def _numbers(self, kind: FieldType, value: object) -> list[list[Token]]:
        wanted = decimal_of(value)
        same = [] if wanted is None else self._by_number.get(abs(wanted), [])
        if kind is FieldType.AMOUNT:
            plain = [each for each in same if "percent" not in each.traits]
            same = [each for each in plain if "decimals:2" in each.traits] or plain
        return [each.tokens for each in same]

    def _with_grammar(self, kind: FieldType, value: object) -> list[list[Token]]:
        """Of kinds that are printed in many ways."""
        found: list[Candidate] = []
        if kind is FieldType.IBAN:
            found = find_ibans(self._reading.sheet)
        elif kind is FieldType.PHONE:
            found = find_phones(self._reading.sheet, self._reading.currency, self._reading.country)
        return [each.tokens for each in found if each.value == value]

    def _texts(self, wanted: str) -> list[list[Token]]:
        if not wanted:
            return []
        rows = self._reading.sheet.rows
        return [
            tokens
            for row, text in zip(rows, self._row_texts, strict=True)
            if wanted in text
            for tokens in _in_row(row, wanted)
        ]

    def _alike(self, wanted: str) -> Place | None:
        """The run of up to five rows that says nearly ``wanted``: read badly, and mended."""
        if len(wanted) < _SHORTEST_ALIKE:
            return None
        sheet, texts = self._reading.sheet, self._row_texts
        limit = _ALIKE_IF_MISREAD if sheet.is_ocr else _ALIKE
        best: tuple[float, int, int, int, int] | None = None
        for first in range(len(texts)):
            joined, last = texts[first], first
            while len(joined) < _SHARE * len(wanted) and _goes_on(sheet.rows, first, last):
                last += 1
                joined += texts[last]
            found = fuzz.partial_ratio_alignment(wanted, joined, score_cutoff=limit)
            is_whole = len(joined) >= _SHARE * len(wanted)
            if found is not None and is_whole and (best is None or found.score > best[0]):
                best = (found.score, first, last, found.dest_start, found.dest_end)
        if best is None:
            return None
        score, first, last, start, end = best
        tokens = _cut(sheet.rows[first : last + 1], start, end)
        return Place(tokens, score / 100, self._rows_of(tokens)) if tokens else None

    def _rows_of(self, tokens: list[Token]) -> frozenset[int]:
        return frozenset([self._reading.sheet.places[token.index].row for token in tokens])


def _goes_on(rows: list[Row], first: int, last: int) -> bool:
    below = last + 1
    return below < min(first + _MOST_ROWS, len(rows)) and rows[below].page == rows[first].page


def _in_row(row: Row, wanted: str) -> list[list[Token]]:
    words = [compact(token.text) for token in row.tokens]
    found = []
    for start in range(len(words)):
        joined = ""
        for end in range(start, len(words)):
            joined += words[end]
            if joined == wanted and words[start]:
                found.append(row.tokens[start : end + 1])
            if joined == wanted or not wanted.startswith(joined):
                break
    return found


def _cut(rows: list[Row], start: int, end: int) -> list[Token]:
    """The tokens that the characters ``start`` to ``end`` of the compact rows lie in."""
    tokens, at = [], 0
    for row in rows:
        for token in row.tokens:
            length = len(compact(token.text))
            if length and at < end and at + length > start:
                tokens.append(token)
            at += length
    return tokens
