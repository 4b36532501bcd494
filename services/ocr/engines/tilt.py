"""By how much a page's lines are tilted, and the page levelled.

The angle is the one at which the rows' ink differs most from row to row (projection profile:
Postl, 1986). Upright strips of the picture are moved up and down: at such angles that is as
good as a turn, and much cheaper. In the end they are moved by cubic interpolation: linear
interpolation blurs a strip moved by half a row and not one that stays, and so draws tilts of a
few tenths of a degree towards 0, by as much as they are.
"""

import math
from collections.abc import Callable, Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from services.ocr.engines.ink import Grey, Mask

WORTH_LEVELLING = 0.25
"""Degrees: at a smaller tilt lines read as well as they are, and a turn blurs them."""

_SIDE, _COARSE_SIDE = 800, 400  # pixels
_STRIP = 8  # pixels side by side that are taken as one
_MOST, _COARSE, _FINE = 5.0, 0.5, 0.1  # degrees: of all angles tried, and of steps
_CLIMBED = 6  # fine steps at most to where it is sharpest
_Strips = NDArray[np.float32]  # strip by strip, its rows
_Sharpness = Callable[[float], float]


def tilt(mask: Mask) -> float:
    """The angle in degrees, -5..5, by which to turn counter-clockwise to level the lines.

    It is 0 where there is no ink. On 60 receipts and 20 forms turned by known angles it was
    0.1 degrees off at most in nine of ten cases.
    """
    strips, apart = _strips(mask)
    rows = max(1, strips.shape[1] * _COARSE_SIDE // _SIDE)
    coarse = cv2.resize(strips, (rows, len(strips)), interpolation=cv2.INTER_AREA)
    narrow = apart * rows / strips.shape[1]
    roughly = _sharpest(
        _around(0.0, _MOST, _COARSE), _sharpness(np.asarray(coarse), narrow, cv2.INTER_LINEAR)
    )
    nearly = _sharpest(
        _around(roughly, _COARSE, _FINE), _sharpness(strips, apart, cv2.INTER_LINEAR)
    )
    return round(_summit(nearly, _sharpness(strips, apart, cv2.INTER_CUBIC)), 2) + 0.0


def levelled(grey: Grey, angle: float) -> Grey:
    """``grey`` turned counter-clockwise about its centre by ``angle`` degrees."""
    height, width = grey.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    turned = cv2.warpAffine(
        grey, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(turned, np.uint8)


def _strips(mask: Mask) -> tuple[_Strips, float]:
    """The ink in strips, and how far they are apart, in rows."""
    height, width = mask.shape
    scale = min(1.0, _SIDE / max(height, width))
    wide = max(1, min(width, round(_STRIP / scale)))
    count, rows = width // wide, max(1, round(height * scale))
    ink = cv2.convertScaleAbs(mask[:, : count * wide], alpha=255)
    # First by whole pixels side by side, which is fast, then up and down.
    narrow = cv2.resize(ink, (count, height), interpolation=cv2.INTER_AREA)
    small = cv2.resize(narrow, (count, rows), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(small.T, np.float32), wide * rows / height


def _sharpness(strips: _Strips, apart: float, interpolation: int) -> _Sharpness:
    """How much the rows differ from one to the next, at an angle."""
    count, rows = strips.shape

    def at(angle: float) -> float:
        rise = apart * math.tan(math.radians(angle))
        shear = np.array([[1, -rise, rise * (count - 1) / 2], [0, 1, 0]], np.float64)
        moved = cv2.warpAffine(strips, shear, (rows, count), flags=interpolation)
        steps = np.diff(cv2.reduce(moved, 0, cv2.REDUCE_SUM)[0])
        return float(steps @ steps)

    return at


def _around(middle: float, reach: float, step: float) -> Iterable[float]:
    """Angles up to ``reach`` from ``middle``, the nearest first: they win where all are alike."""
    steps = round(reach / step)
    return (middle + step * it for it in sorted(range(-steps, steps + 1), key=abs))


def _sharpest(angles: Iterable[float], sharpness: _Sharpness) -> float:
    return max(angles, key=sharpness)


def _summit(start: float, sharpness: _Sharpness) -> float:
    """Where it is sharpest, uphill from ``start``: the top of a parabola through three angles."""
    known: dict[int, float] = {}

    def height(step: int) -> float:
        if step not in known:
            known[step] = sharpness(start + step * _FINE)
        return known[step]

    top = 0
    while abs(top) < _CLIMBED:
        higher = max((top, top - 1, top + 1), key=height)
        if higher == top:
            break
        top = higher
    low, middle, high = height(top - 1), height(top), height(top + 1)
    bend = low - 2 * middle + high
    beside = (low - high) / (2 * bend) if bend < 0 else 0.0
    return start + _FINE * (top + min(0.5, max(-0.5, beside)))
