"""The parts of a picture that a text detector has to look at, of bounded height.

Not the ink finder: what counts is any contrast, so that light print on dark and print on
coloured or textured ground are looked at as well. Parts are cut where rows have none, or the
least. Each part is seen with its surroundings, and only its own rows are taken from it, so
that what is found does not depend on where the cuts are.
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from services.ocr.engines.base import Picture

STRIDE = 32  # pixels: the sides of a canvas are multiples of it
HIGHEST = 800  # pixels: what is seen at once, so that its memory is bounded

_CELL = 4  # pixels: contrast is looked for at this resolution
_GRID = 16  # pixels: the network halves what it sees four times; windows keep to its grid
_AROUND = 16  # pixels that are seen around a part, at least
_OWN = HIGHEST - 2 * (_AROUND + _GRID)  # pixels of a part's own rows, at most
_APART = 2 * _AROUND + _GRID  # pixels: to look at a lower gap costs less than two parts
_LATEST = 0.5  # of a part's rows come before a cut at the least contrast
_GREY = (12.0, 40.0)  # levels: contrast that counts, at the least and at the most
_GRAIN = 2.5  # times the paper's own contrast is print
_LONG, _THIN = 40, 6  # cells: vertical strokes so long and so thin are rules


@dataclass(frozen=True, slots=True)
class Part:
    """A window in pixels, ends exclusive, and which of its rows (``start``, ``end``) are its own.

    All are even; the window begins and ends at multiples of 16.
    """

    top: int
    bottom: int
    left: int
    right: int
    start: int
    end: int


def whole(picture: Picture) -> list[Part]:
    """All of ``picture`` as one part."""
    height, width = (-(-side // STRIDE) * STRIDE for side in picture.shape)
    return [Part(0, height, 0, width, 0, height)]


def inked_bands(picture: Picture) -> list[Part]:
    """The parts of ``picture`` with any contrast, from the top, at most ``HIGHEST`` high."""
    height, width = (_up(side) for side in picture.shape)
    inked = _inked(picture)
    parts = []
    for start, end in _runs(inked.sum(1)):
        columns = np.flatnonzero(inked[start // _CELL : -(-end // _CELL)].any(0)) * _CELL
        parts.append(
            Part(
                top=max(0, _down(start - _AROUND)),
                bottom=min(height, _up(end + _AROUND)),
                left=max(0, _down(int(columns[0]) - _AROUND)),
                right=min(width, _up(int(columns[-1]) + _CELL + _AROUND)),
                start=start,
                end=end,
            )
        )
    return parts


def _inked(picture: Picture) -> NDArray[np.bool_]:
    """Which cells have contrast within or beside them, rules aside."""
    smooth = cv2.blur(picture, (3, 3))  # a scanner's grain is no contrast
    kernel = np.ones((2 * _CELL + 1, 2 * _CELL + 1), np.uint8)
    contrast = cv2.morphologyEx(smooth, cv2.MORPH_GRADIENT, kernel)[::_CELL, ::_CELL]
    least, most = _GREY
    threshold = float(np.clip(_GRAIN * np.percentile(contrast, 25), least, most))
    inked = (contrast > threshold).astype(np.uint8)
    long = cv2.morphologyEx(inked, cv2.MORPH_OPEN, np.ones((_LONG, 1), np.uint8))
    thick = cv2.morphologyEx(long, cv2.MORPH_OPEN, np.ones((1, _THIN), np.uint8))
    return np.asarray((inked > 0) & ((long == 0) | (thick > 0)), np.bool_)


def _runs(profile: NDArray[np.int64]) -> list[tuple[int, int]]:
    """From where to where rows have contrast, in pixels; ``profile`` counts each row's cells."""
    edges = np.flatnonzero(np.diff(np.r_[0, (profile > 0).astype(np.int8), 0])).tolist()
    apart, most = _APART // _CELL, _OWN // _CELL
    runs: list[tuple[int, int]] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if runs and start - runs[-1][1] < apart and end - runs[-1][0] <= most:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.extend(pairwise(_cuts(profile, start, end, most)))
    return [(start * _CELL, end * _CELL) for start, end in runs]


def _cuts(profile: NDArray[np.int64], start: int, end: int, most: int) -> list[int]:
    """``start``, ``end`` and rows of little contrast between, none more than ``most`` apart."""
    cuts = [start]
    while end - cuts[-1] > most:
        first, last = cuts[-1] + int(_LATEST * most), cuts[-1] + most
        cuts.append(last - int(profile[first : last + 1][::-1].argmin()))
    return [*cuts, end]


def _down(pixels: int) -> int:
    return pixels // _GRID * _GRID


def _up(pixels: int) -> int:
    return -(-pixels // _GRID) * _GRID
