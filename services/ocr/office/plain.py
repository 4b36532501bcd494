"""Plain text, in the encoding that it most likely has."""

import codecs
from pathlib import Path

from services.ocr.office.script import PAGE_BREAK, Script, Section, escaped
from shared.errors import Code, Permanent

MOST_BYTES = 32 * 1024 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TAB = 8


def read_plain(path: str) -> Script:
    """The file at ``path``, line by line in type of equal width.

    Raises:
        Permanent: ``FILE_TOO_LARGE``.
    """
    lines = decoded(content_of(path)).splitlines()
    pages = "\n".join(line.expandtabs(_TAB).rstrip() for line in lines).split("\f")
    blocks = [f"<pre>{escaped(page)}</pre>" for page in pages if page.strip()]
    return Script([Section(PAGE_BREAK.join(blocks))])


def content_of(path: str) -> bytes:
    """The bytes of a text file; raises ``Permanent(FILE_TOO_LARGE)``."""
    file = Path(path)
    if file.stat().st_size > MOST_BYTES:
        raise Permanent(Code.FILE_TOO_LARGE, "A text of that size is no document.")
    return file.read_bytes()


def decoded(content: bytes) -> str:
    """``content`` by its mark, else as UTF-8, else as Windows-1252, which western texts are in."""
    marked = next((name for bom, name in _BOMS if content.startswith(bom)), None)
    if marked is not None:
        return content.decode(marked, "replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
