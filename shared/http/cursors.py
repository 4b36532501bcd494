"""Cursors: opaque, signed positions in a list.

A cursor is good for one endpoint, organization and set of filters, on every replica, for
ever; it holds a position, not a row, so deleting the row does it no harm.
"""

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.http.keys import derive_secret
from shared.store.port import Position

_VERSION = 1
_MAC_BYTES = 16
_HEAD = struct.Struct(">B16sq")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_LENGTH = 200

NEWEST = Position(datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC), "~")
"""A position before the newest record there can be."""


@dataclass(frozen=True, slots=True)
class ListScope:
    """The list a cursor belongs to; ``filters`` are the query's, by name."""

    endpoint: str
    organization: str
    filters: tuple[tuple[str, str], ...] = ()

    @property
    def digest(self) -> bytes:
        """16 bytes that name the list."""
        parts = [self.endpoint, self.organization]
        for name, value in sorted(self.filters):
            parts += [name, value]
        joined = b"".join(len(it.encode()).to_bytes(4) + it.encode() for it in parts)
        return hashlib.sha256(joined).digest()[:16]


class CursorSigner:
    """Writes and reads cursors under a secret that all replicas share."""

    def __init__(self, secret: bytes) -> None:
        self._secret = derive_secret(secret, "cursors")

    def write(self, position: Position, scope: ListScope) -> str:
        """The cursor of a position; URL-safe, under 200 characters."""
        milliseconds = round((position.created - _EPOCH).total_seconds() * 1000)
        payload = _HEAD.pack(_VERSION, scope.digest, milliseconds) + position.id.encode()
        raw = self._mac(payload) + payload
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def read(self, cursor: str, scope: ListScope) -> Position | None:
        """The position, or ``None`` for a broken cursor (see A9 of the API's paging rules)."""
        raw = _decode(cursor)
        if raw is None or len(raw) < _MAC_BYTES + _HEAD.size:
            return None
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(payload)):
            return None
        version, digest, milliseconds = _HEAD.unpack_from(payload)
        if version != _VERSION or digest != scope.digest:
            return None
        created = datetime.fromtimestamp(milliseconds // 1000, UTC)
        created = created.replace(microsecond=milliseconds % 1000 * 1000)
        return Position(created, payload[_HEAD.size :].decode())

    def _mac(self, payload: bytes) -> bytes:
        return hmac.digest(self._secret, payload, "sha256")[:_MAC_BYTES]


def _decode(cursor: str) -> bytes | None:
    if len(cursor) >= _MAX_LENGTH or not cursor.isascii():
        return None
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        # The lenient decoder drops foreign characters, so that altered cursors would pass.
        raw = base64.b64decode(padded, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    again = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return raw if again == cursor else None
