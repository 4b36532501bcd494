"""EasyOCR's text detector: a picture in, a box for each run of characters out.

The steps and thresholds are those of EasyOCR 1.7.2 (``detection.py``, ``craft_utils.py``,
``imgproc.py``; Apache-2.0, after CRAFT, MIT). One thing is done otherwise: each region is
worked on in its own window instead of on the whole page, which changes no box. The network
may be shown the page part by part (``blocks``), and smaller than it is.
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from services.ocr.engines.base import Picture
from services.ocr.engines.blocks import STRIDE, Part, whole
from services.ocr.engines.recogniser import session
from services.ocr.weights.craft_input import normalised

Quad = NDArray[np.int32]  # 4 x 2, clockwise from the corner nearest to the origin
_Map = NDArray[np.float32]

_CANVAS = 2560  # pixels of the longer side
_TEXT, _LINK, _LOW_TEXT = 0.7, 0.4, 0.4
_GIVE_BACK = "memory.enable_memory_arena_shrinkage"  # a setting of a run
_SMALLEST = 10  # cells of the heat map


class TextDetector:
    """Finds runs of characters with CRAFT, in those ``parts`` of a picture that it is told.

    With an ``arena`` memory is kept from part to part, and given back after each picture.
    """

    def __init__(
        self, model: Path, parts: Callable[[Picture], list[Part]] = whole, *, arena: bool = False
    ) -> None:
        # Not for whole pages: they need gigabytes, and with an arena a quarter more.
        self._session = session(model, arena=arena)
        self._channels = self._session.get_inputs()[0].shape[1]
        self._last = onnxruntime.RunOptions()
        if arena:
            self._last.add_run_config_entry(_GIVE_BACK, "cpu:0")
        self._parts = parts

    def detect(self, picture: Picture, scale: float = 1.0) -> list[Quad]:
        """The boxes of runs of characters in ``picture`` (grey), in its pixels.

        It is looked at in ``scale``, or smaller where it is large.
        """
        resized, scale = _resized(picture, scale)
        text, link = self._maps(resized)
        factor = 2 / scale  # the heat map has half the canvas's resolution
        return [(box * factor).astype(np.int32) for box in _boxes(text, link)]

    def _maps(self, picture: Picture) -> tuple[_Map, _Map]:
        """The heat maps of text and links; nothing is in them beyond the parts."""
        height, width = (-(-side // STRIDE) * STRIDE for side in picture.shape)
        maps = np.zeros((height // 2, width // 2, 2), np.float32)
        parts = self._parts(picture)
        for part in parts:
            pixels = normalised(_window(picture, part), self._channels)
            options = self._last if part is parts[-1] else None
            (seen,) = self._session.run(None, {"x": pixels}, options)
            y0, y1, x0, x1 = (edge // 2 for edge in part.own)
            top, left = part.window.y0 // 2, part.window.x0 // 2
            maps[y0:y1, x0:x1] = seen[0, y0 - top : y1 - top, x0 - left : x1 - left]
        return maps[:, :, 0], maps[:, :, 1]


def _window(picture: Picture, part: Part) -> Picture:
    """What ``part`` shows of ``picture``, black beyond its edges."""
    box = part.window
    shown = picture[box.y0 : box.y1, box.x0 : box.x1]
    window = np.zeros((box.height, box.width), np.uint8)
    window[: shown.shape[0], : shown.shape[1]] = shown
    return window


def _resized(picture: Picture, wanted: float) -> tuple[Picture, float]:
    height, width = picture.shape
    longest = max(height, width)
    scale = min(longest * wanted, _CANVAS) / longest
    size = max(1, int(width * scale)), max(1, int(height * scale))
    # EasyOCR's way skips pixels: print half as large would lose strokes.
    way = cv2.INTER_AREA if wanted < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=way), np.uint8), scale


def _boxes(text: _Map, link: _Map) -> list[NDArray[np.float32]]:
    is_text, is_link = text > _LOW_TEXT, link > _LINK
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (is_text | is_link).astype(np.uint8), connectivity=4
    )
    only_link = is_link & ~is_text
    boxes = []
    for label in range(1, count):
        x, y, width, height, area = stats[label].tolist()
        if area < _SMALLEST:
            continue
        window = np.s_[y : y + height, x : x + width]
        inside = labels[window] == label
        if text[window][inside].max() < _TEXT:
            continue
        grown = int(np.sqrt(area * min(width, height) / (width * height)) * 2)
        boxes.append(_box(inside & ~only_link[window], (x, y), grown, text.shape))
    return boxes


def _box(
    region: NDArray[np.bool_], origin: tuple[int, int], grown: int, shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """The smallest rectangle, turned or not, around ``region`` grown by ``grown``."""
    (x, y), (height, width) = origin, region.shape
    left, top = min(grown, x), min(grown, y)
    right = min(grown + 1, shape[1] - x - width)
    bottom = min(grown + 1, shape[0] - y - height)
    padded = np.pad(region.astype(np.uint8), ((top, bottom), (left, right)))
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (1 + grown, 1 + grown))
    rows, columns = np.nonzero(cv2.dilate(padded, kernel))
    points = np.stack([columns + x - left, rows + y - top], axis=1).astype(np.int32)
    box = np.asarray(cv2.boxPoints(cv2.minAreaRect(points)), np.float32)
    first, second = np.linalg.norm(box[0] - box[1]), np.linalg.norm(box[1] - box[2])
    if abs(1 - max(first, second) / (min(first, second) + 1e-5)) <= 0.1:  # noqa: PLR2004 (a diamond)
        (x0, y0), (x1, y1) = points.min(0), points.max(0)
        box = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
    return np.roll(box, 4 - int(box.sum(axis=1).argmin()), 0)
