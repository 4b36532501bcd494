"""Finds text lines by their ink: no network, 0.05 to 0.2 seconds a page.

Ink is what is darker than its surroundings by a good part of the contrast found there, so
faint thermal print beside a black border survives. Its connected pieces give the typical
glyph height, by which rules, specks and pictures are dropped and the rest is joined to
lines. Sizes below are in that height, ``H``, unless they say pixels.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from services.ocr.engines.ink_line import InkLine
from services.ocr.engines.lone_marks import with_lone_marks

Mask = NDArray[np.uint8]  # 1 where there is ink
Grey = NDArray[np.uint8]

_COARSE_SIDE = 1000  # pixels: backgrounds are estimated on a picture of this size
_LOCAL_SHARE = 0.42  # of the local contrast is ink
_JOIN = 0.9  # gaps up to this are closed
_MARK_APART = 0.35  # up and down: marks so far from a line still belong to it
_SPECKLED = 2.0  # times higher than most pieces are those with most of the ink
_MOST_PIECES = 5000  # more are no text but texture
_TALL = 2.3  # higher pieces may be several lines stuck together
_LONG = 6.0  # longer lines may be rules
_THIN, _UNBROKEN = 0.35, 0.6  # as much ink in a column at most, where that is nowhere interrupted
_MOST, _LEAST = 95, 5  # percentiles of columns: specks and breaks do not count


@dataclass(frozen=True, slots=True)
class InkLines:
    """The lines of a picture, its text's ink, and the typical glyph height in pixels."""

    lines: list[InkLine]
    mask: Mask
    glyph_height: float


def ink_mask(grey: Grey) -> Mask:
    """Where ``grey`` has ink."""
    around = _surroundings(grey)
    floor = max(0.3 * around.typical, 2.2 * around.grain, 10.0)
    threshold = np.maximum(_LOCAL_SHARE * around.contrast, floor).clip(0, 250).astype(np.uint8)
    size = (grey.shape[1], grey.shape[0])
    threshold, background = cv2.resize(threshold, size), cv2.resize(around.background, size)
    return np.asarray(cv2.subtract(background, grey) > threshold, np.uint8)


def evened(grey: Grey) -> Grey:
    """``grey`` with its paper white and its ink black, as far as both are so around there."""
    around = _surroundings(grey)
    contrast = np.maximum(around.contrast, max(0.7 * around.typical, 20.0))
    size = (grey.shape[1], grey.shape[0])
    background, contrast = cv2.resize(around.background, size), cv2.resize(contrast, size)
    depth = cv2.subtract(background, grey).astype(np.float32)
    return np.asarray(255 - (depth * 255 / contrast).clip(0, 255), np.uint8)


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """The paper's grey and the contrast of what is on it, place by place and coarsely.

    ``typical`` is the contrast of ink, ``grain`` that of the paper.
    """

    background: Grey
    contrast: NDArray[np.float32]
    typical: float
    grain: float


def _surroundings(grey: Grey) -> _Surroundings:
    scale = min(1.0, _COARSE_SIDE / max(grey.shape))
    coarse = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    reach = max(9, int(max(coarse.shape) / 30) | 1)
    kernel = np.ones((reach, reach), np.uint8)
    background = cv2.blur(cv2.morphologyEx(coarse, cv2.MORPH_CLOSE, kernel), (reach, reach))
    depth = cv2.subtract(background, coarse)
    peaks = cv2.dilate(cv2.medianBlur(depth, 3), kernel)
    local = cv2.blur(peaks, (2 * reach + 1, 2 * reach + 1)).astype(np.float32)
    dark = depth[depth > 15]  # noqa: PLR2004 (grey levels: paper grain is below)
    typical = float(np.percentile(dark, 60)) if dark.size > 50 else 40.0  # noqa: PLR2004
    grain = float(np.percentile(depth, 70))
    return _Surroundings(np.asarray(background, np.uint8), local, typical, grain)


def find_lines(mask: Mask) -> InkLines:
    """The text lines in ``mask``, unordered."""
    _, labels, found, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    stats = np.asarray(found, np.int32)
    size = _glyph_height(stats[1:])
    if size is None:
        return InkLines([], mask, 0.0)
    keep = _is_text(stats, size)
    keep[0] = False
    text = keep[labels].astype(np.uint8)
    pieces, dots = _pieces(text, size)
    joined = with_lone_marks(_joined(pieces, size), dots, size)
    lines = [it for it in joined if _counts(it, size) and not _is_rule(it, text, size)]
    return InkLines([_full_height(line, size) for line in lines], text, size)


def upside_down(found: InkLines) -> InkLines:
    """``found`` in the picture turned by 180 degrees."""
    height, width = found.mask.shape
    lines = [InkLine(width - it.x1, height - it.y1, width - it.x0, height - it.y0)
             for it in found.lines]  # fmt: skip
    return InkLines(lines, np.ascontiguousarray(found.mask[::-1, ::-1]), found.glyph_height)


def _glyph_height(stats: NDArray[np.int32]) -> float | None:
    """The median height of what may be glyphs, or nothing where there are too few."""
    wide, high, area = stats[:, 2], stats[:, 3], stats[:, 4]
    likely = (high >= 6) & (high < 120) & (wide < 200) & (area >= 12)  # noqa: PLR2004 (pixels)
    if likely.sum() < 5:  # noqa: PLR2004 (fewer glyphs are no text)
        return None
    heights, areas = high[likely], area[likely]
    usual = float(np.median(heights))
    by_ink = _middle_by(heights, areas)
    # Where specks outnumber the glyphs, the ink is in the glyphs all the same.
    least = 0.5 * (by_ink if by_ink > _SPECKLED * usual else usual)
    return float(np.median(heights[heights >= least]))


def _middle_by(values: NDArray[np.int32], weights: NDArray[np.int32]) -> float:
    """The median of ``values``, each counted as often as its weight says."""
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, below[-1] / 2)])


def _is_text(stats: NDArray[np.int32], size: float) -> NDArray[np.bool_]:
    """Which components are neither rules nor pictures nor specks."""
    wide, high, area = stats[:, 2] / size, stats[:, 3] / size, stats[:, 4]
    rules = ((wide > 8) & (high < 0.5)) | ((high > 5) & (wide < 0.5))  # noqa: PLR2004
    pictures = (high > 6) | ((wide > 15) & (high > 2.5))  # noqa: PLR2004
    specks = area < max(3, 0.012 * size * size)
    return np.asarray(~(rules | pictures | specks), np.bool_)


def _pieces(text: Mask, size: float) -> tuple[list[InkLine], list[InkLine]]:
    """Pieces of lines: ink closed horizontally, tall pieces cut at their empty rows. And dots."""
    reach = max(3, int(_JOIN * size))
    closed = cv2.morphologyEx(
        text, cv2.MORPH_CLOSE, np.ones((1, reach), np.uint8),
        borderType=cv2.BORDER_CONSTANT, borderValue=(0,),
    )  # fmt: skip
    closed = cv2.dilate(closed, np.ones((max(1, int(0.15 * size)), 1), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=4)
    pieces: list[InkLine] = []
    dots: list[InkLine] = []
    for index in range(1, count):
        x, y, wide, high, _ = stats[index].tolist()
        if high < 0.35 * size and wide < 0.35 * size:
            dots.append(InkLine(x, y, x + wide, y + high))
            continue
        window = np.s_[y : y + high, x : x + wide]
        ink = (labels[window] == index) & (text[window] > 0)
        if high > _TALL * size and wide > 2 * size:
            pieces.extend(_split(ink, x, y, size))
        elif ink.any():
            pieces.append(_tight(ink, x, y))
    return pieces, dots


def _split(ink: NDArray[np.bool_], x: int, y: int, size: float) -> list[InkLine]:
    profile = ink.sum(1)
    filled = profile > 0.15 * np.percentile(profile, 80)
    edges = np.flatnonzero(np.diff(np.r_[0, filled.astype(np.int8), 0]))
    return [
        _tight(ink[top:bottom], x, y + top)
        for top, bottom in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        if bottom - top >= 0.4 * size
    ]


def _tight(ink: NDArray[np.bool_], x: int, y: int) -> InkLine:
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    return InkLine(
        x + int(columns[0]), y + int(rows[0]), x + int(columns[-1]) + 1, y + int(rows[-1]) + 1
    )


def _joined(pieces: list[InkLine], size: float) -> list[InkLine]:
    """``pieces`` with neighbours on one line made one: dots, commas, accents, dashes."""
    if len(pieces) > _MOST_PIECES:
        pieces = sorted(pieces, key=lambda line: -line.width * line.height)[:_MOST_PIECES]
    lines = sorted(pieces, key=lambda line: line.x0)
    apart = _MARK_APART * size
    current = 0
    while current < len(lines):
        other = current + 1
        while other < len(lines) and lines[other].x0 - lines[current].x1 <= _JOIN * size:
            near, line = lines[other], lines[current]
            if near.y0 - line.y1 >= apart or line.y0 - near.y1 >= apart:
                other += 1  # most pairs by far
            elif _belong(line, near, size):
                lines[current] = line.union(lines.pop(other))
                other = current + 1
            else:
                other += 1
        current += 1
    return lines


def _belong(a: InkLine, b: InkLine, size: float) -> bool:
    lower, both = min(a.height, b.height), a.union(b)
    if both.height >= 2.4 * max(size, 0.7 * max(a.height, b.height)):
        return False
    shared = min(a.y1, b.y1) - max(a.y0, b.y0)
    gap = max(a.x0, b.x0) - min(a.x1, b.x1)
    beside = shared > 0.5 * lower and gap < 0.8 * _JOIN * size
    mark = lower < 0.6 * size and gap < 0.5 * size and -shared < _MARK_APART * size
    return beside or mark


def _counts(line: InkLine, size: float) -> bool:
    """Whether ``line`` is more than a speck."""
    large = line.height >= 0.45 * size or line.width >= 0.9 * size
    return large or line.height > 0.25 * size or line.width > 0.5 * size


def _is_rule(line: InkLine, text: Mask, size: float) -> bool:
    """Whether ``line`` is drawn, dashed or dotted.

    Letters have strokes that stand upright, and there is nothing between many of them.
    """
    if line.width <= _LONG * size:
        return False
    columns = text[line.y0 : line.y1, line.x0 : line.x1].sum(0)
    most, least = np.percentile(columns, (_MOST, _LEAST)).tolist()
    return bool(most < (_UNBROKEN if least else _THIN) * size)


def _full_height(line: InkLine, size: float) -> InkLine:
    """``line``, as high as text where it is only a dash: the recogniser needs the scale."""
    if line.height >= 0.55 * size:
        return line
    middle = (line.y0 + line.y1) / 2
    return InkLine(line.x0, int(middle - 0.6 * size), line.x1, int(middle + 0.6 * size))
