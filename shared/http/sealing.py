"""Sealing: bytes that only whoever knows a word, and our secret, can read again.

AES-256 in Galois/Counter Mode (NIST SP 800-38D), with a key of its own for every word.
"""

import base64
import hmac
import secrets

from Crypto.Cipher import AES

from shared.http.keys import derive_secret

_NONCE = 12
_TAG = 16


class Seal:
    """Seals under a secret that all processes share."""

    def __init__(self, secret: bytes, purpose: str) -> None:
        self._secret = derive_secret(secret, purpose)

    def close(self, word: str, content: bytes) -> str:
        """``content``, sealed, as text."""
        nonce = secrets.token_bytes(_NONCE)
        cipher = AES.new(self._key(word), AES.MODE_GCM, nonce=nonce, mac_len=_TAG)
        sealed, tag = cipher.encrypt_and_digest(content)
        return base64.b64encode(nonce + tag + sealed).decode()

    def open(self, word: str, sealed: str) -> bytes:
        """The content again; raises ``ValueError`` for another word, or if it was changed."""
        frame = base64.b64decode(sealed, validate=True)
        nonce, tag, rest = frame[:_NONCE], frame[_NONCE : _NONCE + _TAG], frame[_NONCE + _TAG :]
        cipher = AES.new(self._key(word), AES.MODE_GCM, nonce=nonce, mac_len=_TAG)
        return cipher.decrypt_and_verify(rest, tag)

    def _key(self, word: str) -> bytes:
        return hmac.digest(self._secret, word.encode(), "sha256")
