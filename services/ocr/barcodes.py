"""QR codes and barcodes on pictures of pages.

Found by ZXing-C++ (https://github.com/zxing-cpp/zxing-cpp). On a receipt of 1.5 megapixels its
search takes 2.7 ms with the formats below; all formats, light codes on dark ground and smaller
copies of the picture would take 33 ms and find no more on documents.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from services.ocr.geometry import Frame
from services.ocr.sources import Picture, Source
from shared.pdf import Area, TextLayer

if TYPE_CHECKING:
    import zxingcpp

_FORMATS = {
    "QRCode": "qr_code",
    "Code128": "code_128",
    "Code39": "code_39",
    "EAN13": "ean_13",
    "ITF": "itf",
}
_MOST_PIXELS = 4_000_000  # of a picture to be searched: a code is still large enough
_MOST_CODES = 50
_MOST_TEXT = 4_000
_LEAST_LINEAR = 6  # characters: shorter ones are mostly lines taken for bars
_SIDES = (28.0, 260.0)  # points: how large codes are printed
_SQUARE = 1.35
# Words beside codes that are drawn as lines: on pages without pictures nothing else shows them.
_HINTS = frozenset(
    {"girocode", "giro-code", "bezahlcode", "qr", "qr-code", "qr-rechnung", "qr-facture",
     "qr-fattura", "zahlteil", "epc-qr", "qrcode", "barcode"}
)  # fmt: skip
# The payment part of a Swiss QR-bill, whose words are common ones elsewhere.
_HINTS_TOGETHER = (
    frozenset({"section", "paiement"}),
    frozenset({"sezione", "pagamento"}),
    frozenset({"payment", "part"}),
)


class PageCode(NamedTuple):
    """A code that was read; the box is in points of the page."""

    format: str
    text: str
    x0: float
    y0: float
    x1: float
    y1: float


def find_codes(picture: Picture) -> list[PageCode]:
    """The codes on a picture, in no particular order."""
    import zxingcpp  # noqa: PLC0415 - most pages have a text layer and never need it

    pixels = picture.pixels
    factor = min(1.0, (_MOST_PIXELS / max(1, pixels.size)) ** 0.5)
    if factor < 1:
        smaller = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        pixels = np.asarray(smaller, np.uint8)
    found = zxingcpp.read_barcodes(
        np.ascontiguousarray(pixels),
        formats=zxingcpp.BarcodeFormats(
            [getattr(zxingcpp.BarcodeFormat, name) for name in _FORMATS]
        ),
        try_rotate=False,
        try_downscale=False,
        try_invert=False,
    )
    return [
        _code(each, picture.frame, factor)
        for each in found[:_MOST_CODES]
        if each.format.name == "QRCode" or len(each.text) >= _LEAST_LINEAR
    ]


def codes_beside_text(source: Source, number: int, layer: TextLayer) -> list[PageCode]:
    """The codes of a page that has a text layer; most such pages cost nothing.

    Looked at are pictures of the size and shape of a code, and the whole page where its words
    speak of one.
    """
    found: dict[str, PageCode] = {}
    for area in _areas(source, number, layer):
        for code in find_codes(source.picture(number, area)):
            found.setdefault(code.text, code)
    return list(found.values())


def _areas(source: Source, number: int, layer: TextLayer) -> Iterator[Area | None]:
    if layer.has_images:
        yield from (area for area in source.image_areas(number) if _may_be_code(area))
    if _speaks_of_code(layer):
        yield None


def _speaks_of_code(layer: TextLayer) -> bool:
    text = " ".join([word.text for word in layer.words]).lower()
    sought = [frozenset({hint}) for hint in _HINTS if hint in text]
    sought += [them for them in _HINTS_TOGETHER if all(hint in text for hint in them)]
    if not sought:  # nearly every page: it is spared the rest
        return False
    words = {word.strip(":.,()") for word in text.split()}
    return any(words >= them for them in sought)


def _may_be_code(area: Area) -> bool:
    width, height = area.x1 - area.x0, area.y1 - area.y0
    shortest, longest = sorted((width, height))
    return _SIDES[0] <= shortest and longest <= _SIDES[1] and longest <= _SQUARE * shortest


def _code(found: "zxingcpp.Barcode", frame: Frame, factor: float) -> PageCode:
    place = found.position
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    xs, ys = [point.x / factor for point in corners], [point.y / factor for point in corners]
    box = np.array([[min(xs), min(ys), max(xs), max(ys)]], np.float64)
    x0, y0, x1, y1 = (round(float(it), 2) for it in frame.boxes(box)[0])
    return PageCode(_FORMATS[found.format.name], found.text[:_MOST_TEXT], x0, y0, x1, y1)
