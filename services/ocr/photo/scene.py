"""A photo made small, and where sheets of paper may lie on it."""

import math
from dataclasses import dataclass
from typing import NamedTuple, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from services.ocr.geometry import Points

Grey = NDArray[np.uint8]

_SIDE = 480  # pixels: sheets are looked for on a picture of this size
_INK = 0.02  # of its longer side: what is thinner, and darker than around, is ink
_INK_DEPTH = 14  # grey levels
# Of its longer side, across and down: ink that is nearer belongs to one text.
_GAPS = ((0.01, 0.03), (0.03, 0.01), (0.014, 0.014), (0.027, 0.027), (0.045, 0.045))
_BLOCK_GAP, _BLOCK_MARGIN = 0.045, 0.015  # of its longer side
_LEVELS = 8  # of brightness at which the picture is cut into pieces
_CLEAN = (5, 13)  # pixels: what hangs together by less is parted
_LEAST, _MOST = 0.012, 0.92  # of the picture may a sheet cover
_FILLS, _TEXT_FILLS = 0.55, 0.4  # of its rectangle must a piece fill
_ALIKE = 8.0  # pixels: rectangles whose corners are nearer are one
_FEWEST_EDGES = 500  # pixels: with fewer there is no sheet
_EDGE = 5  # grey levels between neighbours


class Rectangle(NamedTuple):
    """As OpenCV has it: a centre, sizes, and degrees clockwise, here -45..45."""

    centre: tuple[float, float]
    size: tuple[float, float]
    angle: float

    def corners(self, margin: float = 0.0) -> Points:
        """Its own top left, top right, bottom right and bottom left, all further out."""
        x, y = self.size[0] / 2 + margin, self.size[1] / 2 + margin
        turn = math.radians(self.angle)
        turned = [[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]]
        return np.array([(-x, -y), (x, -y), (x, y), (-x, y)]) @ turned + self.centre


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture made smaller by ``scale``; ``paper`` without its ink, ``ink`` 1 where that is.

    ``depth`` is how many grey levels darker than paper.
    """

    paper: Grey
    depth: Grey
    ink: Grey
    scale: float

    @classmethod
    def of(cls, pixels: Grey) -> Self:
        """``pixels`` made small; every few of them first, which is cheap and loses little."""
        step = max(1, max(pixels.shape) // (2 * _SIDE))
        small = np.ascontiguousarray(pixels[::step, ::step])
        if max(small.shape) > _SIDE:
            size = [max(1, round(side * _SIDE / max(small.shape))) for side in small.shape[::-1]]
            small = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_AREA), np.uint8)
        reach = int(_INK * max(small.shape)) | 1
        paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
        depth = np.asarray(cv2.subtract(paper, small), np.uint8)
        clean = np.asarray(cv2.medianBlur(paper, 5), np.uint8)
        ink = (depth > _INK_DEPTH).astype(np.uint8)
        return cls(clean, depth, ink, max(small.shape) / max(pixels.shape))

    @property
    def is_even(self) -> bool:
        """Whether hardly anything but ink stands out, as on most scans."""
        steps = cv2.morphologyEx(self.paper, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8))
        return int(np.count_nonzero(steps >= _EDGE)) < _FEWEST_EDGES

    def bright(self) -> list[Rectangle]:
        """Around the bright pieces at any level."""
        low, high = np.percentile(self.paper, [2, 98])
        found: list[Rectangle] = []
        for level in np.linspace(low, high, _LEVELS + 2)[1:-1]:
            bright = (self.paper > level).astype(np.uint8)
            for reach in _CLEAN:
                opened = cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((reach, reach), np.uint8))
                found += self._pieces(np.asarray(opened, np.uint8), _FILLS)
        return _different(found)

    def texts(self) -> list[Rectangle]:
        """Around ink that is apart from other ink."""
        found: list[Rectangle] = []
        longer = max(self.ink.shape)
        for across, down in _GAPS:
            reach = np.ones((int(down * longer) | 1, int(across * longer) | 1), np.uint8)
            near = cv2.morphologyEx(self.ink, cv2.MORPH_CLOSE, reach)
            near = cv2.morphologyEx(near, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
            found += self._pieces(np.asarray(near, np.uint8), _TEXT_FILLS)
        return _different(found)

    def blocks(self) -> list[Points]:
        """The corners of blocks of ink, the largest first."""
        longer = max(self.ink.shape)
        reach = np.ones((int(_BLOCK_GAP * longer) | 1,) * 2, np.uint8)
        near = cv2.morphologyEx(self.ink, cv2.MORPH_CLOSE, reach)
        found = sorted(
            self._pieces(np.asarray(near, np.uint8), _TEXT_FILLS),
            key=lambda it: -it.size[0] * it.size[1],
        )
        return [it.corners(_BLOCK_MARGIN * longer) for it in found]

    def _pieces(self, mask: Grey, fills: float) -> list[Rectangle]:
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        found: list[Rectangle] = []
        for contour in contours:
            area = cv2.contourArea(contour)
            if not _LEAST * mask.size < area < _MOST * mask.size:
                continue
            rectangle = _rectangle(np.asarray(contour, np.int32))
            if area > fills * rectangle.size[0] * rectangle.size[1]:
                found.append(rectangle)
        return found


def _rectangle(contour: NDArray[np.int32]) -> Rectangle:
    centre, (width, height), angle = cv2.minAreaRect(contour)
    if abs(angle) > 45:  # noqa: PLR2004 (degrees: half a right angle)
        width, height = height, width
        angle -= math.copysign(90, angle)
    return Rectangle((centre[0], centre[1]), (width, height), angle)


def _different(rectangles: list[Rectangle]) -> list[Rectangle]:
    kept: list[Rectangle] = []
    corners: list[NDArray[np.float32]] = []
    for rectangle in rectangles:
        own = np.asarray(cv2.boxPoints(rectangle), np.float32)
        own = own[np.lexsort((own[:, 0], own[:, 1]))]
        if all(np.abs(own - other).max() > _ALIKE for other in corners):
            kept.append(rectangle)
            corners.append(own)
    return kept
