"""Redacted PDF files: new pages made of pixels and of the words that may stay.

Functions that run in child processes. Nothing of the original file is taken over but what its
pages look like, so that nothing can be left behind in it: no text under a black bar, no
metadata, attachments, comments, links, scripts or earlier revisions.
"""

import io
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.ocr.head_shots import PixelBox, head_shot, photo_places
from services.ocr.images import FORMATS
from services.ocr.placing import placed_words
from services.ocr.results import ReadOptions
from services.ocr.searchable import page_size
from services.ocr.sources import Source, open_source
from shared.models.page import Page
from shared.pdf import ImageStream, Matrix, SearchablePdf
from shared.personal import Personal, PlacedText, personal_words

TITLE = "Redacted document"
_PIXELS_PER_POINT = 150 / 72
_HIGHEST = 3_000  # pixels of a page
_QUALITY = 80  # of JPEG
_AROUND = 0.15  # of a word's height, blacked beyond its box: letters may reach out of it
_LEAST_AROUND = 1.0  # points


@dataclass(frozen=True, slots=True)
class Redacting:
    """What is made of which file, and how far it is; ``font`` is what ``SearchablePdf`` says."""

    original: str
    media_type: str
    path: str
    created: datetime
    personal: Personal
    pages: int = 0
    font: int = 0


@dataclass(frozen=True, slots=True)
class Redacted:
    """How far it is now, see ``Redacting``."""

    pages: int
    font: int


def redact_pages(making: Redacting, contents: Sequence[bytes], budget: float = 2.0) -> Redacted:
    """Add the next pages; ``contents`` are these as stored, in order.

    Stops early when ``budget`` seconds are spent, but does one page at least. A page that
    cannot be drawn stays empty.

    Raises:
        Permanent: the original cannot be opened, see ``services.ocr.reader.probe``.
    """
    deadline = time.monotonic() + budget
    done = 0
    options = ReadOptions(max_pages=sys.maxsize)
    with open_source(making.original, making.media_type, options) as source, _file(making) as pdf:
        for content in contents:
            if done and time.monotonic() > deadline:
                break
            _add(pdf, source, Page.model_validate_json(content), making)
            done += 1
    return Redacted(making.pages + done, pdf.font)


def photo_of(original: str, media_type: str, content: bytes) -> bytes:
    """The photo of a person on a page, given as stored, as JPEG; nothing where there is none.

    Raises:
        DocstageError: the file cannot be opened, or the page not drawn.
    """
    with open_source(original, media_type, ReadOptions(max_pages=sys.maxsize)) as source:
        pixels = head_shot(source, Page.model_validate_json(content))
    return b"" if pixels is None else _coded(pixels)


def _file(making: Redacting) -> AbstractContextManager[SearchablePdf]:
    if making.pages:
        return SearchablePdf.edit(making.path, font=making.font)
    return SearchablePdf.new(making.path, TITLE, making.created)


def _add(pdf: SearchablePdf, source: Source, page: Page, making: Redacting) -> None:
    size = (page.width, page.height)
    if making.media_type in FORMATS:
        size = page_size(size, None)
    number, (width, height) = pdf.add_page(size)
    words = [
        PlacedText(it.text, it.x0, it.y0, it.x1, it.y1, it.confidence >= 1) for it in page.words
    ]
    secret = personal_words(page.number, words, making.personal)
    try:
        wanted = min(_HIGHEST, height * _PIXELS_PER_POINT)
        pixels = _blacked(source, page, secret, making.personal, round(wanted))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (a broken page must cost this page only)
        return
    image = ImageStream(
        pixels.shape[1], pixels.shape[0], 8, "/DeviceRGB", "/DCTDecode", _coded(pixels)
    )
    pdf.add_picture(number, image, Matrix(width, 0, 0, height, 0, 0))
    left = _without(page, secret)
    if any(line.words for line in left.lines):
        scale = Matrix(width / page.width, 0, 0, -height / page.height, 0, height)
        pdf.add_text(number, placed_words(left, scale))


def _without(page: Page, secret: set[int]) -> Page:
    """``page`` with lines of the words that may stay."""
    lines = [
        line.copy_with(words=[at for at in line.words if at not in secret], text="")
        for line in page.lines
    ]
    return page.copy_with(lines=[line for line in lines if line.words])


def _blacked(
    source: Source, page: Page, secret: set[int], personal: Personal, height: int
) -> NDArray[np.uint8]:
    """The page's pixels, black where something personal is, a photo or a code."""
    pixels = np.array(source.preview(page.number, height))
    across, down = pixels.shape[1] / page.width, pixels.shape[0] / page.height
    places = [
        *((it.x0, it.y0, it.x1, it.y1) for at, it in enumerate(page.words) if at in secret),
        *((it.x0, it.y0, it.x1, it.y1) for it in personal.boxes if it.page == page.number),
        *((it.x0, it.y0, it.x1, it.y1) for it in page.barcodes),
    ]
    for x0, y0, x1, y1 in places:
        more = max(_LEAST_AROUND, _AROUND * min(y1 - y0, x1 - x0))
        left, top = int((x0 - more) * across), int((y0 - more) * down)
        _black(
            pixels,
            PixelBox(left, top, int((x1 + more) * across) + 1, int((y1 + more) * down) + 1),
        )
    for photo in photo_places(pixels, page, source.image_areas(page.number)):
        _black(pixels, photo)
    return pixels


def _black(pixels: NDArray[np.uint8], box: PixelBox) -> None:
    pixels[max(0, box.y0) : max(0, box.y1), max(0, box.x0) : max(0, box.x1)] = 0


def _coded(pixels: NDArray[np.uint8]) -> bytes:
    coded = io.BytesIO()
    Image.fromarray(pixels).save(coded, "JPEG", quality=_QUALITY)
    return coded.getvalue()
