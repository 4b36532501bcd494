"""Searchable PDF files: pages as they are, with invisible text added.

What is added is appended to the file where the file allows it (an incremental update, ISO
32000-1, 7.5.6), so that every byte of an original stays where it was.
"""

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import pymupdf
from pymupdf import mupdf

from shared.pdf import archival, text
from shared.pdf.document import opened
from shared.pdf.invisible import FONT_NAME, PlacedWord, add_font, text_content
from shared.pdf.text import NativeWord

_CMYK = "DeviceCMYK"
_SHORTEST, _LONGEST = 3.0, 14400.0  # points of a page's side: what readers take


class Matrix(NamedTuple):
    """An affine map as PDF writes it: ``x' = a x + c y + e``, ``y' = b x + d y + f``."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where a point comes to lie."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def vector(self, x: float, y: float) -> tuple[float, float]:
        """What becomes of a distance."""
        return self.a * x + self.c * y, self.b * x + self.d * y


@dataclass(frozen=True, slots=True)
class ImageStream:
    """A picture as PDF holds it.

    ``width`` and ``height`` are pixels, ``bits`` those of a component. ``data`` is coded as
    ``filter`` and ``parameters`` (of the filter) say. These, ``colours`` (the colour space) and
    ``decode`` (an array, where values are not to be taken as they are) are PDF's own words.
    """

    width: int
    height: int
    bits: int
    colours: str
    filter: str
    data: bytes = field(repr=False)
    parameters: str = ""
    decode: str = ""


class SearchablePdf:
    """A PDF file that is given pages, or text on its pages; pages count from 0."""

    def __init__(self, document: Any, font: int) -> None:  # noqa: ANN401 (PyMuPDF is not typed)
        self._document = document
        self._font = font
        self._changed = False

    @classmethod
    @contextmanager
    def new(cls, path: str, title: str, created: datetime) -> Iterator["SearchablePdf"]:
        """A file without pages, stored at ``path`` at the end of the block.

        It says that it is PDF/A-2b, see ``archival``; ``created`` is UTC.
        """
        document = pymupdf.open()
        try:
            archival.claim(document, title, created)
            yield cls(document, 0)
            document.save(path)
        finally:
            document.close()

    @staticmethod
    def copy(original: str, path: str) -> None:
        """Copy a PDF file so that it can be edited.

        Byte by byte, unless it is damaged in a way that PyMuPDF repairs, and then written
        anew. Raises ``Permanent`` as ``PdfFile.open`` does.
        """
        with opened(original, max_pages=sys.maxsize) as document:
            if document.can_save_incrementally():
                shutil.copyfile(original, path)
            else:
                document.save(path, encryption=mupdf.PDF_ENCRYPT_KEEP)

    @classmethod
    @contextmanager
    def edit(cls, path: str, *, font: int) -> Iterator["SearchablePdf"]:
        """The file at ``path``, to which what is done is appended at the end of the block.

        ``font`` is ``SearchablePdf.font`` as it was after the last time, 0 at first. Raises
        ``Permanent`` as ``PdfFile.open`` does.
        """
        with opened(path, max_pages=sys.maxsize) as document:
            pdf = cls(document, font)
            yield pdf
            if pdf._changed:
                keep = mupdf.PDF_ENCRYPT_KEEP
                document.save(path, incremental=True, encryption=keep)

    @property
    def font(self) -> int:
        """The object that is the invisible font, 0 for none."""
        return self._font

    def native_words(self, number: int) -> list[NativeWord]:
        """The words of a page's own text layer, in points of the page as displayed."""
        return text.read(self._document[number]).words

    def from_displayed(self, number: int) -> Matrix:
        """From points of the page as displayed (origin top-left) to PDF's own coordinates."""
        box, shown = mupdf.FzRect(), mupdf.FzMatrix()
        page = mupdf.pdf_page_from_fz_page(self._document[number].this)
        mupdf.pdf_page_transform(page, box, shown)
        back = mupdf.fz_invert_matrix(shown)
        return Matrix(back.a, back.b, back.c, back.d, back.e, back.f)

    def add_text(self, number: int, words: Sequence[PlacedWord]) -> None:
        """Put invisible words on a page.

        Before everything else that is on it: only there the page's own coordinates are sure
        to hold.
        """
        page = self._document[number]
        self._font = self._font or add_font(self._document)
        self._offer_font(page)
        content = self._stream("<<>>", text_content(words, FONT_NAME))
        parts = " ".join(f"{part} 0 R" for part in (content, *page.get_contents()))
        self._document.xref_set_key(page.xref, "Contents", f"[{parts}]")
        self._changed = True

    def add_page(self, size: tuple[float, float]) -> tuple[int, tuple[float, float]]:
        """Add an empty page of ``size`` in points behind the others; its number and size.

        It is smaller or larger where readers would not take it as it is.
        """
        width, height = size
        factor = min(1.0, _LONGEST / max(width, height, 1.0))
        width, height = max(width * factor, _SHORTEST), max(height * factor, _SHORTEST)
        self._document.new_page(-1, width=width, height=height)
        self._changed = True
        return len(self._document) - 1, (width, height)

    def add_picture(self, number: int, image: ImageStream, matrix: Matrix) -> None:
        """Show ``image`` on a page made by ``add_page``.

        ``matrix`` takes the unit square to its place, in PDF's own coordinates.
        """
        page = self._document[number]
        if _CMYK in image.colours:  # printing inks need a profile of their own
            archival.withdraw(self._document)
        picture = self._stream(
            f"<</Type/XObject/Subtype/Image/Width {image.width}/Height {image.height}"
            f"/BitsPerComponent {image.bits}/ColorSpace {image.colours}>>",
            image.data,
            image.filter,
        )
        for key, value in (("DecodeParms", image.parameters), ("Decode", image.decode)):
            if value:
                self._document.xref_set_key(picture, key, value)
        place = " ".join(f"{value:.4f}" for value in matrix)
        content = self._stream("<<>>", f"q {place} cm /Im0 Do Q\n".encode("ascii"))
        set_key = self._document.xref_set_key
        set_key(page.xref, "Contents", f"{content} 0 R")
        set_key(page.xref, "Resources", f"<</XObject<</Im0 {picture} 0 R>>>>")
        self._changed = True

    def _stream(self, entries: str, data: bytes, coded: str = "") -> int:
        """A new stream; ``data`` is taken as ``coded`` already, or else compressed."""
        document = self._document
        number = int(document.get_new_xref())
        document.update_object(number, entries)
        document.update_stream(number, data, compress=not coded)
        if coded:
            document.xref_set_key(number, "Filter", coded)
        return number

    def _offer_font(self, page: Any) -> None:  # noqa: ANN401 (PyMuPDF is not typed)
        """Name the font in the page's resources.

        These may be another page's as well, or come from above in the tree of pages, so the
        page gets its own.
        """
        pdf = mupdf.pdf_document_from_fz_document(self._document.this)
        own = mupdf.pdf_page_from_fz_page(page.this).obj()
        resources = _own_dictionary(pdf, mupdf.pdf_dict_gets_inheritable(own, "Resources"))
        fonts = _own_dictionary(pdf, mupdf.pdf_dict_gets(resources, "Font"))
        mupdf.pdf_dict_puts(fonts, FONT_NAME, mupdf.pdf_new_indirect(pdf, self._font, 0))
        mupdf.pdf_dict_puts(resources, "Font", fonts)
        mupdf.pdf_dict_puts(own, "Resources", resources)


def _own_dictionary(pdf: Any, shared: Any) -> Any:  # noqa: ANN401 (PyMuPDF is not typed)
    """A copy of a dictionary, or a new one where there is none."""
    if mupdf.pdf_is_dict(shared):
        return mupdf.pdf_copy_dict(mupdf.pdf_resolve_indirect(shared))
    return mupdf.pdf_new_dict(pdf, 4)
