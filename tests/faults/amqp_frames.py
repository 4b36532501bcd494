"""Telling the frames of AMQP 0-9-1 apart in a stream of bytes (specification, section 4.2)."""

import struct
from dataclasses import dataclass

_PROTOCOL_HEADER = b"AMQP"
_PROTOCOL_HEADER_SIZE = 8
_HEADER = struct.Struct(">BHI")
_METHOD = struct.Struct(">HH")
_METHOD_FRAME = 1

Method = tuple[int, int]
"""Class and method id."""

CONNECTION_CLOSE: Method = (10, 50)
QUEUE_DECLARE_OK: Method = (50, 11)
BASIC_PUBLISH: Method = (60, 40)
BASIC_DELIVER: Method = (60, 60)
BASIC_ACK: Method = (60, 80)
BASIC_NACK: Method = (60, 120)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as it was sent; ``method`` is ``None`` for headers, bodies and heartbeats."""

    raw: bytes
    method: Method | None = None


class FrameReader:
    """Cuts what comes in one direction into whole frames; keeps what is not yet whole."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are whole with ``data``."""
        self._rest += data
        found: list[Frame] = []
        while (size := self._size()) is not None and len(self._rest) >= size:
            raw, self._rest = self._rest[:size], self._rest[size:]
            found.append(Frame(raw, _method(raw)))
        return found

    def _size(self) -> int | None:
        if self._rest.startswith(_PROTOCOL_HEADER):
            return _PROTOCOL_HEADER_SIZE
        if len(self._rest) < _HEADER.size:
            return None
        _, _, payload = _HEADER.unpack_from(self._rest)
        return int(_HEADER.size + payload + 1)


def _method(raw: bytes) -> Method | None:
    if raw[0] != _METHOD_FRAME or len(raw) < _HEADER.size + _METHOD.size:
        return None
    class_id, method_id = _METHOD.unpack_from(raw, _HEADER.size)
    return int(class_id), int(method_id)
