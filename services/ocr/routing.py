"""How a page is to be read: from its text layer, from its picture, or from both."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from services.ocr.barcodes import PageCode, find_codes
from services.ocr.engines.ink import ink_mask
from services.ocr.sources import Picture, Source
from shared.models.read_by import ReadBy, TextLayers
from shared.pdf import Area, TextLayer

_FULL_PAGE = 0.7  # of the page's area: the image is the page
_WORTH_READING = 0.1  # of the page's area: smaller images are logos
_SHORTEST_SIDE = 50.0  # points
_WORDS_ON_INK = 0.8  # of the words must stand where the picture has ink
_INK_EXPLAINED = 0.5  # of the ink lies under words: nothing more to read


@dataclass(frozen=True, slots=True)
class Route:
    """``read_by`` is ``NOTHING`` where a page is to be read from its picture alone.

    Of a ``MIXED`` page, ``areas`` are to be read from the picture. ``codes`` are those on the
    picture of the whole page, where it was drawn to find the way; else it is ``None``.
    """

    read_by: ReadBy
    areas: list[Area] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    codes: list[PageCode] | None = None


def route(
    source: Source, number: int, layer: TextLayer, wanted: TextLayers = TextLayers.AUTO
) -> Route:
    """How to read a page with that text layer."""
    if wanted is TextLayers.AUTO:
        return _fitting(source, number, layer)
    return Route(ReadBy.OCR if wanted is TextLayers.NEVER else ReadBy.TEXT_LAYER)


def _fitting(source: Source, number: int, layer: TextLayer) -> Route:
    if layer.nothing_drawn:
        return Route(ReadBy.TEXT_LAYER)
    if not layer.words:
        return Route(ReadBy.OCR)
    if layer.garbled:
        return Route(ReadBy.OCR, warnings=["The text layer is garbled and was not used."])
    if not layer.has_images:
        return Route(ReadBy.TEXT_LAYER)
    width, height = source.size(number)
    page = width * height
    areas = source.image_areas(number)
    if any(area.size > _FULL_PAGE * page for area in areas):
        return _route_over_picture(source, number, layer)
    worth = [
        area
        for area in areas
        if area.size > _WORTH_READING * page
        and min(area.x1 - area.x0, area.y1 - area.y0) > _SHORTEST_SIDE
        and not _covered(area, layer)
    ]
    return Route(ReadBy.MIXED, worth) if worth else Route(ReadBy.TEXT_LAYER)


def _route_over_picture(source: Source, number: int, layer: TextLayer) -> Route:
    picture = source.picture(number)
    on_ink, explained = _agreement(picture, layer)
    if on_ink < _WORDS_ON_INK:
        warning = "The text layer does not fit the picture of the page and was not used."
        return Route(ReadBy.OCR, warnings=[warning])
    if explained >= _INK_EXPLAINED:
        return Route(ReadBy.TEXT_LAYER, codes=find_codes(picture))
    width, height = source.size(number)
    return Route(ReadBy.MIXED, [Area(0, 0, width, height)], codes=find_codes(picture))


def _agreement(picture: Picture, layer: TextLayer) -> tuple[float, float]:
    """The share of words that stand on ink, and the share of ink that lies under words."""
    scale = picture.frame.a
    mask = ink_mask(picture.pixels)
    under = np.zeros_like(mask)
    hits = 0
    for word in layer.words:
        x0, y0 = max(0, int(word.x0 / scale)), max(0, int(word.y0 / scale))
        x1, y1 = int(np.ceil(word.x1 / scale)), int(np.ceil(word.y1 / scale))
        window = mask[y0:y1, x0:x1]
        hits += bool(window.size) and float(window.mean()) > 0.02  # noqa: PLR2004 (a thin stroke)
        under[y0:y1, x0:x1] = 1
    total = cv2.countNonZero(mask)
    return hits / len(layer.words), cv2.countNonZero(mask & under) / max(1, total)


def _covered(area: Area, layer: TextLayer) -> bool:
    """Whether the text layer has words all over ``area``, as over a tinted background."""
    inside = [
        word
        for word in layer.words
        if area.x0 <= (word.x0 + word.x1) / 2 <= area.x1
        and area.y0 <= (word.y0 + word.y1) / 2 <= area.y1
    ]
    covered = sum((word.x1 - word.x0) * (word.y1 - word.y0) for word in inside)
    return covered > 0.1 * area.size
