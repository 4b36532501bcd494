"""The blob port: files by key. Two adapters, one contract suite.

Keys are ``organization/document/…``: never shared between documents, so deleting one
never touches its twin.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """What is known of a stored file; ``size`` in bytes, ``stored`` by the blob store's clock."""

    key: str
    size: int
    stored: datetime | None = field(default=None, compare=False)


class Blobs(Protocol):
    """A place for files.

    All methods raise ``Transient(DEPENDENCY_DOWN)`` when the store does not answer, and
    ``ValueError`` for a key that is empty, absolute, too long, not printable ASCII, or has
    empty, ``.`` or ``..`` parts.
    """

    async def open(self) -> None:
        """Connect; make the bucket or folder where it is missing."""

    async def close(self) -> None:
        """Let go."""

    async def ping(self) -> None:
        """Return if the store answers; raise ``Transient`` if not."""

    async def put(self, key: str, data: bytes, media_type: str) -> None:
        """Store bytes; durable when it returns. An older file of that key is replaced."""

    async def put_file(self, key: str, path: Path, media_type: str) -> None:
        """Store a local file and remove it (it may be moved); durable when it returns.

        Raises ``ValueError`` if there is no such local file.
        """

    async def get(self, key: str) -> bytes:
        """The whole file, for small ones; raises ``Permanent(BLOB_MISSING)``."""

    def stream(self, key: str, start: int = 0) -> AsyncIterator[bytes]:
        """The file in chunks from ``start``; raises ``Permanent(BLOB_MISSING)``.

        Nothing comes when ``start`` is at the end or beyond.
        """

    def as_file(self, key: str, sha256: str | None = None) -> AbstractAsyncContextManager[Path]:
        """The file at a local path, to read only while the context lasts.

        Raises ``Permanent(BLOB_MISSING)``, and ``AttemptFailed(BLOB_CORRUPT)`` for a file that
        does not have this digest.
        """

    async def info(self, key: str) -> BlobInfo | None:
        """What is known of the file, or ``None`` when there is none."""

    async def list(self, prefix: str) -> list[BlobInfo]:
        """All files whose key begins with ``prefix``, which ends with ``/``, by key."""

    def names(self, prefix: str) -> AsyncIterator[Sequence[str]]:
        """What stands next in keys after ``prefix``, up to the following ``/``; some at a time.

        Each once, without names of files; ``prefix`` is empty or ends with ``/``.
        """

    async def delete(self, key: str) -> None:
        """Remove the file; no error when there is none."""

    async def delete_all(self, prefix: str) -> int:
        """Remove all files whose key begins with ``prefix`` (ends with ``/``); how many."""
