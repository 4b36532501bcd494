"""Secrets by which receivers of REST hooks show that they want them (resthooks.org, "Security").

They are derived, not stored: who reads the store cannot activate anything.
"""

import hashlib
import hmac

from shared.http.keys import derive_secret

HEADER = "X-Hook-Secret"


class Handshakes:
    """Makes and checks the secrets under one that all processes share."""

    def __init__(self, secret: bytes) -> None:
        self._secret = derive_secret(secret, "handshakes")

    def secret_of(self, resthook: str) -> str:
        """The secret of a REST hook: 64 hexadecimal digits, the same at each try."""
        return hmac.new(self._secret, resthook.encode(), hashlib.sha256).hexdigest()

    def is_of(self, resthook: str, given: str) -> bool:
        """Whether somebody shows the secret of this one."""
        expected = self.secret_of(resthook).encode()
        return hmac.compare_digest(expected, given.strip().lower().encode(errors="replace"))
