"""Blobs in a folder: one file per key, written whole or not at all."""

import errno
import os
import stat
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar
from uuid import uuid4

from shared.blobs.durable import move_file, prune, write_file
from shared.blobs.failures import unavailable
from shared.blobs.integrity import digest_of_file, require_same
from shared.blobs.keys import check_key, check_prefix
from shared.blobs.port import BlobInfo
from shared.blobs.threads import BlockingCalls
from shared.errors import Code, Permanent

_CHUNK_BYTES = 256 * 1024
_THREADS = 4
_NAMES = 1_000
_STALE_SECONDS = 24 * 3600.0
_MISSING = (FileNotFoundError, NotADirectoryError, IsADirectoryError)

_Args = ParamSpec("_Args")
_Result = TypeVar("_Result")


class FolderBlobs:
    """Blobs below ``root``; processes that see the same folder can share it.

    A key cannot be a file and a folder at once: with ``a/1/x`` stored, ``a/1`` is refused
    with ``ValueError``. A full disk is ``Transient(INSUFFICIENT_STORAGE)``.
    """

    def __init__(self, root: Path) -> None:
        # Beside each other, so that a rename never leaves the file system.
        self._files = root / "files"
        self._scratch = root / "scratch"
        self._threads = BlockingCalls(_THREADS, "blobs")

    async def open(self) -> None:
        """Make the folders, and clear what a crash long ago left half-written."""
        await self._run(self._open)

    async def close(self) -> None:
        """Let go."""
        await self._threads.close()

    async def ping(self) -> None:
        """Return if the folder is there and can be written to."""
        await self._run(self._ping)

    async def put(self, key: str, data: bytes, media_type: str) -> None:
        """Store bytes; see the port."""
        target, scratch = self._path(key), self._scratch / uuid4().hex
        await self._run_there(_store, write_file, target, lambda it: it.write(data), scratch)

    async def put_file(self, key: str, path: Path, media_type: str) -> None:
        """Store a local file by moving it; ``ValueError`` if it is not there."""
        target, scratch = self._path(key), self._scratch / uuid4().hex
        await self._run_there(_store, move_file, path, target, scratch)

    async def get(self, key: str) -> bytes:
        """The whole file; see the port."""
        return await self._run_there(_read, Path.read_bytes, self._path(key))

    async def stream(self, key: str, start: int = 0) -> AsyncIterator[bytes]:
        """The file in chunks of 256 KB; see the port."""
        if start < 0:
            raise ValueError("a stream starts at 0 or later")
        file = await self._run_there(_read, _open_at, self._path(key), start)
        try:
            while chunk := await self._run(file.read, _CHUNK_BYTES):
                yield chunk
        finally:
            file.close()

    def as_file(self, key: str, sha256: str | None = None) -> AbstractAsyncContextManager[Path]:
        """The stored file itself, not a copy; see the port."""
        return self._as_file(self._path(key), sha256)

    @asynccontextmanager
    async def _as_file(self, path: Path, sha256: str | None) -> AsyncIterator[Path]:
        if not await self._run_there(path.is_file):
            raise Permanent(Code.BLOB_MISSING)
        if sha256:
            require_same(await self._run(_read, digest_of_file, path), sha256)
        yield path

    async def info(self, key: str) -> BlobInfo | None:
        """What is known of the file; see the port."""
        return await self._run(_info, key, self._path(key))

    async def list(self, prefix: str) -> list[BlobInfo]:
        """All files below the prefix, by key; see the port."""
        return await self._run(lambda: list(self._walk(check_prefix(prefix))))

    async def names(self, prefix: str) -> AsyncIterator[Sequence[str]]:
        """The folders below the prefix; see the port."""
        place = self._files / check_prefix(prefix) if prefix else self._files
        found = await self._run(_folders, place)
        for start in range(0, len(found), _NAMES):
            yield found[start : start + _NAMES]

    async def delete(self, key: str) -> None:
        """Remove the file; see the port."""
        await self._run(self._delete, self._path(key))

    async def delete_all(self, prefix: str) -> int:
        """Remove all files below the prefix; see the port."""
        return await self._run(self._delete_all, check_prefix(prefix))

    async def _run(
        self, call: Callable[_Args, _Result], *args: _Args.args, **kwargs: _Args.kwargs
    ) -> _Result:
        try:
            return await self._threads.run(call, *args, **kwargs)
        except OSError as error:
            raise unavailable(error) from error

    async def _run_there(
        self, call: Callable[_Args, _Result], *args: _Args.args, **kwargs: _Args.kwargs
    ) -> _Result:
        """Call, if the folder is there at all: a volume that is not mounted has lost no file."""

        def if_there() -> _Result:
            if not self._files.is_dir():
                raise OSError(errno.ENXIO, "the folder of blobs is not there")
            return call(*args, **kwargs)

        return await self._run(if_there)

    def _path(self, key: str) -> Path:
        return self._files / check_key(key)

    def _open(self) -> None:
        self._files.mkdir(parents=True, exist_ok=True)
        self._scratch.mkdir(exist_ok=True)
        for entry in os.scandir(self._scratch):
            try:
                if entry.stat().st_mtime < time.time() - _STALE_SECONDS:
                    Path(entry).unlink()
            except FileNotFoundError:
                continue  # another process was faster

    def _ping(self) -> None:
        for folder in (self._files, self._scratch):
            if not os.access(folder.resolve(strict=True), os.W_OK):
                raise PermissionError(errno.EACCES, "the folder cannot be written to")

    def _walk(self, prefix: str) -> Iterator[BlobInfo]:
        infos: dict[str, BlobInfo] = {}
        for folder, _, names in os.walk(self._files / prefix):
            for name in names:
                path = Path(folder, name)
                info = _info(path.relative_to(self._files).as_posix(), path)
                if info is not None:
                    infos[info.key] = info
        for key in sorted(infos):
            yield infos[key]

    def _delete(self, path: Path) -> bool:
        try:
            path.unlink()
        except _MISSING:
            return False
        prune(path.parent, self._files)
        return True

    def _delete_all(self, prefix: str) -> int:
        return sum(self._delete(self._path(info.key)) for info in self._walk(prefix))


def _store(call: Callable[_Args, None], *args: _Args.args, **kwargs: _Args.kwargs) -> None:
    try:
        call(*args, **kwargs)
    except (NotADirectoryError, IsADirectoryError) as error:
        raise ValueError("a blob key cannot be a file and a folder at once") from error


def _read(call: Callable[_Args, _Result], *args: _Args.args, **kwargs: _Args.kwargs) -> _Result:
    try:
        return call(*args, **kwargs)
    except _MISSING as error:
        raise Permanent(Code.BLOB_MISSING) from error


def _open_at(path: Path, start: int) -> BinaryIO:
    file = path.open("rb")
    file.seek(start)
    return file


def _info(key: str, path: Path) -> BlobInfo | None:
    try:
        found = path.stat()
    except _MISSING:
        return None
    if stat.S_ISDIR(found.st_mode):
        return None
    return BlobInfo(key, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))


def _folders(place: Path) -> list[str]:
    try:
        return sorted(it.name for it in os.scandir(place) if it.is_dir())
    except _MISSING:
        return []
