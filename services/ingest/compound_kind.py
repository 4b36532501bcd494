"""What a compound file (OLE) holds: by the names in its directory ([MS-CFB] 2.2 to 2.6)."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

OLE = "application/x-ole-storage"
ENCRYPTED_OFFICE = "application/x-encrypted-office"
_KINDS = {
    "EncryptedPackage": ENCRYPTED_OFFICE,
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
    "__properties_version1.0": "application/vnd.ms-outlook",
}
_ENTRY, _LONGEST_NAME = 128, 64
_MOST_SECTORS = 256  # of the directory: a message with hundreds of recipients has as many
_IN_HEADER = 109  # sectors of the allocation table that the header itself lists
_LAST = 0xFFFFFFFA  # numbers above this are no sectors


def compound_kind(file: BinaryIO) -> str:
    """The media type of the compound file that ``file`` is open on."""
    file.seek(0)
    head = file.read(512)
    if len(head) < 512:  # noqa: PLR2004 (the header's size)
        return OLE
    names = set(_names(file, head))
    return next((kind for name, kind in _KINDS.items() if name in names), OLE)


def _names(file: BinaryIO, head: bytes) -> Iterator[str]:
    for sector in _directory(file, head):
        for at in range(0, len(sector) - _ENTRY + 1, _ENTRY):
            (length,) = struct.unpack_from("<H", sector, at + 64)
            if 2 <= length <= _LONGEST_NAME:  # noqa: PLR2004 (with the zero at its end)
                yield sector[at : at + length - 2].decode("utf-16-le", "replace")


def _directory(file: BinaryIO, head: bytes) -> Iterator[bytes]:
    """The sectors of the directory, as the allocation table chains them."""
    shift = min(max(int.from_bytes(head[30:32], "little"), 7), 12)
    size, per_sector = 1 << shift, (1 << shift) // 4
    tables = struct.unpack_from(f"<{_IN_HEADER}I", head, 76)
    (sector,) = struct.unpack_from("<I", head, 48)
    for _ in range(_MOST_SECTORS):
        if sector > _LAST:
            return
        yield _sector(file, sector, size)
        table, place = divmod(sector, per_sector)
        if table >= _IN_HEADER or tables[table] > _LAST:
            return
        entry = _sector(file, tables[table], size)[place * 4 : place * 4 + 4]
        sector = int.from_bytes(entry, "little") if len(entry) == 4 else _LAST + 1  # noqa: PLR2004


def _sector(file: BinaryIO, number: int, size: int) -> bytes:
    file.seek((number + 1) * size)
    return file.read(size)
