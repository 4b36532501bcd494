"""Sheets of paper on a photo: bright, four straight sides, ink on them, and none beside."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from services.ocr.geometry import Points
from services.ocr.photo.scene import Grey, Rectangle, Scene
from services.ocr.photo.sides import Sides, fit_sides

MOST_SHEETS = 12
_AROUND_BRIGHT = (0.12, 0.10)  # inward and outward, of a rectangle's shorter side
_AROUND_TEXT = (0.05, 0.5)
_SUPPORT, _WEAKEST, _MEAN_SUPPORT = 0.5, 0.25, 0.66  # of sides, of one, of all: is an edge
_RISE, _RISING = 3.0, 3  # grey levels, at so many sides at least, is paper brighter
_MOST_CUT = 1  # sides beyond the picture
_LEAST, _MOST = 0.012, 0.9  # of the picture
_INK = (0.01, 0.5)  # of a sheet
_INK_BESIDE, _MOST_BESIDE = 0.03, 0.3  # of theirs: to be read too, or of a page, not a photo
_CROOKED, _FILLED = 0.01, 0.6  # a sheet as straight that covers as much is a scan
_MUCH_DARKER = 10.0  # grey levels than the sheets: no ground like theirs
_SHARED = 0.2  # of the smaller sheet: more, and they are one


class Found(NamedTuple):
    """Corners of sheets in pixels, in reading order, and whether there is writing beside them."""

    sheets: list[Points]
    beside: bool = False


def find_sheets(pixels: Grey) -> Found:
    """The sheets of paper on a photo; none on any other picture.

    Looked for on a small picture: 5 ms of CPU on most scans.
    """
    scene = Scene.of(pixels)
    if scene.is_even:
        return Found([])
    found = _fitted(scene, scene.bright(), _AROUND_BRIGHT)
    found += _fitted(scene, scene.texts(), _AROUND_TEXT)
    sheets = _apart(found)[:MOST_SHEETS]
    if not sheets or (len(sheets) == 1 and _is_scan(scene, sheets[0])):
        return Found([])
    beside = _ink_beside(scene, sheets)
    if beside > _MOST_BESIDE or (beside > _INK_BESIDE and len(sheets) == 1):
        return Found([])
    places = [(it + 0.5) / scene.scale for it in _ordered(sheets)]
    return Found(places, beside > _INK_BESIDE)


def _fitted(
    scene: Scene, rectangles: Sequence[Rectangle], around: tuple[float, float]
) -> list[tuple[float, Points]]:
    """Sheets near ``rectangles``, with a score: how surely, times how large."""
    found = []
    for rectangle in rectangles:
        sides = fit_sides(scene.paper, rectangle, *around)
        if sides is not None and _is_sheet(scene, sides):
            size = cv2.contourArea(sides.corners.astype(np.float32))
            found.append((size * _mean_support(sides) ** 3, sides.corners))
    return found


def _mean_support(sides: Sides) -> float:
    return float(np.mean([it for it in sides.support if it is not None]))


def _is_sheet(scene: Scene, sides: Sides) -> bool:
    support = [it for it in sides.support if it is not None]
    rising = sum(it is None or it >= _RISE for it in sides.rise)
    if (
        len(sides.support) - len(support) > _MOST_CUT
        or min(support) < _WEAKEST
        or sum(it is None or it < _SUPPORT for it in sides.support) > 1
        or np.mean(support) < _MEAN_SUPPORT
        or rising < _RISING
        or not cv2.isContourConvex(sides.corners.astype(np.float32))
    ):
        return False
    inside = _mask(scene, [sides.corners])
    covered = int(inside.sum())
    inked = int(scene.ink[inside > 0].sum())
    return (
        _LEAST * inside.size < covered < _MOST * inside.size
        and _INK[0] * covered < inked < _INK[1] * covered
    )


def _apart(found: list[tuple[float, Points]]) -> list[Points]:
    """The best first, without those that lie on a better one."""
    kept: list[Points] = []
    for _, corners in sorted(found, key=lambda it: -it[0]):
        if all(_shared(corners, other) < _SHARED for other in kept):
            kept.append(corners)
    return kept


def _shared(one: Points, two: Points) -> float:
    first, second = one.astype(np.float32), two.astype(np.float32)
    both, _ = cv2.intersectConvexConvex(first, second)
    return both / max(1.0, min(cv2.contourArea(first), cv2.contourArea(second)))


def _is_scan(scene: Scene, sheet: Points) -> bool:
    """Whether it lies straight and covers most of the picture: nothing to be gained."""
    steps = np.abs(np.roll(sheet, -1, 0) - sheet)
    crooked = float((steps.min(1) / steps.max(1)).max())
    size = float(cv2.contourArea(sheet.astype(np.float32)))
    return crooked < _CROOKED and size > _FILLED * scene.paper.size


def _ink_beside(scene: Scene, sheets: list[Points]) -> float:
    """The ink beside the sheets, on ground as bright as they, as a share of theirs.

    A box on a page has much of it around.
    """
    on = cv2.dilate(_mask(scene, sheets), np.ones((7, 7), np.uint8)) > 0
    ground = min(float(np.median(scene.paper[_mask(scene, [it]) > 0])) for it in sheets)
    dark = float(np.median(scene.paper[~on])) if not on.all() else 0.0
    bright = scene.paper >= ground - max(_MUCH_DARKER, (ground - dark) / 2)
    return float(scene.ink[bright & ~on].sum()) / max(1, int(scene.ink[on].sum()))


def _mask(scene: Scene, sheets: list[Points]) -> Grey:
    mask = np.zeros(scene.paper.shape, np.uint8)
    for corners in sheets:
        cv2.fillConvexPoly(mask, corners.round().astype(np.int32), 1)
    return mask


def _ordered(sheets: list[Points]) -> list[Points]:
    """Row by row from the top, each from the left."""
    rows: list[list[Points]] = []
    for sheet in sorted(sheets, key=lambda it: float(it[:, 1].min())):
        middle = float(sheet[:, 1].mean())
        if rows and middle < float(rows[-1][0][:, 1].max()):
            rows[-1].append(sheet)
        else:
            rows.append([sheet])
    return [sheet for row in rows for sheet in sorted(row, key=lambda it: float(it[:, 0].mean()))]
