"""What was read, written in formats that other tools know: hOCR, ALTO, Markdown.

Each writer turns pages into text one by one, so that a document of any length is never
held as a whole.
"""

from services.ingest.formats.alto import Alto
from services.ingest.formats.hocr import Hocr
from services.ingest.formats.markdown import Markdown
from services.ingest.formats.writer import About, PageWriter

__all__ = ["About", "Alto", "Hocr", "Markdown", "PageWriter"]
