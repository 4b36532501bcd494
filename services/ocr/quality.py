"""How good a page is to read, and why it should be scanned again where it is not.

The score foretells word F1, by the calibrated confidences of its words, by how much of the
ink they explain, and by how the print looks. ``benchmarks.calibration`` fits it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

import numpy as np

from services.ocr.confidence import Weights, log_odds, logistic
from services.ocr.engines.ink import Grey, InkLines
from services.ocr.engines.ink_line import InkLine

_LINES = 40  # the widest: enough to tell
_LOWEST, _HIGHEST, _NARROWEST = 0.5, 2.5, 2.0  # glyph heights: what counts as a line of text
_EDGE = 2  # pixels: ink there goes on outside
_PAPER, _INK = 95, 5  # percentiles of a line's grey levels
_STEEPEST = 98  # percentile of the differences between neighbouring pixels

FEATURES = ("bias", "confidence", "coverage", "glyph_height", "contrast", "sharpness")
RISING = FEATURES[1:]
"""Features with which the score never falls."""

_HIGH_GLYPHS, _FULL_CONTRAST = 20.0, 0.5  # pixels and share: more makes no page easier to read

_RESCAN = 0.5  # score below which a page should be scanned again
_CUT = 0.2  # of the lines: so many cut make a page incomplete, however well it was read
_LOW_GLYPHS = 10.0  # pixels
_FAINT, _BLURRED = 0.15, 0.3  # contrast, sharpness
_UNREAD = 0.25  # coverage

CUT_OFF = "lines are cut off at the edge"


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


def described(confidences: Sequence[float], coverage: float, look: Print) -> list[float]:
    """The features of a page: the calibrated confidences of its words, and what else counts."""
    return [
        1.0,
        log_odds(fmean(confidences) if confidences else 0.0),
        coverage,
        min(1.0, look.glyph_height / _HIGH_GLYPHS),
        min(1.0, look.contrast / _FULL_CONTRAST),
        look.sharpness,
    ]


def score(features: Sequence[float], weights: Weights) -> float:
    """The word F1 to be expected of a page, 0..1."""
    return logistic(np.array([features]), weights.page)[0]


def rescan_reasons(quality: float, coverage: float, look: Print) -> list[str]:
    """Why a page of that quality should be scanned again; none where it need not be."""
    said = [CUT_OFF] * (look.cut > _CUT)
    if quality >= _RESCAN:
        return said
    if look.lines and look.glyph_height < _LOW_GLYPHS:
        height = round(look.glyph_height)
        said.append(f"the resolution is too low: letters are {height} pixels high")
    if look.lines and look.contrast < _FAINT:
        said.append("the print is too faint")
    if look.lines and look.sharpness < _BLURRED:
        said.append("the picture is blurred")
    if coverage < _UNREAD:
        said.append("most lines could not be read")
    return said or ["most words were read with little confidence"]


def _is_text(line: InkLine, size: float) -> bool:
    return _LOWEST * size <= line.height <= _HIGHEST * size and line.width >= _NARROWEST * size


def _is_cut(line: InkLine, found: InkLines) -> bool:
    rows, size = found.mask[max(0, line.y0) : line.y1], found.glyph_height
    left = line.x0 < size and rows[:, :_EDGE].any()
    right = line.x1 > rows.shape[1] - size and rows[:, -_EDGE:].any()
    return bool(left or right)


def _contrast_and_sharpness(pixels: Grey, line: InkLine) -> tuple[float, float]:
    top = max(0, line.y0)  # a dash, made as high as text, may reach beyond the page
    window = pixels[top : line.y1, line.x0 : line.x1].astype(np.int16)
    paper, ink = np.percentile(window, (_PAPER, _INK)).tolist()
    contrast = max(1.0, paper - ink)
    steepest = float(np.percentile(np.abs(np.diff(window, axis=1)), _STEEPEST))
    return contrast / 255, min(1.0, steepest / contrast)
