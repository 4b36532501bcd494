"""API keys: how they look, and what is stored of them.

Generated keys are ``dik_<environment>_<id>_<secret>_<checksum>``: a prefix for secret
scanners, an id for people, 32 random bytes, and a checksum that refuses a mistyped key
without asking the store. The bootstrap key is any string of 32 characters or more. Only a
digest is stored: HMAC-SHA256 under a pepper, fast on purpose, as the keys are random.
"""

import hashlib
import hmac
import re
import secrets
import zlib
from typing import NamedTuple

PREFIX = "dik"
MIN_LENGTH = 32
MAX_LENGTH = 512
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_GENERATED = re.compile(r"(dik_[a-z0-9]{1,16}_[0-9A-Za-z]{1,32}_[0-9A-Za-z]{43})_([0-9A-Za-z]{6})")


class NewKey(NamedTuple):
    """A key to show once, and what to store of it."""

    key: str
    digest: str
    last_four: str


def derive_secret(secret: bytes, purpose: str) -> bytes:
    """A secret for one purpose, so that no two uses of the configured one ever meet."""
    return hmac.digest(secret, f"docstage:{purpose}".encode(), "sha256")


def key_digest(secret: bytes, key: str) -> str:
    """What is stored of a key, in hex."""
    return hmac.new(derive_secret(secret, "keys"), key.encode(), hashlib.sha256).hexdigest()


def generate_key(secret: bytes, environment: str = "live") -> NewKey:
    """A new random key."""
    short = _base62(int.from_bytes(secrets.token_bytes(6)), 9)
    body = f"{PREFIX}_{environment}_{short}_{_base62(int.from_bytes(secrets.token_bytes(32)), 43)}"
    return known_key(secret, f"{body}_{_checksum(body)}")


def known_key(secret: bytes, key: str) -> NewKey:
    """What to store of a key that an operator chose.

    Raises ``ValueError`` when it is shorter than 32 characters, too long, or not printable.
    """
    if not MIN_LENGTH <= len(key) <= MAX_LENGTH or not key.isascii() or not key.isprintable():
        raise ValueError("a key has 32 to 512 printable ASCII characters")
    return NewKey(key, key_digest(secret, key), key[-4:])


def may_be_key(key: str) -> bool:
    """Whether a string can be a key at all; mistyped generated keys cannot."""
    if not MIN_LENGTH <= len(key) <= MAX_LENGTH or not key.isascii():
        return False
    generated = _GENERATED.fullmatch(key)
    return generated is None or _checksum(generated[1]) == generated[2]


def key_prefix(key: str) -> str:
    """The part of a generated key that is no secret; empty for a key that was chosen."""
    return key.rsplit("_", 2)[0] if _GENERATED.fullmatch(key) else ""


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), 6)


def _base62(number: int, width: int) -> str:
    digits = []
    while number:
        number, rest = divmod(number, 62)
        digits.append(_ALPHABET[rest])
    return "".join(reversed(digits)).rjust(width, "0")
