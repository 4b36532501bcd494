"""A recognised line cut into words with boxes."""

import math
from itertools import pairwise

import numpy as np

from services.ocr.engines.line_ink import LineInk
from services.ocr.engines.recogniser import Glyph
from services.ocr.layout import Token

NOISE = frozenset("_~^`{}|\\")  # hardly ever printed, often read into rules and specks


def words_of(glyphs: list[Glyph], ink: LineInk, *, noise: frozenset[str] = NOISE) -> list[Token]:
    """The words of ``glyphs`` in the page's pixels; boxes lie tight around the ink.

    CTC tells where each character was seen, though not its edges: words part in the widest
    gap of the ink around the blank between them. Characters of ``noise`` are left out.
    """
    words = [word for word in split(glyphs) if any(g.text not in noise for g in word)]
    if not words:
        return []
    borders = [0, *(_border(before, after, ink) for before, after in pairwise(words)), ink.width]
    tokens = []
    for word, (left, right) in zip(words, pairwise(borders), strict=True):
        text = "".join(glyph.text for glyph in word if glyph.text not in noise)
        chance = math.prod(glyph.chance for glyph in word)
        tokens.append(Token(text, *_box(ink, left, max(right, left + 1)), chance))
    return tokens


def split(glyphs: list[Glyph]) -> list[list[Glyph]]:
    """The words of ``glyphs``, without the blanks between them."""
    words: list[list[Glyph]] = [[]]
    for glyph in glyphs:
        if glyph.text == " ":
            words.append([])
        else:
            words[-1].append(glyph)
    return [word for word in words if word]


def _border(before: list[Glyph], after: list[Glyph], ink: LineInk) -> int:
    return ink.gap(ink.place(before[-1]), ink.place(after[0]) + 1)[0]


def _box(ink: LineInk, left: int, right: int) -> tuple[float, float, float, float]:
    window = ink.window[:, left:right]
    columns, rows = np.flatnonzero(window.max(0)), np.flatnonzero(window.max(1))
    x, y = ink.crop.x0 + left, ink.crop.y0
    if not len(columns):
        return float(x), float(y), float(ink.crop.x0 + right), float(ink.crop.y1)
    return (
        float(x + columns[0]), float(y + rows[0]),
        float(x + columns[-1] + 1), float(y + rows[-1] + 1),
    )  # fmt: skip
