"""Identifiers: opaque UUID strings.

New records get a UUID version 7 (RFC 9562, section 5.7): sortable by creation time, so
index pages stay warm, with 74 random bits, so they cannot be guessed. Records that a
repeated step must not create twice get a *derived* id: the same parts give the same id.
"""

import os
import threading
import time
import uuid

_DERIVED = uuid.UUID("6f0d8c1e-5f0b-4f57-9d5e-0d0c57a6e001")


class _Randomness:
    """Random bytes of the system, fetched many at a time.

    Each fetch is a system call that lets go of the interpreter lock, which a busy process
    with other threads may wait long to get back.
    """

    SIZE = 4096

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes = b""
        self._used = self._process = 0

    def take(self, count: int) -> int:
        """``count`` bytes as a number; none is given twice, not even after a fork."""
        with self._lock:
            if self._used + count > len(self._bytes) or self._process != os.getpid():
                self._bytes, self._used, self._process = os.urandom(self.SIZE), 0, os.getpid()
            start, self._used = self._used, self._used + count
            return int.from_bytes(self._bytes[start : self._used])


_randomness = _Randomness()


def new_id() -> str:
    """A new UUIDv7 as a lower-case string of 36 characters."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & ((1 << 48) - 1)) << 80 | _randomness.take(10)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def derived_id(*parts: object) -> str:
    """The id of the record named by ``parts`` (UUIDv5): equal parts, equal id."""
    return str(uuid.uuid5(_DERIVED, "\x1f".join(str(part) for part in parts)))
