"""Redacted PDF files and head shots, made when somebody first asks for one, and kept."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import structlog

from services.ocr.redacting import Redacting, photo_of, redact_pages
from services.ocr.sources import PDF
from shared.blobs import keys
from shared.blobs.port import Blobs
from shared.compute.pool import ComputePool
from shared.errors import DocstageError, RetryClass, Transient
from shared.models.document import Document
from shared.models.messages import PersonalMessage
from shared.stages.disclosure import Disclosure, disclosure_of
from shared.stages.requests import asked_document
from shared.store.port import Store

PAGES_AT_A_TIME = 16
CALL_SECONDS = 60.0
"""For one call of the child, which begins no further page after two seconds."""

PHOTO_PAGES = 2
"""On which a head shot is looked for."""

TRIES = 2
"""A child may also die of something that is not the document's fault."""

_JPEG = "image/jpeg"


class PersonalFiles:
    """Has a child of ``pool`` make the files it is asked for, and stores them."""

    def __init__(self, store: Store, blobs: Blobs, pool: ComputePool) -> None:
        self._store = store
        self._blobs = blobs
        self._pool = pool
        self._log = structlog.get_logger("docstage.personal")

    async def make(self, asked: PersonalMessage) -> None:
        """Make what is asked for, if it is not there yet and all pages have been read.

        It is empty where it cannot be made, so that nobody tries again. Nothing is left in the
        blob store for a document that has gone, or is being processed anew, in the meantime.
        Raises ``Transient`` when store or blobs do not answer.
        """
        document = await asked_document(self._store, asked)
        if document is None or not document.is_read:
            return
        if asked.what == "head_shot":
            key = keys.head_shot_key(document.organization, document.id, document.revision)
            making: Callable[[], Awaitable[None]] = lambda: self._photo(document, key)  # noqa: E731
        else:
            disclosure = await disclosure_of(self._store, document)
            key = keys.redacted_key(
                document.organization, document.id, document.revision, disclosure.digest
            )
            making = lambda: self._redacted(document, disclosure, key)  # noqa: E731
        if await self._blobs.info(key) is not None:
            return
        await self._tried(document, key, making)
        if await asked_document(self._store, asked) is None:
            await self._blobs.delete(key)

    async def _tried(
        self, document: Document, key: str, making: Callable[[], Awaitable[None]]
    ) -> None:
        for _ in range(TRIES):
            try:
                await making()
            except Transient:
                raise
            except DocstageError as error:
                self._log.info("not_made", document=document.id, code=error.code.value)
                if error.retry is not RetryClass.ATTEMPT:
                    break
            else:
                return
        await self._blobs.put(key, b"", "application/octet-stream")

    async def _photo(self, document: Document, key: str) -> None:
        photo = b""
        async with self._blobs.as_file(document.blob, document.sha256) as original:
            for number in range(min(PHOTO_PAGES, document.pages or 0)):
                (content,) = await self._contents(document, number, number + 1)
                place = str(original), document.media_type, content
                photo = await self._pool.run(photo_of, *place, timeout=CALL_SECONDS)
                if photo:
                    break
        await self._blobs.put(key, photo, _JPEG)

    async def _redacted(self, document: Document, disclosure: Disclosure, key: str) -> None:
        folder = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="docstage-")
        try:
            path = Path(folder.name) / "made.pdf"
            await self._build(document, disclosure, path)
            await self._blobs.put_file(key, path, PDF)
        finally:
            await asyncio.to_thread(folder.cleanup)

    async def _build(self, document: Document, disclosure: Disclosure, path: Path) -> None:
        total = document.pages or 0
        async with self._blobs.as_file(document.blob, document.sha256) as original:
            making = Redacting(
                str(original), document.media_type, str(path), document.created,
                disclosure.personal,
            )  # fmt: skip
            for start in range(0, total, PAGES_AT_A_TIME):
                end = min(start + PAGES_AT_A_TIME, total)
                contents = await self._contents(document, start, end)
                while making.pages < end:
                    left = contents[making.pages - start :]
                    made = await self._pool.run(redact_pages, making, left, timeout=CALL_SECONDS)
                    making = replace(making, pages=made.pages, font=made.font)

    async def _contents(self, document: Document, start: int, end: int) -> list[bytes]:
        place = (document.organization, document.id, document.revision)
        wanted = (keys.page_key(*place, number) for number in range(start, end))
        return await asyncio.gather(*(self._blobs.get(key) for key in wanted))
