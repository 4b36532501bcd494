"""Identifiers: opaque UUID strings.

New records get a UUID version 7 (RFC 9562, section 5.7): sortable by creation time, so
index pages stay warm, with 74 random bits, so they cannot be guessed. Records that a
repeated step must not create twice get a *derived* id: the same parts give the same id.
"""

import os
import time
import uuid

_DERIVED = uuid.UUID("6f0d8c1e-5f0b-4f57-9d5e-0d0c57a6e001")


def new_id() -> str:
    """A new UUIDv7 as a lower-case string of 36 characters."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & ((1 << 48) - 1)) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def derived_id(*parts: object) -> str:
    """The id of the record named by ``parts`` (UUIDv5): equal parts, equal id."""
    return str(uuid.uuid5(_DERIVED, "\x1f".join(str(part) for part in parts)))
