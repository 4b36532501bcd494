"""Sheets of paper on a photo: bright, four straight sides, ink on them, and none beside."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from services.ocr.geometry import Points
from services.ocr.photo.scene import Grey, Rectangle, Scene
from services.ocr.photo.sides import Sides, fit_sides

MOST_SHEETS = 12
_AROUND_BRIGHT = (0.12, 0.10)  # inward and outward, of a rectangle's shorter side
_AROUND_TEXT = (0.05, 0.5)
_WEAKEST, _MEAN_SUPPORT = 0.25, 0.66  # of each side and of all is an edge
_RISE, _CLEAR_RISE = 3.0, 25.0  # grey levels that paper is brighter than what is around
_LEAST, _MOST = 0.012, 0.9  # of the picture
_INK = (0.01, 0.5)  # of a sheet
_MARGIN_INK = 0.6  # of that, at a sheet's edge: there is more around a block of text on a page
_INK_BESIDE, _MOST_BESIDE = 0.03, 0.3  # of theirs: to be read too; it is a page, no photo
_LOST = 0.1  # of theirs may be in no block beside them: grain of the ground
_CROOKED, _FILLED = 0.01, 0.6  # a sheet as straight that covers as much is a scan
_MUCH_DARKER = 10.0  # grey levels than the sheets: no ground like theirs
_AS_DARK = 0.4  # of the print's depth: less is grain of the ground
_SHARED = 0.2  # of the smaller sheet: more, and they are one


class Place(NamedTuple):
    """Where a sheet is, by its corners in pixels.

    They are those of its text where it has no clear edges.
    """

    corners: Points
    has_edges: bool


def find_sheets(pixels: Grey) -> list[Place]:
    """The sheets of paper on a photo, in reading order; none on any other picture.

    Looked for on a small picture: 5 ms of CPU on most scans.
    """
    scene = Scene.of(pixels)
    if scene.is_even:
        return []
    found = _fitted(scene, scene.bright(), _AROUND_BRIGHT)
    found += _fitted(scene, scene.texts(), _AROUND_TEXT)
    sheets = _apart(found)[:MOST_SHEETS]
    if not sheets or (len(sheets) == 1 and _is_scan(scene, sheets[0])):
        return []
    beside = _beside(scene, sheets)
    if beside is None:
        return []
    places = [Place(it, has_edges=True) for it in sheets]
    places += [Place(it, has_edges=False) for it in beside[: MOST_SHEETS - len(sheets)]]
    return [Place((at.corners + 0.5) / scene.scale, at.has_edges) for at in _ordered(places)]


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
    rises = [it for it in sides.rise if it is not None]
    if (
        min(support) < _WEAKEST
        or np.mean(support) < _MEAN_SUPPORT
        or sum(it < _RISE for it in rises) > 1
        or not cv2.isContourConvex(sides.corners.astype(np.float32))
    ):
        return False
    inside = _mask(scene, [sides.corners])
    core = cv2.erode(inside, np.ones((7, 7), np.uint8), borderValue=0)
    covered, inked = float(inside.mean()), float(scene.ink[core > 0].mean())
    at_edge = float(scene.ink[(inside > 0) & (core == 0)].mean())
    return (
        _LEAST < covered < _MOST
        and _INK[0] < inked < _INK[1]
        and (at_edge < _MARGIN_INK * inked or float(np.median(rises)) > _CLEAR_RISE)
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


def _beside(scene: Scene, sheets: list[Points]) -> list[Points] | None:
    """Around the writing beside the sheets; nothing where there is so much that it is a page.

    Writing is ink as dark as theirs on ground as bright: paper that was not found to be a sheet.
    """
    on = cv2.dilate(_mask(scene, sheets), np.ones((7, 7), np.uint8)) > 0
    ground = min(float(np.median(scene.paper[_mask(scene, [it]) > 0])) for it in sheets)
    dark = float(np.median(scene.paper[~on])) if not on.all() else 0.0
    bright = scene.paper >= ground - max(_MUCH_DARKER, (ground - dark) / 2)
    print_depth = float(np.percentile(scene.depth[on & (scene.ink > 0)], 75))
    ink = scene.ink * (bright & ~on & (scene.depth > _AS_DARK * print_depth))
    share = float(ink.sum()) / int(scene.ink[on].sum())
    if share <= _INK_BESIDE:
        return []
    if len(sheets) == 1 or share > _MOST_BESIDE:
        return None
    pieces = replace(scene, ink=ink).blocks()
    held = _mask(scene, pieces) > 0
    return pieces if share * ink[~held].sum() <= _LOST * ink.sum() else None


def _mask(scene: Scene, sheets: list[Points]) -> Grey:
    mask = np.zeros(scene.paper.shape, np.uint8)
    for corners in sheets:
        cv2.fillConvexPoly(mask, corners.round().astype(np.int32), 1)
    return mask


def _ordered(places: list[Place]) -> list[Place]:
    """Row by row from the top, each from the left."""
    rows: list[list[Place]] = []
    for place in sorted(places, key=lambda it: float(it.corners[:, 1].min())):
        middle = float(place.corners[:, 1].mean())
        if rows and middle < float(rows[-1][0].corners[:, 1].max()):
            rows[-1].append(place)
        else:
            rows.append([place])
    return [it for row in rows for it in sorted(row, key=lambda it: float(it.corners[:, 0].mean()))]
