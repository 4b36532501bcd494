"""Pictures of pages, drawn when their reading is over: nothing waits for them.

They are asked for by messages. What gets lost in a crash is asked for again by whoever wants
to see the page, at the gateway.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from pydantic import ValidationError

from services.ocr.reader import render_preview
from shared.blobs import keys
from shared.blobs.port import Blobs
from shared.broker.port import Consumer, Incoming, Message
from shared.broker.topology import ASKED_PREVIEWS_QUEUE, PREVIEWS_QUEUE
from shared.compute import ComputePool
from shared.errors import DocstageError, RetryClass, Transient
from shared.models.document import Document
from shared.models.ids import new_id
from shared.models.messages import JobMessage, PreviewMessage
from shared.stages.context import Background, Runtime
from shared.store.collections import DOCUMENTS
from shared.store.port import Tenant

NICENESS = 10
"""What the child that draws should have: it takes only what reading and extraction leave."""

PREVIEW_HEIGHT = 1000
DRAW_SECONDS = 60.0
TRIES = 2
"""A child may also die of something that is not the page's fault."""

ASK_DELAY = 0.5
"""Seconds from a part's commit to asking: an idle document is ready by then, and drawing
would compete with its extraction, for the disk too."""

REST_STEP, REST_STEPS = 0.05, 3
"""Nothing else was at work at so many looks in a row, so many seconds apart: it is calm."""

PATIENCE_SECONDS = 5.0
"""How long a picture nobody waits for stands back behind work that goes on and on."""

STOP_SECONDS = 2.0

TROUBLE_PAUSE = 2.0
"""Seconds to hold a message back before returning it, while the store does not answer."""


class Previews:
    """Has the child of ``pool``, its own, draw the pages it is asked for, and stores them.

    Pictures that somebody waits for are drawn at once, the others when ``at_rest`` says that
    the process has no other work, or after a while.
    """

    def __init__(
        self, runtime: Runtime, blobs: Blobs, pool: ComputePool, at_rest: Callable[[], bool]
    ) -> None:
        self._runtime = runtime
        self._blobs = blobs
        self._pool = pool
        self._at_rest = at_rest
        self._calm = False
        self._consumers: list[Consumer] = []
        self._running: set[asyncio.Task[None]] = set()
        self._asking = Background()
        self._draining = asyncio.Event()
        self._log = structlog.get_logger("docstage.previews")

    @property
    def alive(self) -> bool:
        """Whether messages are being consumed, or deliberately no more."""
        return all(consumer.alive for consumer in self._consumers)

    async def start(self) -> None:
        """Begin to consume; raises ``DocstageError`` when no child can be started."""
        await self._pool.start()
        handlers = {ASKED_PREVIEWS_QUEUE: self._handle, PREVIEWS_QUEUE: self._handle_at_rest}
        for queue, handler in handlers.items():
            consumer = await self._runtime.broker.consume(queue, handler, prefetch=1)
            self._consumers.append(consumer)

    async def stop(self) -> None:
        """Take no more, and return what is being drawn: another will draw it."""
        self._draining.set()
        await self._asking.drain(STOP_SECONDS)
        consumers, self._consumers = self._consumers, []
        for consumer in consumers:
            await consumer.cancel()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._pool.close()

    def ask(self, document: Document, job: JobMessage) -> None:
        """Ask for the pages of the part that ``job`` has read, a moment later; may get lost."""
        part = next((it for it in document.parts if it.index == job.part), None)
        if part is None or part.last is None:
            return
        asked = PreviewMessage(
            organization=document.organization,
            document=document.id,
            revision=job.revision,
            first=part.first,
            last=part.last,
        )
        self._asking.start(self._publish(asked))

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

    async def _handle_at_rest(self, incoming: Incoming) -> None:
        await self._wait_for_rest()
        await self._handle(incoming)

    async def _wait_for_rest(self) -> None:
        """Let reading and extraction go first; once it is calm, only until it is no more."""
        calm = REST_STEPS if self._calm and self._at_rest() else 0
        deadline = time.monotonic() + PATIENCE_SECONDS
        while calm < REST_STEPS and time.monotonic() < deadline and not self._draining.is_set():
            await asyncio.sleep(REST_STEP)
            calm = calm + 1 if self._at_rest() else 0
        self._calm = calm >= REST_STEPS

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

    async def _publish(self, asked: PreviewMessage) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._draining.wait(), ASK_DELAY)
        message = Message(new_id(), asked.model_dump_json().encode())
        await self._runtime.broker.send(PREVIEWS_QUEUE, message)

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
