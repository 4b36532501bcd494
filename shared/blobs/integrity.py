"""Whether a stored file is still the one that came in."""

import hashlib
from pathlib import Path

from shared.errors import AttemptFailed, Code


def digest_of(content: bytes) -> str:
    """The SHA-256 of some bytes, in hex."""
    return hashlib.sha256(content).hexdigest()


def digest_of_file(path: Path) -> str:
    """The SHA-256 of a file, in hex; it blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_same(found: str, expected: str | None) -> None:
    """Raise ``AttemptFailed(BLOB_CORRUPT)`` unless the digests are the same.

    Where nobody knows what it was (``None``, or empty), it is taken for right.
    """
    if expected and found != expected:
        raise AttemptFailed(Code.BLOB_CORRUPT)
