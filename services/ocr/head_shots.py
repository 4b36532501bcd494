"""Photos of people on pages: upright pictures of the size of a passport photo, in many tones.

Nothing here knows a face. A logo has few tones, a chart is wide, a picture of a whole page is
too large; what is left on a résumé is the photo of its owner.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from services.ocr.sources import Source
from shared.models.page import Page
from shared.pdf import Area

_HEIGHT = 1754  # pixels: A4 at 150 dpi
_NARROWEST, _WIDEST = 0.07, 0.45  # of the page's width
_SLIMMEST, _STOUTEST = 0.55, 1.35  # width by height
_LEAST_TONES = 3.2  # bits: a photo has 4 to 5 of 5, a drawing or a logo under 3
_MOST_WORDS = 3
_SMALL = 210  # pixels across, at which letters blur
_INK = 218
_BRUSH = 7  # pixels of the small picture: wider than lines of text are high
_SOLID = 0.75


class PixelBox(NamedTuple):
    """A rectangle of pixels; right and lower edge are outside of it."""

    x0: int
    y0: int
    x1: int
    y1: int


def head_shot(source: Source, page: Page) -> NDArray[np.uint8] | None:
    """The photo of a person on a page, in RGB; ``None`` where there is none."""
    pixels = source.preview(page.number, _HEIGHT)
    places = photo_places(pixels, page, source.image_areas(page.number))
    if not places:
        return None
    best = max(places, key=lambda it: (it.x1 - it.x0) * (it.y1 - it.y0))
    return pixels[best.y0 : best.y1, best.x0 : best.x1]


def photo_places(pixels: NDArray[np.uint8], page: Page, areas: Sequence[Area]) -> list[PixelBox]:
    """Where photos of people are on ``pixels``, the page in RGB; ``areas`` are in points."""
    across, down = pixels.shape[1] / page.width, pixels.shape[0] / page.height
    drawn = [_scaled(area, across, down, pixels.shape) for area in areas]
    fitting = [box for box in drawn if _has_size(box, pixels.shape)]
    found = fitting or _solid_places(pixels)
    return [
        box for box in found if _is_photo(pixels, box) and not _is_text(page, box, across, down)
    ]


def _scaled(area: Area, across: float, down: float, shape: tuple[int, ...]) -> PixelBox:
    return PixelBox(
        max(0, int(area.x0 * across)),
        max(0, int(area.y0 * down)),
        min(shape[1], round(area.x1 * across)),
        min(shape[0], round(area.y1 * down)),
    )


def _has_size(box: PixelBox, shape: tuple[int, ...]) -> bool:
    width, height = box.x1 - box.x0, box.y1 - box.y0
    if width <= 0 or height <= 0:
        return False
    is_wide_enough = _NARROWEST * shape[1] <= width <= _WIDEST * shape[1]
    return is_wide_enough and _SLIMMEST <= width / height <= _STOUTEST


def _solid_places(pixels: NDArray[np.uint8]) -> list[PixelBox]:
    """Rectangles full of ink, as letters are none when seen from afar."""
    factor = _SMALL / pixels.shape[1]
    small = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    dark = (cv2.cvtColor(small, cv2.COLOR_RGB2GRAY) < _INK).astype(np.uint8)
    brush = np.ones((_BRUSH, _BRUSH), np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(
        cv2.morphologyEx(dark, cv2.MORPH_OPEN, brush)
    )
    found = []
    for x, y, width, height, area in stats[1:count]:
        if area < _SOLID * width * height:
            continue
        edges = (x / factor, y / factor, (x + width) / factor, (y + height) / factor)
        box = _scaled(Area(*edges), 1.0, 1.0, pixels.shape)
        if _has_size(box, pixels.shape):
            found.append(box)
    return found


def _is_photo(pixels: NDArray[np.uint8], box: PixelBox) -> bool:
    """Whether tones are many: the entropy of brightness in 32 steps."""
    grey = cv2.cvtColor(pixels[box.y0 : box.y1, box.x0 : box.x1], cv2.COLOR_RGB2GRAY)
    counts = np.bincount((grey // 8).ravel(), minlength=32)
    shares = counts[counts > 0] / grey.size
    return float(-(shares * np.log2(shares)).sum()) >= _LEAST_TONES


def _is_text(page: Page, box: PixelBox, across: float, down: float) -> bool:
    """Whether words were read within ``box``, as in a picture of a table."""
    inside = [
        word
        for word in page.words
        if box.x0 < (word.x0 + word.x1) / 2 * across < box.x1
        and box.y0 < (word.y0 + word.y1) / 2 * down < box.y1
    ]
    return len(inside) > _MOST_WORDS
