"""Boxes of runs of characters joined to lines as EasyOCR does it.

After ``utils.group_text_box`` of EasyOCR 1.7.2 (Apache-2.0) with its default thresholds:
level boxes are joined along rows, tilted ones stay as they are.
"""

from collections.abc import Callable
from statistics import fmean
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.ocr.engines.craft import Quad

Corners = NDArray[np.float32]  # 4 x 2

SHORTEST = 20
"""Pixels: boxes whose longer side is shorter are dropped."""

_SLOPE, _ROW, _HEIGHT, _WIDTH, _MARGIN = 0.1, 0.5, 0.5, 0.5, 0.1


class LevelBox(NamedTuple):
    """A box along the axes, in pixels."""

    x0: int
    x1: int
    y0: int
    y1: int

    @property
    def middle(self) -> float:
        """The y of its centre."""
        return 0.5 * (self.y0 + self.y1)

    @property
    def height(self) -> int:
        """How high it is."""
        return self.y1 - self.y0


def group(quads: list[Quad], shortest: int = SHORTEST) -> tuple[list[LevelBox], list[Corners]]:
    """Level lines, and the corners of tilted ones."""
    level = [_level(quad) for quad in quads if _slope(quad) < _SLOPE]
    tilted = [_widened(quad) for quad in quads if _slope(quad) >= _SLOPE]
    lines = [
        _merged(run)
        for row in _runs(sorted(level, key=lambda box: box.middle), _same_row)
        for run in _runs(sorted(row, key=lambda box: box.x0), _same_line)
    ]
    return (
        [line for line in lines if max(line.x1 - line.x0, line.height) > shortest],
        [quad for quad in tilted if np.ptp(quad, axis=0).max() > shortest],
    )


def _slope(quad: Quad) -> float:
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = quad.tolist()
    upper, lower = (y1 - y0) / max(10, x1 - x0), (y2 - y3) / max(10, x2 - x3)
    return float(max(abs(upper), abs(lower)))


def _level(quad: Quad) -> LevelBox:
    (x0, y0), (x1, y1) = quad.min(0).tolist(), quad.max(0).tolist()
    return LevelBox(x0, x1, y0, y1)


def _widened(quad: Quad) -> Corners:
    p0, p1, p2, p3 = quad.astype(np.float64)
    margin = int(1.44 * _MARGIN * min(np.linalg.norm(p1 - p0), np.linalg.norm(p3 - p0)))
    falling = abs(np.arctan((p0[1] - p2[1]) / max(10, p0[0] - p2[0])))
    rising = abs(np.arctan((p1[1] - p3[1]) / max(10, p1[0] - p3[0])))
    a = np.array([np.cos(falling), np.sin(falling)]) * margin
    b = np.array([np.cos(rising), np.sin(rising)]) * margin
    return np.stack([p0 - a, p1 + b * (1, -1), p2 + a, p3 + b * (-1, 1)]).astype(np.float32)


def _runs(
    boxes: list[LevelBox], belongs: Callable[[list[LevelBox], LevelBox], bool]
) -> list[list[LevelBox]]:
    runs: list[list[LevelBox]] = []
    for box in boxes:
        if runs and belongs(runs[-1], box):
            runs[-1].append(box)
        else:
            runs.append([box])
    return runs


def _same_row(row: list[LevelBox], box: LevelBox) -> bool:
    height = fmean(member.height for member in row)
    return abs(fmean(member.middle for member in row) - box.middle) < _ROW * height


def _same_line(line: list[LevelBox], box: LevelBox) -> bool:
    height = fmean(member.height for member in line)
    alike = abs(height - box.height) < _HEIGHT * height
    return alike and box.x0 - line[-1].x1 < _WIDTH * box.height


def _merged(line: list[LevelBox]) -> LevelBox:
    x0, x1 = min(box.x0 for box in line), max(box.x1 for box in line)
    y0, y1 = min(box.y0 for box in line), max(box.y1 for box in line)
    margin = int(_MARGIN * min(x1 - x0, y1 - y0))
    return LevelBox(x0 - margin, x1 + margin, y0 - margin, y1 + margin)
