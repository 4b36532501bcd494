"""What a ZIP file holds: an office document, or files for their own sake.

Goes by the central directory at the end of the file and, for Office Open XML, by the type that
``[Content_Types].xml`` gives the main part (ECMA-376 part 2); OpenDocument says it in its first
entry, ``mimetype`` (ODF 1.3 part 2, 3.3). Only small pieces are read, of which at most a few
hundred kilobytes are unpacked: this runs in the gateway.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

ZIP = "application/zip"
_OOXML = "application/vnd.openxmlformats-officedocument"
_MS = "application/vnd.ms"
# In this order: macros and forms that are not read count before those that are.
_MAIN_PARTS: tuple[tuple[bytes, str], ...] = (
    (b"word.document.macroEnabled.main", f"{_MS}-word.document.macroEnabled.12"),
    (b"word.template.macroEnabledTemplate.main", f"{_MS}-word.document.macroEnabled.12"),
    (b"wordprocessingml.document.main", f"{_OOXML}.wordprocessingml.document"),
    (b"wordprocessingml.template.main", f"{_OOXML}.wordprocessingml.document"),
    (b"excel.sheet.binary.macroEnabled.main", f"{_MS}-excel.sheet.binary.macroEnabled.12"),
    (b"excel.sheet.macroEnabled.main", f"{_MS}-excel.sheet.macroEnabled.12"),
    (b"excel.template.macroEnabled.main", f"{_MS}-excel.sheet.macroEnabled.12"),
    (b"spreadsheetml.sheet.main", f"{_OOXML}.spreadsheetml.sheet"),
    (b"spreadsheetml.template.main", f"{_OOXML}.spreadsheetml.sheet"),
    (b"presentationml.", f"{_OOXML}.presentationml.presentation"),
    (b"powerpoint.", f"{_OOXML}.presentationml.presentation"),
)
_BY_NAME = {
    b"word/document.xml": f"{_OOXML}.wordprocessingml.document",
    b"xl/workbook.xml": f"{_OOXML}.spreadsheetml.sheet",
    b"ppt/presentation.xml": f"{_OOXML}.presentationml.presentation",
}
_CONTENT_TYPES = b"[Content_Types].xml"
_LOCAL, _ENTRY, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END_SIZE, _LONGEST_COMMENT = 22, 65_535
_MOST_DIRECTORY = 1024 * 1024
_MOST_UNPACKED = 512 * 1024
_MOST_ENTRIES = 4000


@dataclass(frozen=True, slots=True)
class _Entry:
    name: bytes
    method: int
    packed: int
    offset: int


def archive_kind(file: BinaryIO) -> str:
    """The media type of the ZIP file that ``file`` is open on."""
    declared = _declared(file)
    if declared is not None:
        return declared
    entries = {it.name: it for it in _entries(file)}
    types = entries.get(_CONTENT_TYPES)
    if types is not None:
        listed = _unpacked(file, types)
        found = next((name for mark, name in _MAIN_PARTS if mark in listed), None)
        return found or next((kind for it, kind in _BY_NAME.items() if it in entries), _OOXML)
    return ZIP if entries else _by_its_beginning(file)


def _declared(file: BinaryIO) -> str | None:
    """What a first entry ``mimetype``, which is stored as it is, says."""
    file.seek(0)
    head = file.read(256)
    if head[30:38] != b"mimetype" or head[:4] != _LOCAL:
        return None
    (length,) = struct.unpack_from("<I", head, 18)
    extra = int.from_bytes(head[28:30], "little")
    said = head[38 + extra : 38 + extra + min(length, 128)].decode("ascii", "replace").strip()
    return (
        said
        if said.startswith(("application/vnd.oasis.opendocument", "application/epub"))
        else None
    )


def _entries(file: BinaryIO) -> Iterator[_Entry]:
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT))
    tail = file.read()
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < _END_SIZE:
        return
    length, start = struct.unpack_from("<II", tail, place + 12)
    # Where something was put before the archive, its own places are off by as much.
    shift = max(0, size - len(tail) + place - length - start)
    file.seek(start + shift)
    directory, at = file.read(min(length, _MOST_DIRECTORY)), 0
    for _ in range(_MOST_ENTRIES):
        if directory[at : at + 4] != _ENTRY or len(directory) < at + 46:
            return
        method, packed = (
            *struct.unpack_from("<H", directory, at + 10),
            *struct.unpack_from("<I", directory, at + 20),
        )
        name, extra, comment = struct.unpack_from("<HHH", directory, at + 28)
        (offset,) = struct.unpack_from("<I", directory, at + 42)
        yield _Entry(directory[at + 46 : at + 46 + name], method, packed, offset + shift)
        at += 46 + name + extra + comment


def _unpacked(file: BinaryIO, entry: _Entry) -> bytes:
    """The beginning of an entry; nothing where it cannot be unpacked."""
    file.seek(entry.offset)
    head = file.read(30)
    if head[:4] != _LOCAL or len(head) < 30:  # noqa: PLR2004 (a local header's size)
        return b""
    name, extra = struct.unpack_from("<HH", head, 26)
    file.seek(name + extra, 1)
    packed = file.read(min(entry.packed, _MOST_UNPACKED))
    if entry.method == 0:
        return packed
    try:
        return zlib.decompressobj(-15).decompress(packed, _MOST_UNPACKED)
    except zlib.error:
        return b""


def _by_its_beginning(file: BinaryIO) -> str:
    """Of a file that is cut off, so that only its first entries are there."""
    file.seek(0)
    head = file.read(2048)
    if not head[30:].startswith(_CONTENT_TYPES):
        return ZIP
    return next((kind for name, kind in _BY_NAME.items() if name in head), _OOXML)
