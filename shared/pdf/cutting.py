"""Some pages of a PDF file as a file of its own, or a part of a page as a picture."""

import sys
from collections.abc import Sequence
from typing import Any

import pymupdf

from shared.errors import Code, Permanent
from shared.pdf.document import opened

_DPI = 200
_MOST_PIXELS = 40_000_000


def cut_pages(path: str, pages: Sequence[int]) -> bytes:
    """A PDF of these pages, in order, as they are; the same again has the same bytes.

    Raises ``Permanent(FILE_CORRUPT)`` when it cannot be made.
    """
    try:
        with pymupdf.open(path, filetype="pdf") as document, pymupdf.open() as made:
            for number in pages:
                made.insert_pdf(document, from_page=number, to_page=number, links=False)
            made.set_metadata({})
            content: bytes = made.tobytes(garbage=3, deflate=True, no_new_id=True)
    except (RuntimeError, ValueError):
        raise Permanent(Code.FILE_CORRUPT) from None
    return content


def drawn_part(path: str, page: int, box: tuple[float, float, float, float]) -> bytes:
    """A part of a page as PNG; ``box`` in points of the page as displayed.

    Raises ``Permanent`` as ``PdfFile.open`` does, and (``FILE_CORRUPT``) when it cannot be drawn.
    """
    try:
        with opened(path, max_pages=sys.maxsize) as document:
            area: Any = pymupdf.Rect(*box) & document[page].rect
            dpi = _DPI
            while (area.width * dpi / 72) * (area.height * dpi / 72) > _MOST_PIXELS:
                dpi //= 2
            drawn: bytes = document[page].get_pixmap(dpi=dpi, clip=area).tobytes("png")
    except (RuntimeError, ValueError):
        raise Permanent(Code.FILE_CORRUPT) from None
    return drawn
