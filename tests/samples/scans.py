"""Long documents as an office scanner gives them: a JPEG picture a page, no text layer."""

import io
from collections.abc import Iterable, Iterator

import numpy as np
import pymupdf
from numpy.typing import NDArray
from PIL import Image

from tests.samples.pages import encoded

_TEXT = (
    "delivery of the goods with thanks for your order payment within thirty days customer number "
    "date description quantity price amount total discount shipping account please contact our "
    "office between nine and five Northwind Trading Company Limited"
)
_GRAIN = 4  # grey levels, as of a scanner's sensor
_WIDTH, _HEIGHT = 595, 842  # points


def scanned_page(number: int, *, lines: int = 25, words: int = 8, dpi: int = 150) -> bytes:
    """Page ``number`` (from 0) as JPEG: it says which it is, and some lines of chance words."""
    draw = np.random.default_rng(number)
    text = [f"Page {number + 1} of a long scan"]
    text += [" ".join(draw.choice(_TEXT.split(), words)) for _ in range(lines - 1)]
    with pymupdf.open() as document:
        page = document.new_page(width=_WIDTH, height=max(120, 80 + 29 * lines))
        for row, line in enumerate(text):
            page.insert_text((50, 60 + 29 * row), line, fontsize=11, fontname="tiro")
        pixmap = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
        grey = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.stride)
        worn = _grainy(grey[:, : pixmap.width], draw)
    return encoded(Image.fromarray(worn), "JPEG", quality=50)


def _grainy(grey: NDArray[np.uint8], draw: np.random.Generator) -> NDArray[np.uint8]:
    grain = draw.normal(0, _GRAIN, grey.shape).astype(np.float32)
    return np.asarray((grey * 0.88 + 16 + grain).clip(0, 255), np.uint8)


def scanned_pages(count: int, **size: int) -> Iterator[bytes]:
    """The first ``count`` pages, as ``scanned_page`` draws them."""
    return (scanned_page(number, **size) for number in range(count))


def scan_file(pictures: Iterable[bytes]) -> bytes:
    """A PDF with a page for each picture, which keeps its own bytes."""
    with pymupdf.open() as document:
        for picture in pictures:
            with Image.open(io.BytesIO(picture)) as image:
                width, height = _WIDTH, _WIDTH * image.height / image.width
            page = document.new_page(width=width, height=height)
            page.insert_image(page.rect, stream=picture)
        return document.tobytes()
