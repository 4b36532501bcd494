"""The text layer of a PDF page: its words, and whether they can be believed.

A text layer lies when its font maps glyphs to wrong or no characters, or when it is an
invisible layer that somebody's OCR put over the picture of another page.
"""

import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pymupdf

# No ligatures, and U+FFFD where a font does not say which character a glyph is.
_FLAGS = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP
_FILLED, _STROKED = 16, 32  # mupdf: FZ_STEXT_FILLED, FZ_STEXT_STROKED
_BLANK = "\x00 \t\n\r\u00a0\u200b\ufeff"
_UPRIGHT = {(1, 0): 0, (0, -1): 90, (-1, 0): 180, (0, 1): 270}
_LETTERS_TO_JUDGE = 60
_UNREADABLE = 0.1  # of the characters
_COMMON = frozenset("eaionrstl")
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

    ``rotation`` is the clockwise turn that brings most of the text upright. ``invisible``
    is the share of characters drawn in no colour; ``garbled`` says that the characters are
    probably not those that the page shows. ``has_images`` is cheap to know.
    """

    words: list[NativeWord] = field(default_factory=list)
    rotation: int = 0
    invisible: float = 0.0
    garbled: bool = False
    has_images: bool = False


def read(page: Any) -> TextLayer:  # noqa: ANN401 (PyMuPDF is not typed)
    """The text layer of ``page``."""
    content = page.get_textpage(flags=_FLAGS)
    rotation = page.rotation
    texts: list[str] = []
    directions: Counter[tuple[float, float]] = Counter()
    invisible = 0
    for block in content.extractDICT()["blocks"]:
        for line in block.get("lines", ()):
            for span in line["spans"]:
                text = span["text"]
                texts.append(text)
                directions[line["dir"]] += len(text)
                if not span["char_flags"] & (_FILLED | _STROKED):
                    invisible += len(text)
    characters = Counter("".join(texts))
    return TextLayer(
        words=_words(content, page.rotation_matrix if rotation else None),
        rotation=_turn(directions, rotation),
        invisible=invisible / max(1, characters.total()),
        garbled=_is_garbled(characters),
        has_images=bool(page.get_images()),
    )


def _is_garbled(characters: Counter[str]) -> bool:
    unreadable = sum(count for text, count in characters.items() if _is_unreadable(text))
    return unreadable > _UNREADABLE * characters.total() or not _is_plausible(characters)


def _is_plausible(characters: Counter[str]) -> bool:
    """Whether it could be language: in a shifted alphabet other letters are frequent.

    Says nothing against short texts, and nothing about scripts other than Latin.
    """
    letters = others = common = 0
    for text, count in characters.items():
        character = text.lower()
        if "a" <= character <= "z":
            letters += count
            common += count if character in _COMMON else 0
        elif character.isalpha():
            others += count
    if letters < _LETTERS_TO_JUDGE or others > letters:
        return True
    return common > _LEAST_COMMON * letters


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


def _words(content: Any, turn: Any) -> list[NativeWord]:  # noqa: ANN401 (PyMuPDF is not typed)
    words = [
        NativeWord(text, x0, y0, x1, y1)
        for x0, y0, x1, y1, found, _, _, _ in content.extractWORDS()
        if (text := found.strip(_BLANK))
    ]
    if turn is None:
        return words
    return [NativeWord(text, *pymupdf.Rect(box) * turn) for text, *box in words]


def _turn(directions: Counter[tuple[float, float]], rotation: int) -> int:
    """The clockwise turn that brings most of the text of the displayed page upright."""
    axes: Counter[tuple[int, int]] = Counter()
    for vector, count in directions.items():
        axes[_axis(vector, rotation)] += count
    return _UPRIGHT.get(axes.most_common(1)[0][0], 0) if axes else 0


def _axis(vector: tuple[float, float], rotation: int) -> tuple[int, int]:
    """The reading direction on the displayed page, along one axis."""
    x, y = round(vector[0]), round(vector[1])
    for _ in range(rotation // 90 % 4):
        x, y = -y, x
    return x, y


def _is_unreadable(character: str) -> bool:
    if character in "\t\n\r":
        return False
    return character == "\ufffd" or unicodedata.category(character) in ("Cc", "Co", "Cn", "Cs")
