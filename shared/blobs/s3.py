"""Blobs in an S3-compatible store, by the ``minio`` client in a bounded set of threads.

Plain S3 only: nothing here is particular to one server.
"""

import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import ParamSpec, TypeVar

from minio import Minio
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from shared.blobs.failures import unavailable
from shared.blobs.integrity import digest_of, digest_of_file, require_same
from shared.blobs.keys import check_key, check_prefix
from shared.blobs.pace import Pace, http_pool
from shared.blobs.port import BlobInfo
from shared.blobs.s3_location import S3Location
from shared.blobs.threads import BlockingCalls
from shared.errors import AttemptFailed, Code, Permanent, Transient

_CHUNK_BYTES = 256 * 1024
_PART_BYTES = 16 * 1024 * 1024
_THREADS = 16
_NAMES = 1_000
_DIGEST = "x-amz-meta-sha256"
"""The store is given it with small files, and gives it back with them."""
_MISSING = {"NoSuchKey", "NoSuchObject"}
_BUCKET_IS_THERE = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}

_Args = ParamSpec("_Args")
_Result = TypeVar("_Result")


class S3Blobs:
    """Blobs in one bucket."""

    def __init__(self, location: S3Location) -> None:
        self._bucket = location.bucket
        self._seconds = location.seconds
        self._pool = http_pool(_THREADS, location.seconds)
        self._client = Minio(
            location.endpoint,
            access_key=location.key,
            secret_key=location.secret,
            secure=location.secure,
            region=location.region,
            http_client=self._pool,
        )
        self._threads = BlockingCalls(_THREADS, "s3")

    async def open(self) -> None:
        """Make the bucket where it is missing."""
        await self._run(self._open)

    async def close(self) -> None:
        """Let go."""
        await self._threads.close()
        self._pool.clear()

    async def ping(self) -> None:
        """Return if the store answers and the bucket is there; see the port."""
        if not await self._run(self._client.bucket_exists, self._bucket):
            raise Transient(Code.DEPENDENCY_DOWN)

    async def put(self, key: str, data: bytes, media_type: str) -> None:
        """Store bytes; see the port."""
        await self._run(
            self._client.put_object,
            self._bucket,
            check_key(key),
            BytesIO(data),
            len(data),
            content_type=media_type,
            part_size=_PART_BYTES,
            metadata={"sha256": digest_of(data)},
        )

    async def put_file(self, key: str, path: Path, media_type: str) -> None:
        """Store a local file, in parts if it is large, and remove it; see the port."""
        await self._run(self._put_file, check_key(key), path, media_type)

    async def get(self, key: str) -> bytes:
        """The whole file; see the port."""
        return await self._run(_once_more, self._get, check_key(key))

    async def stream(self, key: str, start: int = 0) -> AsyncIterator[bytes]:
        """The file in chunks of 256 KB; see the port."""
        if start < 0:
            raise ValueError("a stream starts at 0 or later")
        response = await self._run(self._get_from, check_key(key), start)
        if response is None:
            return
        try:
            while chunk := await self._run(response.read, _CHUNK_BYTES):
                yield chunk
        finally:
            # What was not read to its end cannot be used for another request.
            response.close()

    def as_file(self, key: str, sha256: str | None = None) -> AbstractAsyncContextManager[Path]:
        """A copy in a temporary folder, removed afterwards; see the port."""
        return self._as_file(check_key(key), sha256)

    @asynccontextmanager
    async def _as_file(self, key: str, sha256: str | None) -> AsyncIterator[Path]:
        folder = await self._run(lambda: tempfile.TemporaryDirectory(prefix="docstage-"))
        try:
            path = Path(folder.name, key.rpartition("/")[2])
            await self._run(_once_more, self._download, key, path, sha256)
            yield path
        finally:
            await self._run(folder.cleanup)

    async def info(self, key: str) -> BlobInfo | None:
        """What is known of the file; see the port."""
        return await self._run(self._info, check_key(key))

    async def delete(self, key: str) -> None:
        """Remove the file; see the port."""
        await self._run(self._client.remove_object, self._bucket, check_key(key))

    async def delete_all(self, prefix: str) -> int:
        """Remove all files below the prefix; see the port."""
        return await self._run(self._delete_all, check_prefix(prefix))

    async def list(self, prefix: str) -> list[BlobInfo]:
        """All files below the prefix, by key; see the port."""
        return await self._run(lambda: sorted(self._walk(check_prefix(prefix)), key=_key))

    async def names(self, prefix: str) -> AsyncIterator[Sequence[str]]:
        """What stands next in keys, by the store's own listing; see the port."""
        listed = self._client.list_objects(
            self._bucket, prefix=check_prefix(prefix) if prefix else None
        )
        while some := await self._run(lambda: [*islice(listed, _NAMES)]):
            names = [it.object_name or "" for it in some if it.is_dir]
            yield [it.removeprefix(prefix).removesuffix("/") for it in names]

    async def _run(
        self, call: Callable[_Args, _Result], *args: _Args.args, **kwargs: _Args.kwargs
    ) -> _Result:
        try:
            return await self._threads.run(call, *args, **kwargs)
        except S3Error as error:
            if error.code in _MISSING:
                # Its frames hold the answer and the error itself, and it may be asked for often.
                raise Permanent(Code.BLOB_MISSING) from error.with_traceback(None)
            raise unavailable(error) from error
        except (MinioException, HTTPError, OSError) as error:
            raise unavailable(error) from error

    def _open(self) -> None:
        if self._client.bucket_exists(self._bucket):
            return
        try:
            self._client.make_bucket(self._bucket)
        except S3Error as error:
            if error.code not in _BUCKET_IS_THERE:  # another process was faster
                raise

    def _put_file(self, key: str, path: Path, media_type: str) -> None:
        if not path.is_file():
            raise ValueError("there is no such local file")
        self._client.fput_object(
            self._bucket, key, str(path), content_type=media_type, part_size=_PART_BYTES
        )
        path.unlink(missing_ok=True)

    def _get(self, key: str) -> bytes:
        response = self._client.get_object(self._bucket, key)
        try:
            content = b"".join(self._received(response))
            require_same(digest_of(content), response.headers.get(_DIGEST))
        except BaseException:
            response.close()  # what was not read to its end cannot be used for another request
            raise
        response.release_conn()
        return content

    def _get_from(self, key: str, start: int) -> BaseHTTPResponse | None:
        try:
            return self._client.get_object(self._bucket, key, offset=start)
        except S3Error:
            # Servers differ in how they refuse to begin at the end: ask for the size instead.
            if start and (found := self._info(key)) is not None and start >= found.size:
                return None
            raise

    def _download(self, key: str, path: Path, sha256: str | None) -> None:
        response = self._client.get_object(self._bucket, key)
        try:
            with path.open("wb") as file:
                for chunk in self._received(response):
                    file.write(chunk)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        if sha256:
            require_same(digest_of_file(path), sha256)

    def _received(self, response: BaseHTTPResponse) -> Iterator[bytes]:
        """What a store sends, as it comes; raises ``TimeoutError`` where it is too slow."""
        pace = Pace(self._seconds)
        while chunk := response.read1(_CHUNK_BYTES):
            pace.moved(len(chunk))
            yield chunk

    def _info(self, key: str) -> BlobInfo | None:
        try:
            found = self._client.stat_object(self._bucket, key)
        except S3Error as error:
            if error.code in _MISSING:
                return None
            raise
        return BlobInfo(key, found.size or 0, found.last_modified)

    def _walk(self, prefix: str) -> "Iterable[BlobInfo]":
        for found in self._client.list_objects(self._bucket, prefix=prefix, recursive=True):
            if found.object_name is not None and not found.is_dir:
                yield BlobInfo(found.object_name, found.size or 0, found.last_modified)

    def _delete_all(self, prefix: str) -> int:
        keys = [info.key for info in self._walk(prefix)]
        errors = self._client.remove_objects(self._bucket, map(DeleteObject, keys))
        for error in errors:
            raise OSError(f"not deleted: {error.code}")
        return len(keys)


def _once_more(
    call: Callable[_Args, _Result], *args: _Args.args, **kwargs: _Args.kwargs
) -> _Result:
    """Call again, once, where what came was not what was stored: it may be the way here."""
    try:
        return call(*args, **kwargs)
    except AttemptFailed:
        return call(*args, **kwargs)


def _key(info: BlobInfo) -> str:
    return info.key
