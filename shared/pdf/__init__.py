"""PDF files: the only modules that use PyMuPDF (AGPL-3.0, see NOTICE).

To be called in child processes only: parsing takes long, holds the interpreter's lock, and
a hostile file may take the process down.
"""

from shared.pdf import no_layout_model  # noqa: F401 (before whatever imports PyMuPDF)
from shared.pdf.document import PdfFile
from shared.pdf.invisible import PlacedWord
from shared.pdf.searchable import ImageStream, Matrix, SearchablePdf
from shared.pdf.text import Area, NativeWord, TextLayer

__all__ = [
    "Area",
    "ImageStream",
    "Matrix",
    "NativeWord",
    "PdfFile",
    "PlacedWord",
    "SearchablePdf",
    "TextLayer",
]
