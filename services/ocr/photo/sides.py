"""The four straight sides of a sheet of paper near a rectangle, by the edges along them."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from services.ocr.geometry import Points
from services.ocr.photo.scene import Grey, Rectangle

# Of a side against that of the rectangle: first roughly, then around the best.
_SLOPES, _FINELY = (-0.14, -0.105, -0.07, -0.035, 0.0, 0.035, 0.07, 0.105, 0.14), 0.0125
_EDGE = 5.0  # grey levels a pixel: more is no more of an edge
_WHOLE = 255  # how an edge is marked
_FARTHER = 0.5  # is taken from the worth of the farthest line
_CLEAR = 0.5  # of a side is an edge: of all but one
_CUT = 3.0  # pixels from where the picture ends: there the sheet goes on, unseen
_BESIDE = slice(2, 5)  # pixels from an edge, what is compared


class Sides(NamedTuple):
    """A sheet's corners, and what its sides are like: left, top, right, bottom.

    ``support`` is how much of a side is an edge, 0..1, ``rise`` how much brighter it is
    inside, in grey levels; both are nothing where the picture's end cuts the sheet off.
    """

    corners: Points  # top left, top right, bottom right, bottom left
    support: tuple[float | None, ...]
    rise: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """``at + slope * along``."""

    at: float
    slope: float
    support: float | None = None
    rise: float | None = None


def fit_sides(paper: Grey, rectangle: Rectangle, inward: float, outward: float) -> Sides | None:
    """The best sides near those of ``rectangle``, if all but one are edges.

    They are looked for from ``inward`` to ``outward``, shares of its shorter side. One at most
    may be cut off by the picture's end.
    """
    cut = _cut(paper, rectangle)
    if sum(cut) > 1:
        return None
    (x, y), (width, height), angle = rectangle
    margin = math.ceil(outward * min(width, height)) + 3
    wide, high = math.ceil(width) + 2 * margin, math.ceil(height) + 2 * margin
    turn = cv2.getRotationMatrix2D((x, y), angle, 1.0)
    turn[:, 2] += np.array([wide / 2 - x, high / 2 - y])
    border = cv2.BORDER_REPLICATE
    crop = np.asarray(cv2.warpAffine(paper, turn, (wide, high), borderMode=border), np.uint8)
    span = margin + math.ceil(inward * min(width, height))
    lines = _lines(crop, cut, margin, span)
    if lines is None:
        return None
    left, top, right, bottom = (_from_start(line, margin) for line in lines)
    right, bottom = _mirrored(right, wide), _mirrored(bottom, high)
    crossings = [
        _crossing(left, top), _crossing(right, top), _crossing(right, bottom),
        _crossing(left, bottom),
    ]  # fmt: skip
    back = cv2.invertAffineTransform(turn)
    corners = np.asarray(np.array(crossings) @ back[:, :2].T + back[:, 2], np.float64)
    return Sides(corners, tuple(it.support for it in lines), tuple(it.rise for it in lines))


def _lines(crop: Grey, cut: list[bool], margin: int, span: int) -> list[_Line] | None:
    """The lines along the sides, seen from outside, unless more than one is hardly an edge."""
    strips = [
        np.ascontiguousarray(view[margin:-margin, : span + _BESIDE.stop])
        for view in (crop, crop.T, crop[:, ::-1], crop.T[:, ::-1])
    ]
    edges = [_edges(strip)[:, :span] for strip in strips]
    # No line has more of an edge than there is in all rows; most rectangles end here.
    most = [float(it.max(1).mean()) / _WHOLE for it in edges]
    if sum(is_cut or it < _CLEAR for it, is_cut in zip(most, cut, strict=True)) > 1:
        return None
    lines: list[_Line] = []
    for strip, own, is_cut in zip(strips, edges, cut, strict=True):
        lines.append(_Line(margin, 0.0) if is_cut else _line(strip, own, margin))
        if sum((line.support or 0.0) < _CLEAR for line in lines) > 1:
            return None
    return lines


def _cut(paper: Grey, rectangle: Rectangle) -> list[bool]:
    """Which sides lie where the picture ends: left, top, right, bottom."""
    (x, y), (width, height), angle = rectangle
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    high, wide = paper.shape
    ends = []
    for along, down in ((-1, 0), (0, -1), (1, 0), (0, 1)):
        right, below = along * width / 2, down * height / 2
        at_x, at_y = x + right * cosine - below * sine, y + right * sine + below * cosine
        ends.append(min(at_x, at_y, wide - at_x, high - at_y) < _CUT)
    return ends


def _edges(strip: Grey) -> Grey:
    """How much there is of an edge at each place, from 0 to all of one."""
    steps = cv2.Sobel(strip, cv2.CV_16S, 1, 0, ksize=3)
    return np.asarray(cv2.convertScaleAbs(steps, alpha=_WHOLE / (4 * _EDGE)), np.uint8)


def _line(strip: Grey, edges: Grey, near: int) -> _Line:
    """The line down ``strip`` that has most of an edge.

    One further from column ``near`` must have more of it.
    """
    rows, span = edges.shape
    aside = _FARTHER * np.abs(np.arange(span) - near) / max(near, 1)
    best = max(_best_column(edges, slope, aside) for slope in _SLOPES)
    around = (best[3] - _FINELY, best[3] + _FINELY)
    _, support, at, slope = max(best, *(_best_column(edges, slope, aside) for slope in around))
    columns = _sheared(strip, slope).mean(0)
    after = columns[at + _BESIDE.start : at + _BESIDE.stop].mean()
    before = columns[max(0, at - _BESIDE.stop + 1) : max(1, at - _BESIDE.start + 1)].mean()
    return _Line(at - slope * rows / 2, slope, support, float(after - before))


def _best_column(
    edges: Grey, slope: float, aside: NDArray[np.float64]
) -> tuple[float, float, int, float]:
    """Its worth, its share of an edge, where it is, and ``slope``."""
    shares = cv2.reduce(_sheared(edges, slope), 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[0] / _WHOLE
    worth = shares - aside
    at = int(worth.argmax())
    return float(worth[at]), float(shares[at]), at, slope


def _sheared(values: Grey, slope: float) -> Grey:
    """``values`` with the lines of ``slope`` through the middle row made columns."""
    rows, columns = values.shape
    shear = np.array([[1, slope, -slope * rows / 2], [0, 1, 0]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(values, shear, (columns, rows), flags=flags), np.uint8)


def _from_start(line: _Line, margin: int) -> _Line:
    """``line`` where what goes along it begins ``margin`` earlier."""
    return _Line(line.at - line.slope * margin, line.slope, line.support, line.rise)


def _mirrored(line: _Line, size: int) -> _Line:
    return _Line(size - 1 - line.at, -line.slope, line.support, line.rise)


def _crossing(vertical: _Line, level: _Line) -> tuple[float, float]:
    """Where x = a + b y and y = c + d x meet."""
    x = (vertical.at + vertical.slope * level.at) / (1 - vertical.slope * level.slope)
    return x, level.at + level.slope * x
