"""An open PDF file."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pymupdf
from numpy.typing import NDArray

from shared.errors import Code, Permanent
from shared.pdf import attachments, forms, rendering, text
from shared.pdf.text import Area, TextLayer

if TYPE_CHECKING:
    from shared.models.embedded import EmbeddedFile, FormField

_SMALL = 1024 * 1024  # bytes


class _Pages(pymupdf.Document):
    """A document without the outline and the metadata that PyMuPDF looks up on opening."""

    def init_doc(self) -> None:
        """Nothing: reading needs neither, and looking for what is missing raises each time."""

    def mend(self) -> None:
        """Look them up after all: MuPDF then rebuilds a table of objects that is broken."""
        super().init_doc()  # type: ignore[no-untyped-call]  # PyMuPDF's own


class PdfFile:
    """An open PDF; pages count from 0, coordinates are points of the page as displayed.

    That is: the crop box after ``/Rotate``, origin top-left, y downwards.
    """

    def __init__(self, document: Any) -> None:  # noqa: ANN401 (PyMuPDF is not typed)
        self._document = document

    @classmethod
    @contextmanager
    def open(cls, path: str, *, max_pages: int) -> Iterator["PdfFile"]:
        """The file at ``path``, closed at the end of the block.

        Raises:
            Permanent: ``FILE_EMPTY``, ``FILE_CORRUPT``, ``FILE_ENCRYPTED`` (it needs a
                password), ``TOO_MANY_PAGES`` (more than ``max_pages``), ``BLOB_MISSING``.
        """
        with _checked(partial(_to_be_read, path), max_pages) as document:
            yield cls(document)

    @classmethod
    @contextmanager
    def of(cls, content: bytes) -> Iterator["PdfFile"]:
        """A file of our own that is in memory, closed at the end of the block."""
        with _checked(partial(_Pages, None, content, "pdf"), sys.maxsize) as document:
            yield cls(document)

    @property
    def is_mended(self) -> bool:
        """Whether it was damaged, and what is here is what could be made of it.

        That is: its table of objects was rebuilt, or it is encrypted and lacks the ``/ID`` that
        keys are made of (ISO 32000-1, 7.5.5).
        """
        document = self._document
        given = {it: document.xref_get_key(-1, it)[0] for it in ("Encrypt", "ID")}
        lacks_id = given["Encrypt"] != "null" and given["ID"] == "null"
        return bool(document.is_repaired) or lacks_id

    @property
    def page_count(self) -> int:
        """How many pages the file has, at least one."""
        return len(self._document)

    def size(self, number: int) -> tuple[float, float]:
        """Width and height of a page."""
        area = self._document[number].rect
        return float(area.width), float(area.height)

    def text_layer(self, number: int) -> TextLayer:
        """The text that the page itself holds, and how far to believe it."""
        return text.read(self._document[number])

    def image_areas(self, number: int) -> list[Area]:
        """Where images stand on a page, cut to it; overlapping pieces as one area."""
        return text.image_areas(self._document[number])

    def render(
        self, number: int, dpi: float, *, clip: Area | None = None, max_pixels: int = 40_000_000
    ) -> tuple[NDArray[np.uint8], float]:
        """A page, or its part ``clip``, in grey, and the scale in pixels per point.

        The scale is lower than ``dpi / 72`` where the picture would exceed ``max_pixels``.
        """
        return rendering.grey(self._document[number], dpi, clip, max_pixels)

    def render_colour(self, number: int, height: int) -> NDArray[np.uint8]:
        """A page as an RGB picture about ``height`` pixels high."""
        return rendering.colour(self._document[number], height)

    def embedded_files(self) -> "list[EmbeddedFile]":
        """The text files that are attached to the document, such as e-invoice XML."""
        return attachments.text_files(self._document)

    def form_fields(self) -> "list[FormField]":
        """The filled-in form fields of all pages."""
        return forms.filled_fields(self._document)


@contextmanager
def opened(path: str, *, max_pages: int) -> Iterator[Any]:
    """PyMuPDF's own document, for the modules of this package; see ``PdfFile.open``."""
    with _checked(partial(pymupdf.open, path, filetype="pdf"), max_pages) as document:
        yield document


def _to_be_read(path: str) -> _Pages:
    """The document at ``path``, small ones in memory: MuPDF asks for 4 KB at a time."""
    file = Path(path)
    content = file.read_bytes() if file.stat().st_size <= _SMALL else None
    name = path if content is None else None
    document = _Pages(name, content, "pdf")  # type: ignore[no-untyped-call]  # PyMuPDF's own
    if not document.needs_pass and not document.page_count:
        document.mend()
    return document


@contextmanager
def _checked(load: Callable[[], Any], max_pages: int) -> Iterator[Any]:
    document = _loaded(load)
    try:
        if not document.is_pdf:  # MuPDF goes by what is in the file
            raise Permanent(Code.FILE_CORRUPT)
        if document.needs_pass:
            raise Permanent(Code.FILE_ENCRYPTED)
        pages = _count(document)
        if pages > max_pages:
            detail = f"The document has {pages} pages, {max_pages} are allowed."
            raise Permanent(Code.TOO_MANY_PAGES, detail)
        yield document
    finally:
        document.close()
        # MuPDF keeps decoded pictures, a megabyte for each page of a scan, until there are 256.
        pymupdf.TOOLS.store_shrink(100)


def _loaded(load: Callable[[], Any]) -> Any:  # noqa: ANN401 (PyMuPDF is not typed)
    pymupdf.TOOLS.mupdf_display_errors(on=False)
    pymupdf.TOOLS.mupdf_display_warnings(on=False)
    # Boxes as MuPDF has them, by the font's ascender and descender: extraction is fitted to these.
    # (PyMuPDF's Markdown writer, where it is imported, sets this too.)
    pymupdf.TOOLS.unset_quad_corrections(on=True)
    try:
        return load()
    except pymupdf.EmptyFileError:
        raise Permanent(Code.FILE_EMPTY) from None
    except (FileNotFoundError, pymupdf.FileNotFoundError):
        raise Permanent(Code.BLOB_MISSING) from None
    except (RuntimeError, ValueError, AssertionError, pymupdf.mupdf.FzErrorBase) as error:
        raise Permanent(Code.FILE_CORRUPT) from error


def _count(document: Any) -> int:  # noqa: ANN401 (PyMuPDF is not typed)
    try:
        pages = len(document)
    except (RuntimeError, ValueError, pymupdf.mupdf.FzErrorBase) as error:
        raise Permanent(Code.FILE_CORRUPT) from error
    if pages < 1:
        raise Permanent(Code.FILE_CORRUPT, "The document has no pages.")
    return pages
