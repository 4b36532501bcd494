"""The text layer of a PDF page: its words, and whether they can be believed.

A text layer lies when its font maps glyphs to wrong or no characters, or when it is an
invisible layer that somebody's OCR put over the picture of another page.
"""

import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from operator import itemgetter
from string import ascii_lowercase
from typing import Any, NamedTuple

import pymupdf

# No ligatures, and U+FFFD where a font does not say which character a glyph is.
_FLAGS = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP
_BLANK = "\x00 \t\n\r\u00a0\u200b\ufeff"
# A font draws all of these with one glyph, and writers of PDF take any of them for it.
_HYPHENS = str.maketrans("\u00ad\u2010\u2011", "---")
_ACROSS = (1, 0)
_UPRIGHT = {(1, 0): 0, (0, -1): 90, (-1, 0): 180, (0, 1): 270}
_Found = tuple[float, float, float, float, str, int, int, int]  # box, text, block, line, …
_FIRST, _LINE = itemgetter(0), itemgetter(5, 6)
_LETTERS_TO_JUDGE = 60
_UNREADABLE = 0.1  # of the characters
_COMMON = "eaionrstl"
_LETTERS = ascii_lowercase.encode()
_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\r"))
_LEAST_COMMON = 0.48  # of the letters; European languages have .55 and more


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle in points of the page as displayed."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def size(self) -> float:
        """Its area in square points."""
        return max(0.0, self.x1 - self.x0) * max(0.0, self.y1 - self.y0)


class NativeWord(NamedTuple):
    """A word of the text layer, box in points of the page as displayed."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class TextLayer:
    """What a page says of itself.

    ``rotation`` is the clockwise turn that brings most of the text upright. ``garbled``
    says that the characters are probably not those that the page shows. ``has_images`` is
    cheap to know. ``nothing_drawn`` says that there is nothing at all that a page could show.
    """

    words: list[NativeWord] = field(default_factory=list)
    rotation: int = 0
    garbled: bool = False
    has_images: bool = False
    nothing_drawn: bool = False


def read(page: Any) -> TextLayer:  # noqa: ANN401 (PyMuPDF is not typed)
    """The text layer of ``page``."""
    content = page.get_textpage(flags=_FLAGS)
    rotation = page.rotation
    found = content.extractWORDS()
    text = content.extractText().replace("\n", "")
    direction = _ACROSS if _runs_across(found, len(text)) else _direction(content)
    return TextLayer(
        words=_words(found, page.rotation_matrix if rotation else None, is_ascii=text.isascii()),
        rotation=_UPRIGHT.get(_displayed(direction, rotation), 0),
        garbled=_is_garbled(text),
        has_images=bool(page.get_images()),
        nothing_drawn=not found and _is_bare(page),
    )


def _is_bare(page: Any) -> bool:  # noqa: ANN401 (PyMuPDF is not typed)
    return not page.read_contents().strip() and page.first_annot is None and not page.first_widget


def _is_garbled(text: str) -> bool:
    # All characters of ASCII are told in one go; a page has few others.
    plain = text.encode("ascii", "ignore").lower()
    rest = {it: text.count(it) for it in set(text) if not it.isascii()}
    unreadable = _count(plain, _CONTROLS)
    unreadable += sum(count for it, count in rest.items() if _is_unreadable(it))
    return unreadable > _UNREADABLE * len(text) or not _is_plausible(plain, rest)


def _is_plausible(plain: bytes, rest: dict[str, int]) -> bool:
    """Whether it could be language: in a shifted alphabet other letters are frequent.

    Says nothing against short texts, and nothing about scripts other than Latin.
    """
    letters, common, others = _count(plain, _LETTERS), _count(plain, _COMMON.encode()), 0
    for text, count in rest.items():
        character = text.lower()
        if "a" <= character <= "z":
            letters += count
            common += count if character in _COMMON else 0
        elif character.isalpha():
            others += count
    if letters < _LETTERS_TO_JUDGE or others > letters:
        return True
    return common > _LEAST_COMMON * letters


def _count(text: bytes, among: bytes) -> int:
    """How many characters of ``text`` are ``among`` those."""
    return len(text) - len(text.translate(None, among))


def image_areas(page: Any) -> list[Area]:  # noqa: ANN401 (PyMuPDF is not typed)
    """Where images stand on ``page``; strips and tiles that touch count as one."""
    areas: list[Area] = []
    for info in page.get_image_info():
        box = pymupdf.Rect(info["bbox"]) * page.rotation_matrix & page.rect
        if not box.is_empty:
            areas.append(Area(box.x0, box.y0, box.x1, box.y1))
    return _merged(areas)


def _merged(areas: list[Area]) -> list[Area]:
    merged: list[Area] = []
    for area in sorted(areas, key=lambda a: (a.y0, a.x0)):
        current = area
        while touching := next((other for other in merged if _touch(other, current)), None):
            merged.remove(touching)
            current = Area(
                min(current.x0, touching.x0), min(current.y0, touching.y0),
                max(current.x1, touching.x1), max(current.y1, touching.y1),
            )  # fmt: skip
        merged.append(current)
    return merged


def _touch(a: Area, b: Area) -> bool:
    gap = 1.0
    return a.x0 <= b.x1 + gap and b.x0 <= a.x1 + gap and a.y0 <= b.y1 + gap and b.y0 <= a.y1 + gap


def _words(
    found: list[_Found],
    turn: Any,  # noqa: ANN401 (PyMuPDF is not typed)
    *,
    is_ascii: bool,
) -> list[NativeWord]:
    if not found:
        return []
    x0, y0, x1, y1, texts, *_ = zip(*found, strict=True)
    stripped = [text.strip(_BLANK) for text in texts]
    if not is_ascii:
        stripped = [text.translate(_HYPHENS) for text in stripped]
    rows = zip(stripped, x0, y0, x1, y1, strict=True)
    # A tuple's own way of making one takes half the time, and there are hundreds.
    words = list(map(partial(tuple.__new__, NativeWord), filter(_FIRST, rows)))
    if turn is None:
        return words
    return [NativeWord(text, *pymupdf.Rect(box) * turn) for text, *box in words]


def _runs_across(found: list[_Found], length: int) -> bool:
    """Whether more than half of ``length`` characters stand in lines that run to the right.

    That is nearly every page, and asking the words takes half the time of asking MuPDF for
    the direction of each line. A line of one word does not tell.
    """
    across = 0
    for _, line in groupby(found, _LINE):
        words = list(line)
        right, down = words[-1][0] - words[0][0], words[-1][1] - words[0][1]
        if right > 2 * abs(down):
            across += sum([len(word[4]) for word in words])
            if 2 * across > length:
                return True
    return False


def _direction(content: Any) -> tuple[int, int]:  # noqa: ANN401 (PyMuPDF is not typed)
    """Where most of the text runs to, along one axis."""
    directions: Counter[tuple[int, int]] = Counter()
    for block in content.extractDICT()["blocks"]:
        for line in block.get("lines", ()):
            x, y = line["dir"]
            directions[round(x), round(y)] += sum(len(span["text"]) for span in line["spans"])
    return directions.most_common(1)[0][0] if directions else (0, 0)


def _displayed(direction: tuple[int, int], rotation: int) -> tuple[int, int]:
    """``direction`` on the page as displayed."""
    x, y = direction
    for _ in range(rotation // 90 % 4):
        x, y = -y, x
    return x, y


def _is_unreadable(character: str) -> bool:
    if character in "\t\n\r":
        return False
    return character == "\ufffd" or unicodedata.category(character) in ("Cc", "Co", "Cn", "Cs")
