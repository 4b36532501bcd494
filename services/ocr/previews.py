"""Pictures of pages, drawn when somebody first wants to see them, and kept.

Most documents need no person, so most pages are never looked at. The gateway asks by a
message, and waits.
"""

import asyncio
from pathlib import Path

import structlog
from pydantic import ValidationError

from services.ocr.reader import render_preview
from shared.blobs import keys
from shared.blobs.port import Blobs
from shared.broker.port import Consumer, Incoming
from shared.broker.topology import PREVIEWS_QUEUE
from shared.compute import ComputePool
from shared.errors import DocstageError, RetryClass, Transient
from shared.models.document import Document
from shared.models.messages import PreviewMessage
from shared.stages.context import Runtime
from shared.store.collections import DOCUMENTS
from shared.store.port import Tenant

PREVIEW_HEIGHT = 1000
DRAW_SECONDS = 60.0
TRIES = 2
"""A child may also die of something that is not the page's fault."""

TROUBLE_PAUSE = 2.0
"""Seconds to hold a message back before returning it, while the store does not answer."""


class Previews:
    """Has the child of ``pool``, its own, draw the pages it is asked for, and stores them."""

    def __init__(self, runtime: Runtime, blobs: Blobs, pool: ComputePool) -> None:
        self._runtime = runtime
        self._blobs = blobs
        self._pool = pool
        self._consumer: Consumer | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._log = structlog.get_logger("docstage.previews")

    @property
    def alive(self) -> bool:
        """Whether messages are being consumed, or deliberately no more."""
        return self._consumer is None or self._consumer.alive

    async def start(self) -> None:
        """Begin to consume; raises ``DocstageError`` when no child can be started."""
        await self._pool.start()
        broker = self._runtime.broker
        self._consumer = await broker.consume(PREVIEWS_QUEUE, self._handle, prefetch=1)

    async def stop(self) -> None:
        """Take no more, and return what is being drawn: another will draw it."""
        if self._consumer is not None:
            await self._consumer.cancel()
            self._consumer = None
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._pool.close()

    async def draw(self, asked: PreviewMessage) -> None:
        """Draw the pages asked for that have no preview yet.

        Nothing is left in the blob store for a document that has gone, or is being processed
        anew, in the meantime. Raises ``Transient`` when store or blobs do not answer.
        """
        document = await self._document(asked)
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
        async with self._blobs.as_file(document.blob) as path:
            for number in missing:
                picture = await self._picture(document, path, number)
                await self._blobs.put(_key(asked, number), picture, "image/jpeg")
                if await self._document(asked) is None:
                    await self._clear(asked)
                    return

    async def _handle(self, incoming: Incoming) -> None:
        try:
            asked = PreviewMessage.model_validate_json(incoming.message.body)
        except ValidationError:
            self._log.exception("request_unreadable")
            await incoming.ack()
            return
        task = asyncio.create_task(self._try(asked))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.wait({task})
        if task.cancelled():
            await incoming.give_back()
        elif task.exception() is None:
            await incoming.ack()
        else:
            await asyncio.sleep(TROUBLE_PAUSE)
            await incoming.give_back()

    async def _try(self, asked: PreviewMessage) -> None:
        """``draw``; a request that fails but for ``Transient`` trouble must not come again."""
        try:
            await self.draw(asked)
        except Transient as error:
            self._log.info("request_returned", document=asked.document, code=error.code.value)
            raise
        except Exception:  # noqa: BLE001 - whatever it is, it costs this picture only
            self._log.exception("request_dropped", document=asked.document)

    async def _document(self, asked: PreviewMessage) -> Document | None:
        """The document, if it is still there in the revision of the message."""
        documents = self._runtime.store.of(Tenant(asked.organization), DOCUMENTS)
        document = await documents.get(asked.document)
        return document if document and document.revision == asked.revision else None

    async def _clear(self, asked: PreviewMessage) -> None:
        """Remove what was drawn for nobody, now or before a crash."""
        for number in range(asked.first, asked.last):
            await self._blobs.delete(_key(asked, number))

    async def _picture(self, document: Document, path: Path, number: int) -> bytes:
        """The page as JPEG, or nothing for one that cannot be drawn."""
        for _ in range(TRIES):
            try:
                return await self._pool.run(
                    render_preview,
                    str(path),
                    document.media_type,
                    number,
                    PREVIEW_HEIGHT,
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
    return keys.preview_key(asked.organization, asked.document, asked.revision, number)
