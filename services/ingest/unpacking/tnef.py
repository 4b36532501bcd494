"""winmail.dat: what Outlook wraps its attachments in ([MS-OXTNEF], and [MS-OXCMSG] for names)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from shared.errors import Code, Permanent

SIGNATURE = b"\x78\x9f\x3e\x22"
_BEGIN, _TITLE, _DATA, _PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_LONG_NAME, _LONG_NAME_WIDE = 0x3707001E, 0x3707001F
_FIXED = {
    0x02: 4,
    0x03: 4,
    0x04: 4,
    0x0A: 4,
    0x0B: 4,
    0x05: 8,
    0x06: 8,
    0x07: 8,
    0x14: 8,
    0x40: 8,
    0x48: 16,
}
_NAMED = 0x8000
_MAX_PROPERTIES = 1000
_MAX_FILES = 500


@dataclass(slots=True)
class _Attachment:
    title: str = ""
    long_name: str = ""
    data: bytes | None = None


def tnef_files(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each attachment; raises ``Permanent(FILE_CORRUPT)`` if it is none.

    What is cut off ends at the last attribute that is whole.
    """
    if data[:4] != SIGNATURE:
        raise Permanent(Code.FILE_CORRUPT)
    found: list[_Attachment] = []
    for attribute, value in _attributes(data):
        if attribute == _BEGIN:
            found.append(_Attachment())
            if len(found) > _MAX_FILES:
                raise Permanent(Code.CONTAINER_TOO_MANY)
        elif found and attribute == _TITLE:
            found[-1].title = value.split(b"\x00")[0].decode("cp1252", "replace")
        elif found and attribute == _DATA:
            found[-1].data = value
        elif found and attribute == _PROPERTIES:
            found[-1].long_name = _long_name(value)
    for it in found:
        if it.data:
            yield it.long_name or it.title, it.data


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each attribute's number and value: level, number and type, length, value, checksum."""
    place = 6
    while place + 9 <= len(data):
        number, _, length = struct.unpack_from("<HHI", data, place + 1)
        start = place + 9
        if start + length + 2 > len(data):
            return
        yield number, data[start : start + length]
        place = start + length + 2


def _long_name(properties: bytes) -> str:
    """``PidTagAttachLongFilename`` of a list of properties; empty if it is not there."""
    try:
        for tag, values in _properties(properties):
            if tag == _LONG_NAME_WIDE and values:
                return values[0].decode("utf-16-le", "replace").rstrip("\x00")
            if tag == _LONG_NAME and values:
                return values[0].decode("cp1252", "replace").rstrip("\x00")
    except struct.error:
        return ""
    return ""


def _properties(data: bytes) -> Iterator[tuple[int, list[bytes]]]:
    (count,) = struct.unpack_from("<I", data)
    place = 4
    for _ in range(min(count, _MAX_PROPERTIES)):
        (tag,) = struct.unpack_from("<I", data, place)
        place += 4
        if tag >> 16 >= _NAMED:
            place = _after_name(data, place)
        kind, multiple = tag & 0x0FFF, bool(tag & 0x1000)
        size = _FIXED.get(kind)
        number = 1
        if size is None or multiple:
            (number,) = struct.unpack_from("<I", data, place)
            place += 4
        values = []
        for _ in range(min(number, _MAX_PROPERTIES)):
            length = size
            if length is None:
                (length,) = struct.unpack_from("<I", data, place)
                place += 4
            values.append(data[place : place + length])
            place += length + (-length % 4)
        yield tag, values


def _after_name(data: bytes, place: int) -> int:
    """Behind a property's set and its number or name."""
    kind: int
    value: int
    kind, value = struct.unpack_from("<II", data, place + 16)
    if kind == 0:
        return place + 24
    return place + 24 + value + (-value % 4)
