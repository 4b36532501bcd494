"""Passwords of mailboxes: sealed in the store, with the name of the key that opens them.

The first key seals; all can open. So a new key is put in front, and the old one is taken away
once every mailbox was looked into, which seals its password anew.
"""

from shared.config import Settings
from shared.errors import Code, Permanent
from shared.http.sealing import Seal

_PURPOSE = "mailboxes"
_BUILT_IN = "secret"


class Passwords:
    """Seals and opens them for one record each."""

    def __init__(self, keys: str, secret: bytes) -> None:
        """``keys`` as in the settings: ``NAME:KEY`` by comma; none means the server's secret."""
        named = (it.strip().partition(":") for it in keys.split(",") if it.strip())
        self._seals = {name: Seal(key.encode(), _PURPOSE) for name, _, key in named}
        self._seals.setdefault(_BUILT_IN, Seal(secret, _PURPOSE))
        self._first = next(iter(self._seals))

    @classmethod
    def of(cls, settings: Settings, secret: bytes) -> "Passwords":
        """With the keys of the settings."""
        keys = settings.encryption_keys
        return cls(keys.get_secret_value() if keys else "", secret)

    def close(self, mailbox_id: str, password: str) -> str:
        """A password, sealed for one mailbox."""
        return f"{self._first}:{self._seals[self._first].close(mailbox_id, password.encode())}"

    def open(self, mailbox_id: str, sealed: str) -> str:
        """The password; raises ``Permanent(MAILBOX_LOGIN_REFUSED)`` where no key opens it."""
        name, _, frame = sealed.partition(":")
        try:
            return self._seals[name].open(mailbox_id, frame).decode()
        except (KeyError, ValueError):
            detail = "The stored password cannot be opened with the keys of this server."
            raise Permanent(Code.MAILBOX_LOGIN_REFUSED, detail) from None

    def is_fresh(self, sealed: str) -> bool:
        """Whether it is sealed with the first key."""
        return sealed.partition(":")[0] == self._first
