"""Making searchable PDFs of drawn pictures and pages, and looking into them."""

import io
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pymupdf
from numpy.typing import NDArray
from PIL import Image

from services.ocr.searchable import Making, add_pages
from shared.models.page import Line, Page, Word
from shared.models.read_by import ReadBy

NEAR = 2.0  # points
Make = Callable[..., bytes]


def maker(tmp_path: Path) -> Make:
    """The searchable PDF of a file with these pages, made with this budget per call."""

    def made(content: bytes, media_type: str, *pages: Page, budget: float = 60.0) -> bytes:
        original, path = tmp_path / "original", tmp_path / "made.pdf"
        original.write_bytes(content)
        created = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        making = Making(str(original), media_type, str(path), "A <tïtle>", created)
        contents = [page.model_dump_json().encode() for page in pages]
        while making.pages < len(contents):
            done = add_pages(making, contents[making.pages :], budget)
            assert done.failed == ()
            assert making.pages < done.pages <= making.pages + (1 if budget == 0 else len(pages))
            making = replace(making, pages=done.pages, font=done.font)
        return path.read_bytes()

    return made


def page_with(*words: Word, size: tuple[float, float], **more: Any) -> Page:
    """A page with a line per word."""
    lines = [
        Line(text=it.text, x0=it.x0, y0=it.y0, x1=it.x1, y1=it.y1, words=[place])
        for place, it in enumerate(words)
    ]
    width, height = size
    facts = {"number": 0, "read_by": ReadBy.OCR, **more}
    return Page(width=width, height=height, words=list(words), lines=lines, **facts)


def word(text: str, x0: float, y0: float, x1: float, y1: float) -> Word:
    return Word(text=text, x0=x0, y0=y0, x1=x1, y1=y1, confidence=0.9)


def hits(page: pymupdf.Page, text: str) -> list[pymupdf.Rect]:
    """Where a word is found, on the page as displayed."""
    return [it * page.rotation_matrix for it in page.search_for(text)]


def assert_found(page: pymupdf.Page, read: Page) -> None:
    """Every word is found where it was read."""
    across, down = page.rect.width / read.width, page.rect.height / read.height
    for it in read.words:
        box = (it.x0 * across, it.y0 * down, it.x1 * across, it.y1 * down)
        nearest = min(
            (max(abs(a - b) for a, b in zip(hit, box, strict=True)) for hit in hits(page, it.text)),
            default=math.inf,
        )
        assert nearest <= NEAR, (it, hits(page, it.text))


def picture(width: int = 120, height: int = 80, mode: str = "RGB") -> Image.Image:
    """Noise, darker towards the lower right, so that no two orientations are alike."""
    noise = np.random.default_rng(3).integers(0, 60, (height, width, 3))
    shade = np.linspace(0, 120, width)[None, :, None] + np.linspace(0, 60, height)[:, None, None]
    return Image.fromarray((noise + shade).astype(np.uint8)).convert(mode)


def coded(image: Image.Image, form: str, **more: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def shown(content: bytes, number: int, size: tuple[int, int]) -> NDArray[np.int16]:
    """A page rendered at that many pixels, in RGB."""
    with pymupdf.open(stream=content) as document:
        page = document[number]
        scale = pymupdf.Matrix(size[0] / page.rect.width, size[1] / page.rect.height)
        pixels = page.get_pixmap(matrix=scale, colorspace=pymupdf.csRGB, alpha=False)
    array = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.width, 3)
    return array.astype(np.int16)


def stored_images(content: bytes) -> list[bytes]:
    """The pictures in a PDF as they are coded there."""
    with pymupdf.open(stream=content) as document:
        return [
            document.xref_stream_raw(number)
            for number in range(1, document.xref_length())
            if document.xref_is_image(number)
        ]
