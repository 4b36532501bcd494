"""The ink of one line, for looking closer at what the recogniser read there."""

from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np

from services.ocr.engines.ink import Mask
from services.ocr.engines.ink_line import InkLine
from services.ocr.engines.recogniser import Glyph

_TALL = 0.6  # of the glyph height: letters and digits
_SMALL = 0.6  # of the glyph height: marks
_NEIGHBOURS = 4  # tall pieces that give the base line


class Piece(NamedTuple):
    """A connected piece of ink in pixels of the line's picture, bottom exclusive."""

    x: float
    y: float
    width: int
    height: int
    bottom: int


class LineInk:
    """The ink in ``crop``, a part of the page's ``mask``; ``size`` is the glyph height."""

    def __init__(self, mask: Mask, crop: InkLine, size: float) -> None:
        self.crop = crop
        self.size = size
        self.window = mask[crop.y0 : crop.y1, crop.x0 : crop.x1]
        self.columns: list[int] = self.window.max(0).tolist()

    @property
    def width(self) -> int:
        """How many pixels wide the line is."""
        return len(self.columns)

    def place(self, glyph: Glyph) -> int:
        """The column in which ``glyph`` was seen: its middle, about."""
        return min(self.width - 1, int((glyph.start + glyph.end) / 2 * self.width))

    def gap(self, start: int, end: int) -> tuple[int, int]:
        """Middle and length of the longest run of columns without ink in a range."""
        best, length, run = (start + end) // 2, 0, 0
        for column in range(start, min(end, self.width)):
            run = 0 if self.columns[column] else run + 1
            if run > length:
                best, length = column - run // 2, run
        return best, length

    def marks_near(self, column: int, reach: float) -> list[Piece]:
        """The small pieces at most ``reach`` glyph heights from ``column``."""
        return [p for p in self._marks if abs(p.x - column) < reach * self.size]

    def base_line(self, column: int) -> float | None:
        """The row on which the letters next to ``column`` stand."""
        if not self._letters:
            return None
        nearest = sorted(self._letters, key=lambda piece: abs(piece.x - column))
        return float(np.median([piece.bottom for piece in nearest[:_NEIGHBOURS]]))

    @cached_property
    def _pieces(self) -> list[Piece]:
        _, _, stats, centres = cv2.connectedComponentsWithStats(self.window, connectivity=8)
        return [
            Piece(x, y, wide, high, top + high)
            for (_, top, wide, high, _), (x, y) in zip(
                stats[1:].tolist(), centres[1:].tolist(), strict=True
            )
        ]

    @cached_property
    def _letters(self) -> list[Piece]:
        return [piece for piece in self._pieces if piece.height > _TALL * self.size]

    @cached_property
    def _marks(self) -> list[Piece]:
        limit = _SMALL * self.size
        return [p for p in self._pieces if p.height < limit and p.width < limit]
