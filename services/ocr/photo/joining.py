"""A photo read sheet by sheet, and put together as one page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.ocr.composing import Part, Reading
from services.ocr.geometry import Points
from services.ocr.photo.rectify import rectified
from services.ocr.photo.sheets import find_sheets
from services.ocr.sources import Picture

_LEAST_TEXT = 20  # believed letters: a sheet without edges that has fewer is none
_BELIEVED = 0.4  # confidence


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as a picture of its own, and its corners in points of the page."""

    picture: Picture
    corners: Points
    has_edges: bool


def sheets_of(picture: Picture) -> list[Sheet]:
    """The sheets on a photo, in reading order; nothing on any other picture."""
    return [
        Sheet(rectified(picture, it.corners), picture.frame.points(it.corners), it.has_edges)
        for it in find_sheets(picture.pixels)
    ]


def joined(sheets: Sequence[Sheet], readings: Sequence[Reading]) -> Reading:
    """One reading of all ``sheets``, each of which was read as if it were a page.

    What it says of the page as a whole is said of the sheet with the most text.
    """
    kept = [
        (sheet, reading)
        for sheet, reading in zip(sheets, readings, strict=True)
        if sheet.has_edges or _believed(reading) >= _LEAST_TEXT
    ]
    parts = [_part(sheet, reading) for sheet, reading in kept]
    lengths = [sum(len(token.text) for token in part.tokens) for part in parts]
    main = lengths.index(max(lengths))
    return replace(
        kept[main][1],
        tokens=[],
        rotation=parts[main].rotation,
        skew=parts[main].skew,
        quality=_mean_quality([reading for _, reading in kept], lengths),
        rescan=list(dict.fromkeys(it for _, reading in kept for it in reading.rescan)),
        warnings=list(dict.fromkeys(it for _, reading in kept for it in reading.warnings)),
        parts=parts,
    )


def _part(sheet: Sheet, reading: Reading) -> Part:
    height, width = sheet.picture.pixels.shape
    if reading.rotation in (90, 270):
        width, height = height, width
    angle = reading.frame.text_angle(width / 2, height / 2)
    rotation = round(angle / 90) * 90
    return Part(reading.tokens, reading.frame, sheet.corners, rotation % 360, rotation - angle)


def _believed(reading: Reading) -> int:
    return sum(len(token.text) for token in reading.tokens if token.confidence >= _BELIEVED)


def _mean_quality(readings: Sequence[Reading], lengths: Sequence[int]) -> float | None:
    known = [
        (reading.quality, length)
        for reading, length in zip(readings, lengths, strict=True)
        if reading.quality is not None
    ]
    whole = sum(length for _, length in known)
    return sum(quality * length for quality, length in known) / whole if whole else None
