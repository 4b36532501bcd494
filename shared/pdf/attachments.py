"""Files inside a PDF."""

import codecs
import mimetypes
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.models.embedded import EmbeddedFile

_MOST_FILES = 20
_LARGEST = 8 * 1024 * 1024
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_DECLARED = re.compile(rb"""\A[^>]{0,100}encoding=["']([A-Za-z0-9._-]{1,40})["']""")
_TEXT_TYPES = ("text/", "application/xml", "application/json")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def text_files(document: Any) -> "list[EmbeddedFile]":  # noqa: ANN401 (PyMuPDF is not typed)
    """The attached files of ``document`` that are text; others and broken ones are left out.

    An XML declaration is taken off: it names an encoding that no longer applies.
    """
    count = min(document.embfile_count(), _MOST_FILES)
    if not count:
        return []
    # Only who has files pays for importing pydantic.
    from shared.models.embedded import EmbeddedFile  # noqa: PLC0415

    found = []
    for index in range(count):
        try:
            info = document.embfile_info(index)
            name = info.get("ufilename") or info.get("filename") or info.get("name") or ""
            media_type = mimetypes.guess_type(name)[0] or ""
            if info.get("length", info.get("size", 0)) > _LARGEST:
                continue
            content = document.embfile_get(index)
        except (RuntimeError, ValueError):
            continue
        text = decoded(content) if len(content) <= _LARGEST else None
        if text is None:
            continue
        if text.lstrip().startswith("<"):
            media_type = "application/xml"
        if media_type.startswith(_TEXT_TYPES):
            found.append(EmbeddedFile(name=name, media_type=media_type, text=text))
    return found


def decoded(content: bytes) -> str | None:
    """``content`` as text without XML declaration, or nothing where it is no text."""
    encoding = next((name for bom, name in _BOMS if content.startswith(bom)), None)
    if encoding is None:
        declared = _DECLARED.match(content)
        encoding = declared[1].decode("ascii") if declared else "utf-8"
    try:
        text = content.decode(encoding)
    except (LookupError, UnicodeDecodeError):
        return None
    return None if "\x00" in text else _DECLARATION.sub("", text)
