"""File names: data to show, never a path to open."""

import unicodedata

MAX_BYTES = 255
_OFFICE = "application/vnd.openxmlformats-officedocument"
UNNAMED = "document"
_OF_BYTES = "blob"
_ENDINGS = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/tiff": "tif",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/heif": "heif",
    f"{_OFFICE}.wordprocessingml.document": "docx",
    f"{_OFFICE}.spreadsheetml.sheet": "xlsx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/rtf": "rtf",
    "text/html": "html",
    "text/plain": "txt",
}
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def display_name(given: str | None) -> str:
    """The base name of ``given``, without control and direction characters, ≤ 255 bytes."""
    base = (given or "").replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(it for it in base if unicodedata.category(it) not in _UNSEEN)
    short = _cut(shown.strip()).strip()
    return UNNAMED if short in {"", ".", ".."} else short


def named_by_content(name: str, media_type: str) -> str:
    """A name that has no ending, as clients send that know only bytes, with that of its content."""
    ending = _ENDINGS.get(media_type)
    if ending is None or "." in name.strip("."):
        return name
    return display_name(f"{UNNAMED if name == _OF_BYTES else name}.{ending}")


def _cut(name: str) -> str:
    if len(name.encode()) <= MAX_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    tail = f"{dot}{ending}" if stem and len(ending.encode()) <= 16 else ""  # noqa: PLR2004
    room = MAX_BYTES - len(tail.encode())
    return name.encode()[:room].decode(errors="ignore") + tail
