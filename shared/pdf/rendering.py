"""Pages as pictures."""

import math
from typing import Any

import numpy as np
import pymupdf
from numpy.typing import NDArray

from shared.errors import Code, Permanent
from shared.pdf.text import Area

POINTS_PER_INCH = 72.0
_LONGEST_SIDE = 20_000  # pixels


MOST_PICTURE_PIXELS = 1_000_000_000
"""Of one picture on a page, before it is decoded: a drawing of A0 at 600 dpi has 560 million."""


def refuse_bombs(page: Any) -> None:  # noqa: ANN401 (PyMuPDF is not typed)
    """Raise ``Permanent(FILE_TOO_LARGE)`` where a picture on ``page`` has too many pixels."""
    for _, _, width, height, *_ in page.get_images():
        if width * height > MOST_PICTURE_PIXELS:
            raise Permanent(Code.FILE_TOO_LARGE, f"A picture has {width} x {height} pixels.")


def grey(
    page: Any,  # noqa: ANN401 (PyMuPDF is not typed)
    dpi: float,
    clip: Area | None,
    max_pixels: int,
) -> tuple[NDArray[np.uint8], float]:
    """``page`` or its part ``clip`` in grey, and the scale in pixels per point."""
    refuse_bombs(page)
    area = pymupdf.Rect(clip.x0, clip.y0, clip.x1, clip.y1) & page.rect if clip else page.rect
    scale = bounded_scale(area.width, area.height, dpi / POINTS_PER_INCH, max_pixels)
    pixmap = page.get_pixmap(
        matrix=pymupdf.Matrix(scale, scale), colorspace=pymupdf.csGRAY, clip=area, alpha=False
    )
    return _pixels(pixmap)[:, :, 0], scale


def colour(page: Any, height: int) -> NDArray[np.uint8]:  # noqa: ANN401 (PyMuPDF is not typed)
    """``page`` in RGB, about ``height`` pixels high."""
    refuse_bombs(page)
    area = page.rect
    wanted = height / max(area.height, 1.0)
    scale = bounded_scale(area.width, area.height, wanted, 4 * height * height)
    matrix = pymupdf.Matrix(scale, scale)
    return _pixels(page.get_pixmap(matrix=matrix, colorspace=pymupdf.csRGB, alpha=False))


def bounded_scale(width: float, height: float, scale: float, max_pixels: int) -> float:
    """``scale``, or the largest one at which the picture stays within the limits."""
    by_area = math.sqrt(max_pixels / max(width * height, 1.0))
    by_side = _LONGEST_SIDE / max(width, height, 1.0)
    return min(scale, by_area, by_side)


def _pixels(pixmap: Any) -> NDArray[np.uint8]:  # noqa: ANN401 (PyMuPDF is not typed)
    rows = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.stride)
    used = rows[:, : pixmap.width * pixmap.n]
    return used.reshape(pixmap.height, pixmap.width, pixmap.n)
