"""Which words of a document say who somebody is, by the fields that were found on it.

Everything here errs on the side of taking a word too many: what is left is shown to others.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rapidfuzz import fuzz

from shared.models.extraction import Field, Fields
from shared.models.page import Box
from shared.models.schema import FieldSpec, FieldType, Schema

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.\w|@\w[\w.-]*\.\w{2,}$")
_PHONE_WORD = re.compile(r"^[+(]?[\d().\-\u2013/+]*\d[\d().\-\u2013/]*[,;.]?$")
_LETTERS = re.compile(r"[\W_]+")
_PARTED = re.compile(r"[-'\u2019/,.]")
_SIGN = re.compile(r"[@/_.]")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SCHEME = re.compile(r"^(?:https?://)?(?:www\.)?", re.IGNORECASE)
_SHORTEST_NAME = 2
_SHORTEST_IN_HANDLE = 4
_SHORTEST_MISREAD = 5
_SHORTEST_INSIDE = 6  # of another word: Baker's bakery may stay
_ALIKE = 80.0  # of 100, where a word was read by OCR
_LAST_DIGITS = 7
_GROWN = 1.0  # points
_PARTICLES = frozenset(
    {"von", "van", "de", "der", "den", "da", "das", "dos", "do", "di", "del", "della", "la", "le",
     "du", "des", "zu", "zum", "ter", "ten", "el", "al", "bin", "ben", "y", "e", "dr", "prof",
     "mr", "mrs", "ms", "herr", "frau"}
)  # fmt: skip


class PlacedText(NamedTuple):
    """A word and where it stands on its page, in points."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Personal:
    """What gives a person away: places, names, phrases of words, digits, parts of addresses.

    ``names`` and the words of ``phrases`` are compact: lower-case letters and digits only.
    """

    boxes: list[Box] = field(default_factory=list)
    names: frozenset[str] = frozenset()
    phrases: frozenset[tuple[str, ...]] = frozenset()
    digits: frozenset[str] = frozenset()
    handles: frozenset[str] = frozenset()


def has_personal(schema: Schema) -> bool:
    """Whether any field of ``schema`` says who somebody is."""
    return any(spec.personal or any(it.personal for it in spec.fields) for spec in schema.fields)


def personal_of(schema: Schema, fields: Fields) -> Personal:
    """What of ``fields`` is personal by ``schema``."""
    boxes: list[Box] = []
    names: set[str] = set()
    phrases: set[tuple[str, ...]] = set()
    digits: set[str] = set()
    handles: set[str] = set()
    for spec, value in _values(schema, fields):
        boxes += value.boxes
        for text in {str(value.value), value.raw} - {""}:
            match spec.type:
                case FieldType.NAME:
                    names |= {it for it in map(_compact, text.split()) if _is_telling(it)}
                    phrases.add(_words(text))
                case FieldType.DATE:
                    names |= set(_YEAR.findall(text))
                    phrases.add(_words(text))
                case FieldType.PHONE:
                    digits.add(re.sub(r"\D", "", text)[-_LAST_DIGITS:])
                case FieldType.EMAIL | FieldType.URL:
                    handles.add(_SCHEME.sub("", text).rstrip("/").casefold())
                case _:
                    phrases |= {_words(line) for line in text.split("\n")}
    return Personal(
        boxes,
        frozenset(names),
        frozenset(it for it in phrases if len(it) > 1 or (it and len(it[0]) > _LAST_DIGITS)),
        frozenset(it for it in digits if len(it) == _LAST_DIGITS),
        frozenset(handles - {""}),
    )


def personal_words(page: int, words: Sequence[PlacedText], personal: Personal) -> set[int]:
    """The indexes of the words of a page, given in reading order, that give a person away."""
    compacts = [_compact(word.text) for word in words]
    boxes = [box for box in personal.boxes if box.page == page]
    names = _Names(personal)
    found = {
        at
        for at, word in enumerate(words)
        if _is_in(word, boxes)
        or ("@" in word.text and _EMAIL.search(word.text))
        or names.give_away(word, compacts[at])
    }
    for phrase in personal.phrases:
        found.update(_phrase_at(compacts, phrase))
    found.update(_numbers(words, personal.digits))
    return found


def _values(schema: Schema, fields: Fields) -> Iterable[tuple[FieldSpec, Field]]:
    for spec in schema.fields:
        value = fields.get(spec.name)
        if isinstance(value, Field):
            if spec.personal:
                yield spec, value
            continue
        columns = {
            column.name: column for column in spec.fields if spec.personal or column.personal
        }
        for row in value or []:
            yield from ((columns[name], cell) for name, cell in row.items() if name in columns)


def _compact(text: str) -> str:
    return _LETTERS.sub("", text.casefold())


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in map(_compact, text.split()) if word)


def _is_telling(word: str) -> bool:
    return len(word) >= _SHORTEST_NAME and word not in _PARTICLES and not word.isdigit()


def _is_in(word: PlacedText, boxes: Collection[Box]) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
    return any(
        box.x0 - _GROWN <= x <= box.x1 + _GROWN and box.y0 - _GROWN <= y <= box.y1 + _GROWN
        for box in boxes
    )


class _Names:
    """Tells which words are names, written as such, or addresses and handles made of them."""

    def __init__(self, personal: Personal) -> None:
        self._names = personal.names
        self._handles = personal.handles
        self._parts = [name for name in self._names if len(name) > _SHORTEST_NAME]
        self._long = [name for name in self._names if len(name) >= _SHORTEST_IN_HANDLE]

    def give_away(self, word: PlacedText, compact: str) -> bool:
        """Whether ``word``, ``compact`` without its signs, tells who somebody is."""
        text = word.text.casefold()
        if compact in self._names:
            return not word.text.islower()
        if any(handle in text for handle in self._handles):
            return True
        inside = [name for name in self._parts if name in compact]
        if inside:
            longest = max(map(len, inside))
            has_sign = _SIGN.search(text) is not None
            if len(inside) > 1 or longest >= (
                _SHORTEST_IN_HANDLE if has_sign else _SHORTEST_INSIDE
            ):
                return True
            parts = map(_compact, _PARTED.split(text))
            return not word.text.islower() and any(part in self._names for part in parts)
        return not word.is_sure and any(
            len(name) >= _SHORTEST_MISREAD and fuzz.ratio(name, compact) >= _ALIKE
            for name in self._long
        )


def _phrase_at(words: Sequence[str], phrase: tuple[str, ...]) -> Iterable[int]:
    """The places of the words of each occurrence of ``phrase``, whatever signs are between."""
    solid = [at for at, word in enumerate(words) if word]
    for start in range(len(solid) - len(phrase) + 1):
        run = solid[start : start + len(phrase)]
        if words[run[0]] == phrase[0] and tuple(words[at] for at in run) == phrase:
            yield from run


def _numbers(words: Sequence[PlacedText], digits: Collection[str]) -> Iterable[int]:
    """The words of each number that ends in one of ``digits``, from where its run begins."""
    run: list[int] = []
    joined = ""
    for at, word in enumerate(words):
        own = re.sub(r"\D", "", word.text)
        if not _PHONE_WORD.match(word.text):
            run, joined = [], ""
            if any(each in own for each in digits):
                yield at
            continue
        run.append(at)
        joined += own
        if any(each in joined for each in digits):
            yield from run
            run, joined = [], ""
