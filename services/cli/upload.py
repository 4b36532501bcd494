"""A file as part of a form: read piece by piece, counted while it goes out."""

import asyncio
import os
from collections.abc import Callable, Mapping
from typing import IO

from aiohttp import MultipartWriter
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

CHUNK_BYTES = 256 * 1024

OnSent = Callable[[int], None]
"""Is told how many bytes of the file have gone out so far."""


class FilePart(Payload):
    """The bytes of an open file, with their number known beforehand (no chunked coding).

    ``failure`` is what reading the file ended with, as aiohttp reports that like a broken
    connection.
    """

    def __init__(self, file: IO[bytes], name: str, on_sent: OnSent) -> None:
        super().__init__(file, content_type="application/octet-stream", filename=name)
        self.failure: OSError | None = None
        self._file = file
        self._bytes = os.fstat(file.fileno()).st_size
        self._on_sent = on_sent

    @property
    def size(self) -> int:
        """The file's length in bytes when it was opened."""
        return self._bytes

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Not for files; raises ``TypeError``."""
        raise TypeError("a file is sent as it is")

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Send the file; raises ``OSError`` when it cannot be read to its end."""
        sent = 0
        self._on_sent(sent)
        while sent < self._bytes:
            chunk = await self._read(min(CHUNK_BYTES, self._bytes - sent))
            await writer.write(chunk)
            sent += len(chunk)
            self._on_sent(sent)

    async def _read(self, size: int) -> bytes:
        try:
            chunk = await asyncio.to_thread(self._file.read, size)
        except OSError as error:
            self.failure = error
            raise
        if not chunk:
            self.failure = OSError("it became shorter while it was sent")
            raise self.failure
        return chunk


def upload_form(part: FilePart, fields: Mapping[str, str]) -> MultipartWriter:
    """A form with ``fields`` before the one file (RFC 7578; names as UTF-8)."""
    form = MultipartWriter("form-data")
    for name, value in fields.items():
        field = form.append(value)
        field.set_content_disposition("form-data", quote_fields=False, name=name)
    form.append_payload(part)
    filename = part.filename or "document"
    part.set_content_disposition("form-data", quote_fields=False, name="files", filename=filename)
    return form
