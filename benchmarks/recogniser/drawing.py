"""Text drawn as ink: 0 is paper, 255 is ink."""

import random
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmarks.recogniser.faces import Face

Ink = NDArray[np.uint8]
_DOT_SIZES, _SIZES = (11, 12, 13, 14, 16, 18), (22, 26, 32, 40)  # pixels
_LONG = 30  # characters: drawn in the smaller sizes, they are scaled down anyway
_DOT = 4  # pixels a dot of a printer's needle takes


@dataclass(frozen=True, slots=True)
class Drawn:
    """Ink of one line, tight around it, and the font's size in its pixels."""

    ink: Ink
    size: int


def drawn(text: str, face: Face, chance: random.Random, *, dotted: bool) -> Drawn | None:
    """``text`` in ``face``, in a matrix of dots or smoothly; nothing where there is no ink."""
    sizes = _DOT_SIZES if dotted else _SIZES[:2] if len(text) > _LONG else _SIZES
    size = chance.choice(sizes)
    spacing = chance.uniform(0.02, 0.3) * size if chance.random() < 0.15 else 0.0
    blank = chance.uniform(1.5, 4) if chance.random() < 0.08 else 1.0
    ink = _set(text, _font(face.path, size), spacing, blank, smooth=not dotted)
    if dotted:
        ink, size = _dots(ink, chance), size * _DOT
    rows, columns = np.flatnonzero(ink.max(1)), np.flatnonzero(ink.max(0))
    if not len(rows):
        return None
    return Drawn(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], size)


@lru_cache(maxsize=800)
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


def _set(
    text: str, font: ImageFont.FreeTypeFont, spacing: float, blank: float, *, smooth: bool
) -> Ink:
    """``text`` with letters ``spacing`` pixels apart and blanks ``blank`` times as wide."""
    size = int(font.size)
    pieces = list(text) if spacing else text.replace(" ", " \0").split("\0")
    widths = [font.getlength(it) + spacing for it in pieces]
    widths = [
        width + (blank - 1) * size / 3 if piece.endswith(" ") else width
        for piece, width in zip(pieces, widths, strict=True)
    ]
    image = Image.new("L", (int(sum(widths)) + 2 * size, 2 * size), 0)
    draw = ImageDraw.Draw(image)
    if not smooth:
        draw.fontmode = "1"
    x = float(size)
    for piece, width in zip(pieces, widths, strict=True):
        draw.text((x, size * 0.35), piece, font=font, fill=255)
        x += width
    return np.asarray(image)


def _dots(ink: Ink, chance: random.Random) -> Ink:
    """Every pixel as a square, or as the round dot of a needle."""
    large = ink.repeat(_DOT, 0).repeat(_DOT, 1)
    if chance.random() < 0.4:
        return large
    rows, columns = np.mgrid[:_DOT, :_DOT] - (_DOT - 1) / 2
    dot = rows**2 + columns**2 < chance.choice([2.6, 3.6, 4.6])
    return np.asarray(large * np.tile(dot.astype(np.uint8), ink.shape), np.uint8)
