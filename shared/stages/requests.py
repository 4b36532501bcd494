"""Requests: what is made only when somebody asks for it, and waits."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog
from pydantic import ValidationError

from shared.broker.port import Broker, Consumer, Incoming
from shared.errors import Transient
from shared.models.document import Document
from shared.models.messages import ArtifactMessage, RequestMessage
from shared.models.trace import HEADER, TraceContext
from shared.stages.quarantine import set_aside
from shared.store.collections import DOCUMENTS
from shared.store.port import Store, Tenant
from shared.telemetry.tracing import Tracer

TROUBLE_PAUSE = 2.0
"""Seconds to hold a message back before returning it, while the store does not answer."""

M = TypeVar("M", bound=RequestMessage)


class Requests(Generic[M]):
    """Consumes a queue of messages of one kind, one at a time, and has each answered.

    ``answer`` raises ``Transient`` for what is no fault of the request: it comes again. One
    that fails otherwise is dropped.
    """

    def __init__(
        self,
        broker: Broker,
        queue: str,
        kind: type[M],
        answer: Callable[[M], Awaitable[None]],
        tracer: Tracer | None = None,
    ) -> None:
        self._broker = broker
        self._queue = queue
        self._kind = kind
        self._answer = answer
        self._tracer = tracer or Tracer()
        self._consumer: Consumer | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._log = structlog.get_logger("docstage.artifacts").bind(queue=queue)

    @property
    def alive(self) -> bool:
        """Whether messages are being consumed, or deliberately no more."""
        return self._consumer is None or self._consumer.alive

    async def start(self) -> None:
        """Begin to consume."""
        self._stopped = False
        self._consumer = await self._broker.consume(self._queue, self._handle, prefetch=1)

    async def stop(self) -> None:
        """Take no more, and return what is under way: another will do it."""
        self._stopped = True
        if self._consumer is not None:
            await self._consumer.cancel()
            self._consumer = None
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _handle(self, incoming: Incoming) -> None:
        if self._stopped:  # it came just before the consumer was cancelled
            await incoming.give_back()
            return
        try:
            asked = self._kind.model_validate_json(incoming.message.body)
        except ValidationError:
            await set_aside(self._broker, incoming, self._queue)
            return
        parent = TraceContext.parse(incoming.message.headers.get(HEADER))
        task = asyncio.create_task(self._try(asked, parent))
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

    async def _try(self, asked: M, parent: TraceContext | None) -> None:
        """``answer``; a request that fails but for ``Transient`` trouble must not come again."""
        try:
            with self._tracer.span("request", parent, queue=self._queue):
                await self._answer(asked)
        except Transient as error:
            self._log.info("request_returned", target=asked.subject, code=error.code.value)
            raise
        except Exception:  # noqa: BLE001 - whatever it is, it costs this artifact only
            self._log.exception("request_dropped", target=asked.subject)


async def asked_document(store: Store, asked: ArtifactMessage) -> Document | None:
    """The document, if it is still there in the revision of the message, and has its file."""
    documents = store.of(Tenant(asked.organization), DOCUMENTS)
    document = await documents.get(asked.document)
    if document is None or document.revision != asked.revision or not document.has_file:
        return None
    return document
