"""A recognised line cut into words with boxes."""

import itertools
import math

import numpy as np

from services.ocr.engines.ink import InkLine, Mask
from services.ocr.engines.recogniser import Glyph, LineReading
from services.ocr.layout import Token

_NOISE = frozenset("_~^`{}|\\")  # hardly ever printed, often read into rules and specks


def words_of(reading: LineReading, crop: InkLine, mask: Mask) -> list[Token]:
    """The words of ``reading``; boxes lie tight around the ink in ``mask``.

    CTC tells where in the ``crop`` each character was seen, though not its edges: words
    part in the widest gap of the ink around the blank between them.
    """
    words = [word for word in _split(reading.glyphs) if any(g.text not in _NOISE for g in word)]
    tokens = []
    columns = _ink_columns(crop, mask)
    cuts = _cuts(words, columns)
    for word, (left, right) in zip(words, cuts, strict=True):
        text = "".join(glyph.text for glyph in word if glyph.text not in _NOISE)
        chance = math.prod(glyph.chance for glyph in word)
        x0, y0, x1, y1 = _box(crop, mask, left, right)
        tokens.append(Token(text, x0, y0, x1, y1, chance))
    return tokens


def _split(glyphs: list[Glyph]) -> list[list[Glyph]]:
    words: list[list[Glyph]] = [[]]
    for glyph in glyphs:
        if glyph.text == " ":
            words.append([])
        else:
            words[-1].append(glyph)
    return [word for word in words if word]


def _ink_columns(crop: InkLine, mask: Mask) -> list[bool]:
    window = mask[max(0, crop.y0) : crop.y1, max(0, crop.x0) : crop.x1]
    return [bool(column) for column in window.max(0)]


def _cuts(words: list[list[Glyph]], columns: list[bool]) -> list[tuple[int, int]]:
    """From which to which column of the crop each word reaches."""
    width = len(columns)
    borders = [0]
    for before, after in itertools.pairwise(words):
        start, end = int(before[-1].start * width), math.ceil(after[0].end * width)
        borders.append(_widest_gap(columns, start, end))
    borders.append(width)
    return list(itertools.pairwise(borders))


def _widest_gap(columns: list[bool], start: int, end: int) -> int:
    """The middle of the longest run without ink in ``start`` to ``end``."""
    best, length, run = (start + end) // 2, 0, 0
    for column in range(start, min(end, len(columns))):
        run = 0 if columns[column] else run + 1
        if run > length:
            best, length = column - run // 2, run
    return best


def _box(crop: InkLine, mask: Mask, left: int, right: int) -> tuple[float, float, float, float]:
    x0, x1 = max(0, crop.x0 + left), max(crop.x0 + right, crop.x0 + left + 1)
    window = mask[max(0, crop.y0) : crop.y1, x0:x1]
    columns, rows = np.flatnonzero(window.max(0)), np.flatnonzero(window.max(1))
    if not len(columns):
        return float(x0), float(crop.y0), float(x1), float(crop.y1)
    top = max(0, crop.y0)
    return (
        float(x0 + columns[0]), float(top + rows[0]),
        float(x0 + columns[-1] + 1), float(top + rows[-1] + 1),
    )  # fmt: skip
