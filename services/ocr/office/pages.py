"""From a file without pages to a PDF of it, by its media type."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from services.ocr.office import kinds
from services.ocr.office.excel import read_excel
from services.ocr.office.legacy import converted
from services.ocr.office.opendocument import read_spreadsheet, read_text_document
from services.ocr.office.plain import read_plain
from services.ocr.office.rich_text import read_rich_text
from services.ocr.office.script import Script
from services.ocr.office.webpage import read_webpage
from services.ocr.office.word import read_word
from shared.errors import Code, Permanent
from shared.pdf.typesetting import Leaf, typeset

_READERS: dict[str, Callable[[str], Script]] = {
    kinds.WORD: read_word,
    kinds.WORD_WITH_MACROS: read_word,
    kinds.EXCEL: read_excel,
    kinds.EXCEL_WITH_MACROS: read_excel,
    kinds.OPEN_TEXT: read_text_document,
    kinds.OPEN_SHEET: read_spreadsheet,
    kinds.RICH_TEXT: read_rich_text,
    kinds.WEB_PAGE: read_webpage,
    kinds.PLAIN_TEXT: read_plain,
}
MOST_PAGES = 1000
"""More are not set: each part of a document that is read sets it anew."""
_INCOMPLETE = "Not all of the file's text could be laid out on pages."


@dataclass(frozen=True, slots=True)
class Typed:
    """A PDF file of a document, and what there is to say of its making."""

    content: bytes
    warnings: tuple[str, ...] = ()


def typed(path: str, media_type: str, max_pages: int) -> Typed:
    """The file at ``path`` as PDF; the last one is kept, as parts of a document follow each other.

    Raises:
        Permanent: ``FILE_EMPTY``, ``FILE_CORRUPT``, ``FILE_ENCRYPTED``, ``FILE_TOO_LARGE``,
            ``CONTAINER_TOO_LARGE``, ``CONTAINER_TOO_MANY``, ``TOO_MANY_PAGES``,
            ``CONVERTER_MISSING``, ``BLOB_MISSING``.
    """
    try:
        facts = Path(path).stat()
    except FileNotFoundError:
        raise Permanent(Code.BLOB_MISSING) from None
    if not facts.st_size:
        raise Permanent(Code.FILE_EMPTY)
    return _typed(path, media_type, min(max_pages, MOST_PAGES), facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=1)
def _typed(path: str, media_type: str, max_pages: int, *_: int) -> Typed:
    if media_type not in _READERS:
        return Typed(converted(path, media_type))
    try:
        script = _READERS[media_type](path)
    except RecursionError as error:
        raise Permanent(Code.FILE_CORRUPT, "The file nests too deeply.") from error
    leaves = [Leaf(it.markup, it.size) for it in script.sections]
    made = typeset(leaves, script.pictures, max_pages)
    warnings = script.warnings + [_INCOMPLETE] * (not made.complete)
    return Typed(made.content, tuple(warnings))
