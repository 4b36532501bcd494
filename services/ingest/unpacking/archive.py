"""The entries of a ZIP archive, each looked at before anything is unpacked.

An archive that lies about itself (overlapping entries) or unpacks to too much is refused as a
whole; of the rest, what cannot be taken is left out by itself.
"""

import itertools
import posixpath
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, cast

from services.ingest.unpacking.budget import Budget, Place
from services.ingest.unpacking.entries import Entry
from services.ingest.unpacking.items import Omitted
from shared.errors import Code, Permanent

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, struct.error)
"""What reading a damaged archive raises."""
_LOCAL_HEADER = 30
_ENCRYPTED = 0x1
_UTF8_NAME = 0x800
_END, _END64 = b"PK\x05\x06", b"PK\x06\x06"
_TAIL_BYTES = 22 + 65_535 + 20 + 56
_MAX_DIRECTORY_PER_ENTRY = 1024
_DRIVE = re.compile(r"[A-Za-z]:")
_OF_SYSTEMS = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})


def archive_entries(file: BinaryIO, budget: Budget, place: Place) -> Iterator[Entry | Omitted]:
    """What the archive holds.

    Raises ``Permanent``: FILE_CORRUPT, CONTAINER_TOO_LARGE or CONTAINER_TOO_MANY.
    """
    budget.check_depth(place)
    _check_directory(file, budget)
    try:
        archive = zipfile.ZipFile(file)
    except (*BROKEN, NotImplementedError):
        raise Permanent(Code.FILE_CORRUPT) from None
    listed = archive.infolist()
    _check_sizes(listed, budget)
    _check_overlaps(listed, archive.start_dir)
    for index, info in enumerate(listed, start=1):
        name = _name(info)
        problem = _problem(info, name)
        if info.is_dir() or (problem is None and _is_of_a_system(name)):
            continue
        if problem is not None:
            yield Omitted(posixpath.basename(name), problem)
        else:
            opened = partial(_open, archive, info)
            yield Entry(posixpath.basename(name), place.inside(str(index)), opened)


def _open(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    return cast("BinaryIO", archive.open(info))


def _check_directory(file: BinaryIO, budget: Budget) -> None:
    """How much is listed, by the end of the file, before all of that is read."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read()
    file.seek(0)
    end, most = tail.rfind(_END), budget.limits.entries
    if end < 0 or len(tail) < end + 22:
        raise Permanent(Code.FILE_CORRUPT)
    count, length = (
        struct.unpack_from("<H", tail, end + 10)[0],
        struct.unpack_from("<I", tail, end + 12)[0],
    )
    end64 = tail.rfind(_END64, 0, end)
    if end64 >= 0 and len(tail) >= end64 + 56:
        count, length = struct.unpack_from("<QQ", tail, end64 + 32)
    if count > most or length > most * _MAX_DIRECTORY_PER_ENTRY:
        raise Permanent(Code.CONTAINER_TOO_MANY, f"At most {most} entries are unpacked.")


def _check_sizes(listed: list[zipfile.ZipInfo], budget: Budget) -> None:
    limits = budget.limits
    budget.spend_entries(len(listed))
    if sum(it.file_size for it in listed) > limits.total_bytes:
        raise Permanent(Code.CONTAINER_TOO_LARGE)
    for it in listed:
        if it.file_size > limits.ratio_from and it.file_size > it.compress_size * limits.ratio:
            detail = f"An entry is packed tighter than {limits.ratio} to 1."
            raise Permanent(Code.CONTAINER_TOO_LARGE, detail)


def _check_overlaps(listed: list[zipfile.ZipInfo], directory: int) -> None:
    """Entries that share bytes unpack to many times what they take (Fifield, 2019)."""
    spans = sorted(
        (it.header_offset, it.header_offset + _LOCAL_HEADER + it.compress_size) for it in listed
    )
    following = itertools.chain((start for start, _ in spans[1:]), [directory])
    if any(end > start for (_, end), start in zip(spans, following, strict=True)):
        raise Permanent(Code.FILE_CORRUPT, "Entries of the archive overlap.")


def _name(info: zipfile.ZipInfo) -> str:
    """The whole name, NUL and what follows it included; UTF-8 where it is that unmarked."""
    name = info.orig_filename
    if info.flag_bits & _UTF8_NAME:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except ValueError:
        return name


def _is_of_a_system(name: str) -> bool:
    pieces = name.split("/")
    hidden = any(it.startswith(".") and it not in {".", ".."} for it in pieces)
    return hidden or not _OF_SYSTEMS.isdisjoint(pieces)


def _problem(info: zipfile.ZipInfo, name: str) -> Code | None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    is_elsewhere = name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/")
    if is_elsewhere or "\\" in name or "\x00" in name or not posixpath.basename(name):
        return Code.ENTRY_UNSAFE
    if kind not in {0, stat.S_IFREG}:
        return Code.ENTRY_UNSAFE
    if info.flag_bits & _ENCRYPTED:
        return Code.FILE_ENCRYPTED
    return None
