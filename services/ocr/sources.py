"""One face for all kinds of files that have pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from services.ocr.geometry import Frame
from services.ocr.images import FORMATS, ImageFile
from services.ocr.office.kinds import PAGELESS
from services.ocr.results import ReadOptions
from shared.errors import Code, Permanent
from shared.pdf import Area, PdfFile, TextLayer

PDF = "application/pdf"
MENDED = "The file was damaged; what is here is what could be repaired."
_MOST_PIXELS = 16_000_000  # of a picture to be read; more shows no more letters


@dataclass(frozen=True, slots=True)
class Picture:
    """Grey pixels of a page or of a part of it; ``frame`` takes them to points."""

    pixels: NDArray[np.uint8]
    frame: Frame
    damaged: bool = False


class Source(Protocol):
    """A file with pages that count from 0; coordinates are points as in ``Page``."""

    @property
    def page_count(self) -> int:
        """How many pages there are."""

    def size(self, number: int) -> tuple[float, float]:
        """Width and height of a page in points."""

    def text_layer(self, number: int) -> TextLayer:
        """The page's own text, if it has any."""

    def image_areas(self, number: int) -> list[Area]:
        """Where images stand on the page."""

    def picture(self, number: int, area: Area | None = None) -> Picture:
        """The page, or a part of it, as a picture to be read."""

    def preview(self, number: int, height: int) -> NDArray[np.uint8]:
        """The page in RGB, at most about ``height`` pixels high."""

    def embedded(self) -> bytes | None:
        """Exact data that the file carries beside its pages, if any: an ``Embedded`` in JSON."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the document should know of the file."""


class PdfSource:
    """A PDF file as a source."""

    def __init__(self, file: PdfFile, options: ReadOptions, warnings: tuple[str, ...] = ()) -> None:
        self._file = file
        self._options = options
        self.warnings = warnings + (MENDED,) * file.is_mended
        self.page_count = file.page_count
        self.size = file.size
        self.text_layer = file.text_layer
        self.image_areas = file.image_areas

    def picture(self, number: int, area: Area | None = None) -> Picture:
        """The page, or a part of it, rendered at the options' resolution."""
        limit = min(self._options.max_pixels, _MOST_PIXELS)
        pixels, scale = self._file.render(number, self._options.dpi, clip=area, max_pixels=limit)
        x, y = (area.x0, area.y0) if area else (0.0, 0.0)
        return Picture(pixels, Frame.scaled(1 / scale, x, y))

    def preview(self, number: int, height: int) -> NDArray[np.uint8]:
        """The page in RGB, about ``height`` pixels high."""
        return self._file.render_colour(number, height)

    def embedded(self) -> bytes | None:
        """Attached files and form fields."""
        files, fields = self._file.embedded_files(), self._file.form_fields()
        if not files and not fields:
            return None
        # Only who has some pays for importing pydantic.
        from shared.models.embedded import Embedded  # noqa: PLC0415

        return Embedded(files=files, form_fields=fields).model_dump_json().encode()


class ImageSource:
    """An image file as a source."""

    warnings: tuple[str, ...]

    def __init__(self, file: ImageFile) -> None:
        self._file = file
        self.warnings = ()
        self.page_count = file.page_count
        self.size = file.size

    def text_layer(self, number: int) -> TextLayer:
        """Nothing: an image has no text layer."""
        return TextLayer()

    def image_areas(self, number: int) -> list[Area]:
        """The whole page."""
        width, height = self.size(number)
        return [Area(0, 0, width, height)]

    def picture(self, number: int, area: Area | None = None) -> Picture:
        """The page, or a part of it, made smaller where it has more pixels than help."""
        pixels, damaged = self._file.grey(number)
        x, y = 0, 0
        if area is not None:
            x, y = int(area.x0), int(area.y0)
            pixels = pixels[y : int(area.y1), x : int(area.x1)]
        factor = min(1.0, (_MOST_PIXELS / max(1, pixels.size)) ** 0.5)
        if factor < 1:
            pixels = _smaller(pixels, factor)
        return Picture(pixels, Frame.scaled(1 / factor, x, y), damaged)

    def preview(self, number: int, height: int) -> NDArray[np.uint8]:
        """The page in RGB, made smaller where it is higher than ``height``."""
        pixels = self._file.colour(number)
        factor = height / pixels.shape[0]
        if factor >= 1:
            return pixels
        return _smaller(pixels, factor)

    def embedded(self) -> bytes | None:
        """Nothing."""
        return None


def _smaller(pixels: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    smaller = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, np.uint8)


@contextmanager
def open_source(path: str, media_type: str, options: ReadOptions) -> Iterator[Source]:
    """The file at ``path``, closed at the end of the block.

    Raises:
        Permanent: it cannot be opened (see ``PdfFile.open``, ``ImageFile.open`` and
            ``office.pages.typed``), or ``FILE_TYPE_NOT_SUPPORTED``.
    """
    if media_type == PDF:
        with PdfFile.open(path, max_pages=options.max_pages) as pdf:
            yield PdfSource(pdf, options)
    elif media_type in FORMATS:
        limits = {"max_pages": options.max_pages, "max_pixels": options.max_pixels}
        with ImageFile.open(path, media_type, **limits) as image:
            yield ImageSource(image)
    elif media_type in PAGELESS:
        with _typeset(path, media_type, options) as source:
            yield source
    else:
        raise Permanent(Code.FILE_TYPE_NOT_SUPPORTED)


@contextmanager
def _typeset(path: str, media_type: str, options: ReadOptions) -> Iterator[Source]:
    # Few files are of such a kind; only who reads one pays for what reads it.
    from services.ocr.office.pages import typed  # noqa: PLC0415

    made = typed(path, media_type, options.max_pages)
    with PdfFile.of(made.content) as pdf:
        yield PdfSource(pdf, options, made.warnings)
