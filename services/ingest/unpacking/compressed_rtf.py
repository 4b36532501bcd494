"""Text as Outlook compresses it ([MS-OXRTFCP])."""

import struct

_PACKED, _PLAIN = 0x75465A4C, 0x414C454D
_HEADER = 16
_RING = 4096
_KNOWN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""What the ring of earlier text holds at the beginning."""


def rtf_of(data: bytes, most: int) -> bytes:
    """The RTF in ``data``, at most so many bytes of it; what is cut off ends where it does."""
    if len(data) < _HEADER:
        return b""
    size, kind = struct.unpack_from("<II", data, 4)
    if kind == _PLAIN:
        return data[_HEADER : _HEADER + min(size, most)]
    return _unpacked(data[_HEADER:], min(size, most)) if kind == _PACKED else b""


def _unpacked(data: bytes, most: int) -> bytes:
    ring = bytearray(_KNOWN.ljust(_RING, b"\x00"))
    out, write, place = bytearray(), len(_KNOWN), 0

    def put(byte: int) -> None:
        nonlocal write
        out.append(byte)
        ring[write] = byte
        write = (write + 1) % _RING

    while place < len(data) and len(out) < most:
        flags, place = data[place], place + 1
        for bit in range(8):
            if not flags >> bit & 1:
                if place >= len(data):
                    break
                put(data[place])
                place += 1
                continue
            token = int.from_bytes(data[place : place + 2], "big")
            start, place = token >> 4, place + 2
            if place > len(data) or start == write:
                return bytes(out[:most])
            for step in range((token & 0xF) + 2):
                put(ring[(start + step) % _RING])
    return bytes(out[:most])
