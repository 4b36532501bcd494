"""Searchable PDF files, made when somebody first asks for one, and kept."""

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

import structlog

from services.ocr.searchable import Making, add_pages
from services.ocr.sources import PDF
from shared.blobs import keys
from shared.blobs.port import Blobs
from shared.compute.pool import ComputePool
from shared.errors import DocstageError, RetryClass, Transient
from shared.models.document import Document
from shared.models.messages import SearchableMessage
from shared.stages.requests import asked_document
from shared.store.port import Store

PAGES_AT_A_TIME = 32
CALL_SECONDS = 60.0
"""For one call of the child, which begins no further page after two seconds."""

TRIES = 2
"""A child may also die of something that is not the document's fault."""


class SearchableFiles:
    """Has a child of ``pool`` make the files it is asked for, and stores them.

    Some pages a call: who waits for a preview gets his turn in between.
    """

    def __init__(self, store: Store, blobs: Blobs, pool: ComputePool) -> None:
        self._store = store
        self._blobs = blobs
        self._pool = pool
        self._log = structlog.get_logger("docstage.searchable")

    async def make(self, asked: SearchableMessage) -> None:
        """Make the file asked for, if it is not there yet and all pages have been read.

        It is empty where it cannot be made, so that nobody tries again. Nothing is left in the
        blob store for a document that has gone, or is being processed anew, in the meantime.
        Raises ``Transient`` when store or blobs do not answer.
        """
        key = keys.searchable_key(asked.organization, asked.document, asked.revision)
        document = await asked_document(self._store, asked)
        if document is None:
            await self._blobs.delete(key)
            return
        if not document.is_read or await self._blobs.info(key) is not None:
            return
        folder = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="docstage-")
        try:
            await self._store_file(document, Path(folder.name) / "made.pdf", key)
        finally:
            await asyncio.to_thread(folder.cleanup)
        if await asked_document(self._store, asked) is None:
            await self._blobs.delete(key)

    async def _store_file(self, document: Document, path: Path, key: str) -> None:
        for _ in range(TRIES):
            try:
                await self._build(document, path)
            except Transient:
                raise
            except DocstageError as error:
                self._log.info("not_made", document=document.id, code=error.code.value)
                if error.retry is not RetryClass.ATTEMPT:
                    break
            else:
                await self._blobs.put_file(key, path, PDF)
                return
        await self._blobs.put(key, b"", PDF)

    async def _build(self, document: Document, path: Path) -> None:
        total = document.pages or 0
        async with self._blobs.as_file(document.blob, document.sha256) as original:
            making = Making(
                str(original), document.media_type, str(path), document.name, document.created
            )
            for start in range(0, total, PAGES_AT_A_TIME):
                end = min(start + PAGES_AT_A_TIME, total)
                contents = await self._contents(document, start, end)
                while making.pages < end:
                    left = contents[making.pages - start :]
                    made = await self._pool.run(add_pages, making, left, timeout=CALL_SECONDS)
                    making = replace(making, pages=made.pages, font=made.font)
                    if made.failed:
                        self._log.info("pages_bare", document=document.id, pages=made.failed)

    async def _contents(self, document: Document, start: int, end: int) -> list[bytes]:
        place = (document.organization, document.id, document.revision)
        wanted = (keys.page_key(*place, number) for number in range(start, end))
        return await asyncio.gather(*(self._blobs.get(key) for key in wanted))
