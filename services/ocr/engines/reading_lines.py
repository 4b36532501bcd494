"""Lines as EasyOCR returns them, level or tilted, cut into words."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from services.ocr.engines.grouping import Corners, LevelBox
from services.ocr.engines.ink import Mask
from services.ocr.engines.ink_line import InkLine
from services.ocr.engines.line_ink import LineInk
from services.ocr.engines.recogniser import LineReading
from services.ocr.engines.words import split, words_of
from services.ocr.layout import Token

_GLYPH_SHARE = 0.7  # of a line box's height is glyph, about


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line as the package returns it: four corners, and what was read."""

    corners: Corners
    reading: LineReading
    level: LevelBox | None


def words_in(lines: Iterable[ReadLine], mask: Mask) -> list[Token]:
    """The words of ``lines`` of a picture with its ink where ``mask`` has it, boxes in pixels."""
    tokens: list[Token] = []
    for line in lines:
        if line.level is None:
            tokens.extend(_along(line))
            continue
        crop = inside(line.level, mask.shape)
        ink = LineInk(mask, crop, _GLYPH_SHARE * crop.height)
        tokens.extend(words_of(line.reading.glyphs, ink, noise=frozenset()))
    return tokens


def inside(box: LevelBox, shape: tuple[int, ...]) -> InkLine:
    """The part of ``box`` that lies in a picture of that ``shape``; it may be empty."""
    height, width = shape
    return InkLine(max(0, box.x0), max(0, box.y0), min(width, box.x1), min(height, box.y1))


def _along(line: ReadLine) -> list[Token]:
    """The words of a tilted line, by where along it their characters were seen."""
    tokens = []
    p0, p1, p2, p3 = line.corners
    for word in split(line.reading.glyphs):
        start, end = word[0].start, word[-1].end
        quad = np.stack([
            p0 + (p1 - p0) * start, p0 + (p1 - p0) * end,
            p3 + (p2 - p3) * start, p3 + (p2 - p3) * end,
        ])  # fmt: skip
        (x0, y0), (x1, y1) = quad.min(0).tolist(), quad.max(0).tolist()
        text = "".join(glyph.text for glyph in word)
        chance = float(np.prod([glyph.chance for glyph in word]))
        tokens.append(Token(text, x0, y0, x1, y1, chance))
    return tokens
