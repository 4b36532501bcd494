"""The parts of a picture that a text detector has to look at: windows around its print.

Not the ink finder: what counts is any contrast, so that light print on dark and print on
coloured or textured ground are looked at as well. The picture is cut along its widest blank
rows and columns, and so is each half (recursive X-Y cut: Nagy and Seth, 1984), wherever that
leaves less to look at. Each part is seen with its surroundings, and only its own print is taken
from it, so that what is found does not depend on where the cuts are.
"""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from services.ocr.engines.base import Picture

STRIDE = 32  # pixels: the sides of a canvas are multiples of it
HIGHEST = 800  # pixels: what is seen at once, so that its memory is bounded

_CELL = 4  # pixels: contrast is looked for at this resolution
_GRID = 8  # pixels: windows are multiples of it
_AROUND = 8  # pixels that are seen around a part, at least
_SPILL = 2  # cells around print that belong to it
_GAP = 2 * _SPILL  # cells: blank runs so long may be cut
_OWN = (HIGHEST - 2 * _AROUND) // _GRID * _GRID // _CELL  # cells of a part's height, at most
_LATEST = 0.5  # of a part's height come before a cut at the least contrast
_SPECK = 3  # cells: a dot of a few pixels makes as many
_GREY = (12.0, 40.0)  # levels: contrast that counts, at the least and at the most
_GRAIN = 2.5  # times the paper's own contrast is print
_LONG, _THIN = 40, 6  # cells: strokes so long and so thin are rules

_Cells = NDArray[np.bool_]


class Box(NamedTuple):
    """A rectangle, ends exclusive."""

    y0: int
    y1: int
    x0: int
    x1: int

    @property
    def height(self) -> int:
        """How high it is."""
        return self.y1 - self.y0

    @property
    def width(self) -> int:
        """How wide it is."""
        return self.x1 - self.x0


class Part(NamedTuple):
    """A window in pixels, and what of it is its own; their edges are even."""

    window: Box
    own: Box


def whole(picture: Picture) -> list[Part]:
    """All of ``picture`` as one part."""
    height, width = (-(-side // STRIDE) * STRIDE for side in picture.shape)
    everything = Box(0, height, 0, width)
    return [Part(everything, everything)]


def inked_blocks(picture: Picture) -> list[Part]:
    """The parts of ``picture`` with any contrast, none higher than ``HIGHEST``."""
    inked = _inked(picture)
    height, width = inked.shape
    limits = _up(picture.shape[0]), _up(picture.shape[1])
    return [
        _part(piece, limits)
        for block in _cut(inked, Box(0, height, 0, width))
        for piece in _bounded(inked, block)
    ]


def _part(cells: Box, limits: tuple[int, int]) -> Part:
    y0, y1 = _seen(cells.y0, cells.y1, limits[0])
    x0, x1 = _seen(cells.x0, cells.x1, limits[1])
    spilt = (cells.y0 - _SPILL, cells.y1 + _SPILL, cells.x0 - _SPILL, cells.x1 + _SPILL)
    top, bottom, left, right = (_CELL * edge for edge in spilt)
    own = Box(max(y0, top), min(y1, bottom), max(x0, left), min(x1, right))
    return Part(Box(y0, y1, x0, x1), own)


def _seen(start: int, end: int, limit: int) -> tuple[int, int]:
    """From where to where a window on the cells from ``start`` to ``end`` goes."""
    length = min(limit, _side(end - start))
    first = _CELL * (start + end) // 2 - length // 2
    first = max(0, min(first, limit - length))
    return first // 2 * 2, first // 2 * 2 + length


def _side(cells: int) -> int:
    """A window's side, in pixels."""
    return _up(_CELL * cells + 2 * _AROUND)


def _cut(inked: _Cells, area: Box) -> list[Box]:
    """What is inked in ``area``, in as many pieces as leave the least to look at, from the top."""
    view = inked[area.y0 : area.y1, area.x0 : area.x1]
    rows = area.y0 + np.flatnonzero(view.any(1))
    columns = area.x0 + np.flatnonzero(view.any(0))
    if not len(rows):
        return []
    block = Box(int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1)
    if max(block.height, block.width) <= _SPECK:
        return []
    (row, high), (column, wide) = _widest_gap(rows), _widest_gap(columns)
    if max(high, wide) < _GAP:
        return [block]
    if wide < _GAP or (high >= _GAP and high * block.width >= wide * block.height):
        halves = block._replace(y1=row), block._replace(y0=row)
    else:
        halves = block._replace(x1=column), block._replace(x0=column)
    pieces = [piece for half in halves for piece in _cut(inked, half)]
    return pieces if sum(map(_cost, pieces)) < _cost(block) else [block]


def _cost(block: Box) -> int:
    return _side(block.height) * _side(block.width)


def _widest_gap(filled: NDArray[np.int64]) -> tuple[int, int]:
    """Where the widest gap between ``filled`` places ends, and how wide it is."""
    gaps = np.diff(filled) - 1
    if not len(gaps):
        return 0, 0
    widest = int(gaps.argmax())
    return int(filled[widest + 1]), int(gaps[widest])


def _bounded(inked: _Cells, block: Box) -> Iterator[Box]:
    """``block``, cut where rows have the least contrast if it is too high."""
    profile = inked[:, block.x0 : block.x1].sum(1)
    start = block.y0
    while block.y1 - start > _OWN:
        first, last = start + int(_LATEST * _OWN), start + _OWN
        end = last - int(profile[first : last + 1][::-1].argmin())
        yield block._replace(y0=start, y1=end)
        start = end
    yield block._replace(y0=start)


def _inked(picture: Picture) -> _Cells:
    """Which cells have contrast within or beside them, rules aside."""
    smooth = cv2.blur(picture, (3, 3))  # a scanner's grain is no contrast
    kernel = np.ones((2 * _CELL + 1, 2 * _CELL + 1), np.uint8)
    contrast = cv2.morphologyEx(smooth, cv2.MORPH_GRADIENT, kernel)[::_CELL, ::_CELL]
    least, most = _GREY
    threshold = float(np.clip(_GRAIN * np.percentile(contrast, 25), least, most))
    inked = (contrast > threshold).astype(np.uint8)
    return np.asarray((inked > 0) & ~_rules(inked) & ~_rules(inked.T).T, np.bool_)


def _rules(inked: NDArray[np.uint8]) -> _Cells:
    """The cells of upright rules."""
    long = cv2.morphologyEx(inked, cv2.MORPH_OPEN, np.ones((_LONG, 1), np.uint8))
    thick = cv2.morphologyEx(long, cv2.MORPH_OPEN, np.ones((1, _THIN), np.uint8))
    return np.asarray((long > 0) & (thick == 0), np.bool_)


def _up(pixels: int) -> int:
    return -(-pixels // _GRID) * _GRID
