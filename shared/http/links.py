"""Signed links: good for one path until a moment, with no key."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from shared.http.keys import derive_secret

_DIGITS = 12


class LinkSigner:
    """Writes and checks links under a secret that all processes share."""

    def __init__(self, secret: bytes) -> None:
        self._secret = derive_secret(secret, "links")

    def sign(self, path: str, expires: datetime) -> str:
        """``path`` with the query that makes it a link; ``path`` must have none of its own."""
        until = str(int(expires.timestamp()))
        return f"{path}?expires={until}&signature={self._signature(path, until)}"

    def is_good(self, path: str, query: Mapping[str, str], now: datetime) -> bool:
        """Whether a request's path and query are a link that has not expired."""
        until, signature = query.get("expires", ""), query.get("signature", "")
        if not until.isascii() or not until.isdigit() or len(until) > _DIGITS:
            return False
        expected = self._signature(path, until).encode()
        if not hmac.compare_digest(signature.encode(errors="replace"), expected):
            return False
        return now.timestamp() < int(until)

    def _signature(self, path: str, until: str) -> str:
        # The path comes last: nothing can be moved from one part into the other.
        return hmac.new(self._secret, f"{until}\n{path}".encode(), hashlib.sha256).hexdigest()
