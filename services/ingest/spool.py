"""The spool: where a file lies while it comes in. It is never held in memory.

Less than a megabyte is hashed and written on the event loop, in about a millisecond (a thread
per chunk was measured to cost more than it frees). Of larger files each megabyte is a thread's,
beside the receiving of the next. Syncing to disk is the blob adapter's, in a thread.
"""

import asyncio
import errno
import hashlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from services.ingest.compound_kind import ENCRYPTED_OFFICE
from services.ingest.names import display_name
from services.ingest.sniff import (
    SNIFF_BYTES,
    SUPPORTED,
    UNDECIDED,
    contradicts,
    kind_within,
    media_type,
)
from shared.errors import Code, DocstageError, Permanent, Quota
from shared.models.ids import new_id

_THREAD_BYTES = 1024 * 1024
_ABANDONED_SECONDS = 6 * 3600.0
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class SpooledFile:
    """A file that came in whole; ``size`` in bytes, ``sha256`` in hex."""

    name: str
    path: Path
    size: int
    sha256: str
    media_type: str

    def discard(self) -> None:
        """Remove it, if it was not moved away."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that was not taken, and why."""

    name: str
    error: DocstageError


class Spool:
    """A folder of files that are coming in.

    ``taken`` are the media types of those that may, each at most ``max_bytes`` long.
    ``by_content``: a name that says otherwise than the content does no harm.
    """

    def __init__(
        self,
        folder: Path,
        max_bytes: int,
        taken: frozenset[str] = SUPPORTED,
        *,
        by_content: bool = False,
    ) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._taken = taken
        self._by_content = by_content

    def open(self) -> None:
        """Make the folder, and remove what a crashed process left there long ago."""
        self._folder.mkdir(parents=True, exist_ok=True)
        oldest = time.time() - _ABANDONED_SECONDS
        for path in self._folder.glob("*.part"):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)

    async def take(
        self, name: str | None, chunks: AsyncIterator[bytes], known_as: str | None = None
    ) -> SpooledFile:
        """Write a file down while hashing and counting it.

        ``known_as`` is its media type, where that is known from elsewhere (a message that was
        received as one); else its content says it. The rest of a file that is too large is
        read and thrown away, so that the caller can hear of it. Raises ``Permanent``
        (FILE_TOO_LARGE, FILE_EMPTY, FILE_TYPE_NOT_SUPPORTED) or
        ``Quota(INSUFFICIENT_STORAGE)``.
        """
        path = self._folder / f"{new_id()}.part"
        try:
            with path.open("xb", buffering=0) as file:
                size, sha256, head = await self._write(file, chunks)
            shown = display_name(name)
            named = "" if self._by_content else shown
            kind = _checked(await _kind(path, head, known_as), named, known_as, self._taken)
            return SpooledFile(shown, path, size, sha256, kind)
        except OSError as error:
            path.unlink(missing_ok=True)
            if error.errno not in _NO_ROOM:
                raise
            await _drain(chunks)
            raise Quota(Code.INSUFFICIENT_STORAGE, retry_after=60) from None
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    async def put_down(self, name: str, content: bytes, kind: str) -> SpooledFile:
        """A file of what is in memory already, of a media type that nobody has to find out.

        Raises ``Quota(INSUFFICIENT_STORAGE)``.
        """
        path = self._folder / f"{new_id()}.part"
        try:
            await asyncio.to_thread(path.write_bytes, content)
        except OSError as error:
            path.unlink(missing_ok=True)
            if error.errno not in _NO_ROOM:
                raise
            raise Quota(Code.INSUFFICIENT_STORAGE, retry_after=60) from None
        digest = hashlib.sha256(content).hexdigest()
        return SpooledFile(name, path, len(content), digest, kind)

    async def _write(self, file: BinaryIO, chunks: AsyncIterator[bytes]) -> tuple[int, str, bytes]:
        digest, size, head = hashlib.sha256(), 0, b""
        taken: list[bytes] = []
        taken_bytes = 0
        async for chunk in chunks:
            size += len(chunk)
            if size > self._max_bytes:
                await _drain(chunks)
                limit = f"At most {self._max_bytes} bytes are taken per file."
                raise Permanent(Code.FILE_TOO_LARGE, limit)
            if len(head) < SNIFF_BYTES:
                head += chunk[: SNIFF_BYTES - len(head)]
            taken.append(chunk)
            taken_bytes += len(chunk)
            if taken_bytes >= _THREAD_BYTES:
                await asyncio.to_thread(_put_down, file, digest, taken)
                taken, taken_bytes = [], 0
        _put_down(file, digest, taken)
        return size, digest.hexdigest(), head


def _put_down(file: BinaryIO, digest: "hashlib._Hash", chunks: list[bytes]) -> None:
    for chunk in chunks:
        digest.update(chunk)
        rest = memoryview(chunk)
        while rest:
            rest = rest[file.write(rest) :]


async def _drain(chunks: AsyncIterator[bytes]) -> None:
    async for _ in chunks:
        pass


async def _kind(path: Path, head: bytes, known_as: str | None) -> str:
    if not head:
        raise Permanent(Code.FILE_EMPTY)
    found = known_as or media_type(head)
    return await asyncio.to_thread(kind_within, path, head) if found in UNDECIDED else found


def _checked(found: str, name: str, known_as: str | None, taken: frozenset[str]) -> str:
    if found == known_as:
        return found
    if found == ENCRYPTED_OFFICE:
        raise Permanent(Code.FILE_ENCRYPTED)
    if found not in taken:
        detail = f"The content is {found}; taken are {', '.join(sorted(taken))}."
        raise Permanent(Code.FILE_TYPE_NOT_SUPPORTED, detail)
    if contradicts(name, found):
        detail = f"The content is {found}, and the name says that it should be something else."
        raise Permanent(Code.FILE_TYPE_NOT_SUPPORTED, detail)
    return found
