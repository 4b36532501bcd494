"""EasyOCR's own two networks in 32-bit floats: what the package reads, box for box.

Given the same grey picture. Needs seconds of CPU and up to 4 GB of memory for a page.
"""

from pathlib import Path

import cv2
import numpy as np

from services.ocr.engines.base import Picture
from services.ocr.engines.craft import Quad, TextDetector
from services.ocr.engines.grouping import SHORTEST, Corners, LevelBox, group
from services.ocr.engines.ink import ink_mask
from services.ocr.engines.reading_lines import ReadLine, inside, words_in
from services.ocr.engines.recogniser import Recogniser
from services.ocr.layout import Token


class ExactEngine:
    """Reads like ``easyocr.Reader(["en"], quantize=False).readtext``.

    Or like one for other languages, given that recogniser and the ``letters`` it may write.
    """

    name = "exact"
    levels = False
    fallback = None

    def __init__(
        self, detector: TextDetector, recogniser: Path, letters: frozenset[str] | None = None
    ) -> None:
        self._detector = detector
        self._recogniser = Recogniser(recogniser, letters)
        self.letters = self._recogniser.letters

    def recognise(self, picture: Picture) -> list[Token]:
        """The words of ``picture`` (grey), boxes in its pixels."""
        return words_in(self.read_lines(picture), ink_mask(picture))

    def sample(self, picture: Picture) -> list[Token]:
        """All words: finding the lines is what takes long."""
        return self.recognise(picture)

    def read_lines(self, picture: Picture) -> list[ReadLine]:
        """The lines of ``picture`` in the package's order: level ones, then tilted ones."""
        return lines_of(self._detector.detect(picture), picture, self._recogniser)


def lines_of(
    quads: list[Quad], picture: Picture, recogniser: Recogniser, shortest: int = SHORTEST
) -> list[ReadLine]:
    """The lines that ``quads`` make up in ``picture``, read: level ones, then tilted ones.

    Those shorter than ``shortest`` pixels are left out.
    """
    level, tilted = group(quads, shortest)
    level = [box for box in level if inside(box, picture.shape).width > 0]
    crops = [inside(box, picture.shape) for box in level]
    pieces = [picture[crop.y0 : crop.y1, crop.x0 : crop.x1] for crop in crops]
    straightened = [(corners, _straightened(picture, corners)) for corners in tilted]
    straightened = [(corners, piece) for corners, piece in straightened if piece.size]
    readings = recogniser.read([*pieces, *(piece for _, piece in straightened)])
    lines = [
        ReadLine(_corners(box), reading, box) for box, reading in zip(level, readings, strict=False)
    ]
    rest = zip(straightened, readings[len(level) :], strict=True)
    return lines + [ReadLine(corners, reading, None) for (corners, _), reading in rest]


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
