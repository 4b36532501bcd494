"""How the print of a picture looks: what can be measured before a word is read."""

from dataclasses import dataclass
from statistics import fmean, median

import numpy as np

from services.ocr.engines.ink import Grey, InkLine, InkLines

_LINES = 40  # the widest: enough to tell
_LOWEST, _HIGHEST, _NARROWEST = 0.5, 2.5, 2.0  # glyph heights: what counts as a line of text
_EDGE = 2  # pixels: ink there goes on outside
_PAPER, _INK = 95, 5  # percentiles of a line's grey levels
_STEEPEST = 98  # percentile of the differences between neighbouring pixels


@dataclass(frozen=True, slots=True)
class Print:
    """How print looks: typical figures of its lines.

    ``glyph_height`` is in pixels. ``contrast`` of ink to paper is 1 for black on white.
    ``sharpness`` is the share of that contrast by which neighbouring pixels differ where
    they differ most: 1 where letters have hard edges. ``cut`` is the share of the lines that
    run into the left or the right edge of the picture.
    """

    lines: int = 0
    glyph_height: float = 0.0
    contrast: float = 1.0
    sharpness: float = 1.0
    cut: float = 0.0


def print_of(pixels: Grey, found: InkLines) -> Print:
    """How the lines ``found`` in ``pixels`` look; 10 to 25 ms a page."""
    lines = [line for line in found.lines if _is_text(line, found.glyph_height)]
    if not lines:
        return Print()
    widest = sorted(lines, key=lambda line: -line.width)[:_LINES]
    figures = [_contrast_and_sharpness(pixels, line) for line in widest]
    contrasts, sharpnesses = zip(*figures, strict=True)
    return Print(
        lines=len(lines),
        glyph_height=found.glyph_height,
        contrast=median(contrasts),
        sharpness=median(sharpnesses),
        cut=fmean(_is_cut(line, found) for line in lines),
    )


def _is_text(line: InkLine, size: float) -> bool:
    return _LOWEST * size <= line.height <= _HIGHEST * size and line.width >= _NARROWEST * size


def _is_cut(line: InkLine, found: InkLines) -> bool:
    rows, size = found.mask[line.y0 : line.y1], found.glyph_height
    left = line.x0 < size and rows[:, :_EDGE].any()
    right = line.x1 > rows.shape[1] - size and rows[:, -_EDGE:].any()
    return bool(left or right)


def _contrast_and_sharpness(pixels: Grey, line: InkLine) -> tuple[float, float]:
    window = pixels[line.y0 : line.y1, line.x0 : line.x1].astype(np.int16)
    paper, ink = np.percentile(window, (_PAPER, _INK)).tolist()
    contrast = max(1.0, paper - ink)
    steepest = float(np.percentile(np.abs(np.diff(window, axis=1)), _STEEPEST))
    return contrast / 255, min(1.0, steepest / contrast)
