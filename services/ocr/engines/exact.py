"""EasyOCR's own two networks in 32-bit floats: what the package reads, box for box.

Given the same grey picture. Needs seconds of CPU and up to 4 GB of memory for a page.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from services.ocr.engines.base import Picture
from services.ocr.engines.craft import TextDetector
from services.ocr.engines.grouping import Corners, LevelBox, group
from services.ocr.engines.ink import InkLine, ink_mask
from services.ocr.engines.line_ink import LineInk
from services.ocr.engines.recogniser import LineReading, Recogniser
from services.ocr.engines.words import split, words_of
from services.ocr.layout import Token

_GLYPH_SHARE = 0.7  # of a line box's height is glyph, about


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line as the package returns it: four corners, and what was read."""

    corners: Corners
    reading: LineReading
    level: LevelBox | None


class ExactEngine:
    """Reads like ``easyocr.Reader(["en"], quantize=False).readtext``."""

    name = "exact"
    levels = False
    fallback = None

    def __init__(self, detector: Path, recogniser: Path) -> None:
        self._detector = TextDetector(detector)
        self._recogniser = Recogniser(recogniser)
        self.letters = self._recogniser.letters

    def recognise(self, picture: Picture) -> list[Token]:
        """The words of ``picture`` (grey), boxes in its pixels."""
        mask = ink_mask(picture)
        tokens: list[Token] = []
        for line in self.read_lines(picture):
            if line.level is None:
                tokens.extend(_along(line))
                continue
            crop = _inside(line.level, picture)
            ink = LineInk(mask, crop, _GLYPH_SHARE * crop.height)
            tokens.extend(words_of(line.reading.glyphs, ink, noise=frozenset()))
        return tokens

    def sample(self, picture: Picture) -> list[Token]:
        """All words: finding the lines is what takes long."""
        return self.recognise(picture)

    def read_lines(self, picture: Picture) -> list[ReadLine]:
        """The lines of ``picture`` in the package's order: level ones, then tilted ones."""
        level, tilted = group(self._detector.detect(picture))
        level = [box for box in level if _inside(box, picture).width > 0]
        crops = [_inside(box, picture) for box in level]
        pieces = [picture[crop.y0 : crop.y1, crop.x0 : crop.x1] for crop in crops]
        straightened = [(corners, _straightened(picture, corners)) for corners in tilted]
        straightened = [(corners, piece) for corners, piece in straightened if piece.size]
        readings = self._recogniser.read([*pieces, *(piece for _, piece in straightened)])
        lines = [
            ReadLine(_corners(box), reading, box)
            for box, reading in zip(level, readings, strict=False)
        ]
        rest = zip(straightened, readings[len(level) :], strict=True)
        return lines + [ReadLine(corners, reading, None) for (corners, _), reading in rest]


def _inside(box: LevelBox, picture: Picture) -> InkLine:
    height, width = picture.shape
    return InkLine(max(0, box.x0), max(0, box.y0), min(width, box.x1), min(height, box.y1))


def _corners(box: LevelBox) -> Corners:
    return np.array(
        [[box.x0, box.y0], [box.x1, box.y0], [box.x1, box.y1], [box.x0, box.y1]], np.float32
    )


def _straightened(picture: Picture, corners: Corners) -> Picture:
    """The part of ``picture`` within ``corners``, level (EasyOCR's four_point_transform)."""
    p0, p1, p2, p3 = corners
    width = max(int(np.linalg.norm(p2 - p3)), int(np.linalg.norm(p1 - p0)))
    height = max(int(np.linalg.norm(p1 - p2)), int(np.linalg.norm(p0 - p3)))
    if not width or not height:
        return np.empty((0, 0), np.uint8)
    target = np.array(
        [[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float32
    )
    turn = cv2.getPerspectiveTransform(corners, target)
    return np.asarray(cv2.warpPerspective(picture, turn, (width, height)), np.uint8)


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
