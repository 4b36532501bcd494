"""Searchable PDF files: the original pages, with what was read as invisible text.

Functions that run in child processes. A long document is made in several calls, so that none
takes long, and the pages read need not all be held at once.
"""

import math
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.ocr.image_streams import image_stream
from services.ocr.images import FORMATS, ImageFile
from services.ocr.office.kinds import PAGELESS
from services.ocr.placing import placed_words
from services.ocr.results import ReadOptions
from services.ocr.sources import PDF
from shared.errors import Code, Permanent
from shared.models.page import Page
from shared.models.read_by import ReadBy
from shared.pdf import Matrix, SearchablePdf

_POINTS_PER_INCH = 72
_FEWEST_DPI, _MOST_DPI = 72, 2400  # of scanners; 72 is what programs write that know none
_USUAL_LONG_SIDE = 842.0  # points: A4's, for pictures that state none


@dataclass(frozen=True, slots=True)
class Making:
    """What is made of which file, and how far it is.

    ``original`` and ``path`` are local paths; ``title`` and ``created`` are for the properties
    of a picture's PDF. ``pages`` are done so far; ``font`` is what ``SearchablePdf`` says.
    """

    original: str
    media_type: str
    path: str
    title: str
    created: datetime
    pages: int = 0
    font: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """How far it is now; see ``Making``.

    ``failed`` are the pages of this call that could not be shown or given text.
    """

    pages: int
    font: int
    failed: tuple[int, ...] = ()


def add_pages(making: Making, contents: Sequence[bytes], budget: float = 2.0) -> Made:
    """Add the text of the next pages: ``contents`` are these as stored, in order.

    Stops early when ``budget`` seconds are spent, but does one page at least. Begins the file
    where no page is done so far. A page that cannot be shown stays empty, one whose text
    cannot be added stays as it is.

    Raises:
        Permanent: the original cannot be opened, see ``services.ocr.reader.probe``.
    """
    begun = time.monotonic()
    if making.media_type == PDF:
        return _over_pages(making, contents, begun + budget)
    if making.media_type in FORMATS:
        return _over_pictures(making, contents, begun + budget)
    if making.media_type in PAGELESS:
        return _of_type(making, contents)
    raise Permanent(Code.FILE_TYPE_NOT_SUPPORTED)


def _of_type(making: Making, contents: Sequence[bytes]) -> Made:
    """Pages that were set in type are searchable as they are, but for pictures on them."""
    from services.ocr.office.pages import typed  # noqa: PLC0415 (few documents need it)

    if not making.pages:
        made = typed(making.original, making.media_type, sys.maxsize)
        Path(making.path).write_bytes(made.content)
    with SearchablePdf.edit(making.path, font=making.font) as pdf:
        added = [(page.number, _add_text(pdf, page)) for page in _pages(contents, math.inf)]
    return _made(making, added, pdf.font)


def _over_pages(making: Making, contents: Sequence[bytes], deadline: float) -> Made:
    if not making.pages:
        SearchablePdf.copy(making.original, making.path)
    with SearchablePdf.edit(making.path, font=making.font) as pdf:
        added = [(page.number, _add_text(pdf, page)) for page in _pages(contents, deadline)]
    return _made(making, added, pdf.font)


def _over_pictures(making: Making, contents: Sequence[bytes], deadline: float) -> Made:
    limits = {"max_pages": sys.maxsize, "max_pixels": ReadOptions().max_pixels}
    with (
        ImageFile.open(making.original, making.media_type, **limits) as file,
        _picture_pdf(making) as pdf,
    ):
        added = [
            (page.number, _add_picture(pdf, file, page)) for page in _pages(contents, deadline)
        ]
    return _made(making, added, pdf.font)


def _made(making: Making, added: list[tuple[int, bool]], font: int) -> Made:
    failed = tuple(number for number, good in added if not good)
    return Made(making.pages + len(added), font, failed)


@contextmanager
def _picture_pdf(making: Making) -> Iterator[SearchablePdf]:
    if not making.pages:
        with SearchablePdf.new(making.path, making.title, making.created) as pdf:
            yield pdf
    else:
        with SearchablePdf.edit(making.path, font=making.font) as pdf:
            yield pdf


def _pages(contents: Sequence[bytes], deadline: float) -> Iterator[Page]:
    for place, content in enumerate(contents):
        if place and time.monotonic() > deadline:
            return
        yield Page.model_validate_json(content)


def _add_text(pdf: SearchablePdf, page: Page) -> bool:
    """The words of ``page`` that a reader put there; the others are on it already."""
    if page.read_by not in (ReadBy.OCR, ReadBy.MIXED) or not page.words:
        return True
    try:
        native = pdf.native_words(page.number) if page.read_by is ReadBy.MIXED else []
        pdf.add_text(page.number, placed_words(page, pdf.from_displayed(page.number), native))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (a broken page must cost this page's text only)
        return False
    return True


def _add_picture(pdf: SearchablePdf, file: ImageFile, page: Page) -> bool:
    orientation, size, image = 1, (page.width, page.height), None
    try:
        orientation, size = file.orientation(page.number), file.size(page.number)
        size = page_size(size, file.dpi(page.number))
        image = image_stream(file, page.number)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (a broken page must cost this page only)
        image = None
    number, (width, height) = pdf.add_page(size)
    if image is None:
        return False
    pdf.add_picture(number, image, _upright(orientation, width, height))
    if page.words:
        scale = Matrix(width / page.width, 0, 0, -height / page.height, 0, height)
        pdf.add_text(number, placed_words(page, scale))
    return True


def page_size(pixels: tuple[float, float], dpi: tuple[float, float] | None) -> tuple[float, float]:
    """How many points wide and high the page of an upright picture is.

    As large as the picture says by its pixels per inch, where these are credible; else its
    long side is that of A4.
    """
    width, height = pixels
    if dpi is not None and all(_FEWEST_DPI < it <= _MOST_DPI for it in dpi):
        return width / dpi[0] * _POINTS_PER_INCH, height / dpi[1] * _POINTS_PER_INCH
    factor = _USUAL_LONG_SIDE / max(width, height, 1.0)
    return width * factor, height * factor


def _upright(orientation: int, width: float, height: float) -> Matrix:
    """Where the unit square of a picture that stands so comes to lie on its page.

    The orientations are those of EXIF 2.3, 4.6.4 (tag 274).
    """
    w, h = width, height
    return Matrix(
        *{
            2: (-w, 0, 0, h, w, 0),
            3: (-w, 0, 0, -h, w, h),
            4: (w, 0, 0, -h, 0, h),
            5: (0, -h, -w, 0, w, h),
            6: (0, -h, w, 0, 0, h),
            7: (0, h, w, 0, 0, 0),
            8: (0, h, -w, 0, w, 0),
        }.get(orientation, (w, 0, 0, h, 0, 0))
    )
