"""A photo read sheet by sheet, and put together as one page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from services.ocr.composing import Part, Reading
from services.ocr.geometry import Points
from services.ocr.layout import Token
from services.ocr.photo.rectify import rectified
from services.ocr.photo.sheets import find_sheets
from services.ocr.sources import Picture

_BELIEVED = 0.5  # confidence from which words beside the sheets are more than grain


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as a picture of its own, its corners in points of the page.

    What stands beside all sheets has no corners.
    """

    picture: Picture
    corners: Points | None = None


def sheets_of(picture: Picture) -> list[Sheet]:
    """The sheets on a photo, in reading order, then what is beside them; else nothing."""
    found = find_sheets(picture.pixels)
    sheets = [
        Sheet(rectified(picture, corners), picture.frame.points(corners))
        for corners in found.sheets
    ]
    return sheets + [Sheet(_without(picture, found.sheets))] * found.beside


def joined(sheets: Sequence[Sheet], readings: Sequence[Reading]) -> Reading:
    """One reading of all ``sheets``, each of which was read as if it were a page.

    What it says of the page as a whole is said of the sheet with the most text.
    """
    parts = [_part(*both) for both in zip(sheets, readings, strict=True)]
    on_sheets = [place for place, sheet in enumerate(sheets) if sheet.corners is not None]
    main = max(on_sheets, key=lambda place: _length(parts[place].tokens))
    warnings = [warning for place in on_sheets for warning in readings[place].warnings]
    worth = [(readings[it].quality, _length(parts[it].tokens)) for it in on_sheets]
    known = [(quality, length) for quality, length in worth if quality is not None]
    whole = sum(length for _, length in known)
    return replace(
        readings[main],
        tokens=[],
        rotation=parts[main].rotation,
        skew=parts[main].skew,
        quality=sum(quality * length for quality, length in known) / whole if whole else None,
        warnings=list(dict.fromkeys(warnings)),
        parts=parts,
    )


def _part(sheet: Sheet, reading: Reading) -> Part:
    tokens = reading.tokens
    if sheet.corners is None:
        return Part([it for it in tokens if it.confidence >= _BELIEVED], reading.frame)
    height, width = sheet.picture.pixels.shape
    if reading.rotation in (90, 270):
        width, height = height, width
    angle = reading.frame.text_angle(width / 2, height / 2)
    rotation = round(angle / 90) * 90
    return Part(tokens, reading.frame, sheet.corners, rotation % 360, rotation - angle)


def _length(tokens: Sequence[Token]) -> int:
    return sum(len(token.text) for token in tokens)


def _without(picture: Picture, sheets: Sequence[Points]) -> Picture:
    """``picture`` with its sheets painted over, as bright as paper."""
    pixels = picture.pixels.copy()
    for corners in sheets:
        own = cv2.convexHull(corners.round().astype(np.int32))
        x, y, width, height = cv2.boundingRect(own)
        around = pixels[max(0, y) : y + height, max(0, x) : x + width]
        cv2.fillConvexPoly(pixels, own, float(np.percentile(around, 90)))
    return replace(picture, pixels=pixels)
