"""Pictures of pages, drawn when somebody first wants to see them, and kept.

Most documents need no person, so most pages are never looked at. The gateway asks by a
message, and waits.
"""

from pathlib import Path

import structlog

from services.ocr.reader import render_preview
from shared.blobs import keys
from shared.blobs.port import Blobs
from shared.compute.pool import ComputePool
from shared.errors import DocstageError, RetryClass, Transient
from shared.models.document import Document
from shared.models.messages import PreviewMessage
from shared.models.pictures import PICTURE_LIMITS, PictureSize
from shared.stages.requests import asked_document
from shared.store.port import Store

DRAW_SECONDS = 60.0
TRIES = 2
"""A child may also die of something that is not the page's fault."""


class Previews:
    """Has a child of ``pool`` draw the pages it is asked for, and stores them."""

    def __init__(self, store: Store, blobs: Blobs, pool: ComputePool) -> None:
        self._store = store
        self._blobs = blobs
        self._pool = pool
        self._log = structlog.get_logger("docstage.previews")

    async def draw(self, asked: PreviewMessage) -> None:
        """Draw the pages asked for that have no preview yet.

        Nothing is left in the blob store for a document that has gone, or is being processed
        anew, in the meantime. Raises ``Transient`` when store or blobs do not answer.
        """
        document = await asked_document(self._store, asked)
        if document is None:
            await self._clear(asked)
            return
        missing = [
            number
            for number in range(asked.first, asked.last)
            if await self._blobs.info(_key(asked, number)) is None
        ]
        if not missing:
            return
        async with self._blobs.as_file(document.blob, document.sha256) as path:
            for number in missing:
                picture = await self._picture(document, path, number, asked.size)
                await self._blobs.put(_key(asked, number), picture, "image/webp")
                if await asked_document(self._store, asked) is None:
                    await self._clear(asked)
                    return

    async def _clear(self, asked: PreviewMessage) -> None:
        """Remove what was drawn for nobody, now or before a crash."""
        for number in range(asked.first, asked.last):
            await self._blobs.delete(_key(asked, number))

    async def _picture(
        self, document: Document, path: Path, number: int, size: PictureSize
    ) -> bytes:
        """The page as WebP, or nothing for one that cannot be drawn."""
        for _ in range(TRIES):
            try:
                return await self._pool.run(
                    render_preview,
                    str(path),
                    document.media_type,
                    number,
                    *PICTURE_LIMITS[size],
                    timeout=DRAW_SECONDS,
                )
            except Transient:
                raise
            except DocstageError as error:
                self._log.info("page_not_drawn", document=document.id, code=error.code.value)
                if error.retry is not RetryClass.ATTEMPT:
                    break
        return b""


def _key(asked: PreviewMessage, number: int) -> str:
    return keys.preview_key(asked.organization, asked.document, asked.revision, number, asked.size)
