"""Waiting for documents to be finished, without asking the store over and over.

One subscription to the events per gateway process wakes whoever waits for a document.
An event that is lost costs nothing but the wait: the caller's last look is at the store.
"""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeVar

import structlog
from pydantic import ValidationError

from shared.broker.port import Broker, Consumer, Incoming
from shared.errors import Transient
from shared.models.document import Document, EventName
from shared.models.messages import EventMessage
from shared.store.port import Repository

FINAL_EVENTS = frozenset(
    {
        EventName.READY,
        EventName.NEEDS_REVIEW,
        EventName.FAILED,
        EventName.REJECTED,
        EventName.CANCELLED,
        EventName.EXPIRED,
    }
)
_TOPICS = tuple(name.value for name in FINAL_EVENTS)
_RETRY_SECONDS = 5.0
_LOOK_SECONDS = 1.0
_REMEMBERED = 512
"""Documents that were heard of last: some seconds' worth under any load."""

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class DocumentWatch:
    """The gateway's ear on the events of all documents."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._consumer: Consumer | None = None
        self._starting: asyncio.Task[None] | None = None
        self._released = False
        self._heard: OrderedDict[str, None] = OrderedDict()

    async def start(self) -> None:
        """Begin to listen; while the broker is down, go on trying beside the caller."""
        try:
            self._consumer = await self._broker.listen(_TOPICS, self._hear)
        except Transient:
            self._starting = asyncio.create_task(self._start_later())

    async def stop(self) -> None:
        """Stop listening; those who wait run into their time limit."""
        if self._starting is not None:
            self._starting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._starting
        if self._consumer is not None:
            await self._consumer.cancel()

    @property
    def released(self) -> bool:
        """Whether the process is to end, and nobody should wait any more."""
        return self._released

    def release(self) -> None:
        """Let all who wait go, now and later: the process is to end."""
        self._released = True
        for waiting in self._waiting.values():
            for woken in waiting:
                woken.set()

    async def until_final(
        self, repository: Repository[Document], documents: Iterable[Document], seconds: float
    ) -> dict[str, Document]:
        """Wait until all are final, at most so long; the documents as they stand then.

        They are given as they were a moment ago. Those that are gone by the end are missing
        from the answer.
        """
        current = {it.id: it for it in documents}
        wanted = list(current)
        async with self._listening(wanted) as woken:
            if any(identity in self._heard for identity in wanted):
                woken.set()
            try:
                async with asyncio.timeout(seconds):
                    while not self._released and _some_open(current):
                        await woken.wait()
                        woken.clear()
                        current = await _load(repository, wanted)
            except TimeoutError:
                current = await _load(repository, wanted)
        return current

    async def until(
        self, document: str, look: Callable[[], Awaitable[T | None]], seconds: float
    ) -> T | None:
        """What ``look`` finds, in the end: asked at once, and whenever the document's end is told.

        And every few seconds, for what is told to nobody. ``None`` when the time is over, or the
        process is to end.
        """
        async with self._listening([document]) as woken:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while (found := await look()) is None and not self._released:
                        with contextlib.suppress(TimeoutError):
                            await asyncio.wait_for(woken.wait(), _LOOK_SECONDS)
                        woken.clear()
                    return found
            return await look()

    @contextlib.asynccontextmanager
    async def _listening(self, ids: list[str]) -> AsyncIterator[asyncio.Event]:
        woken = asyncio.Event()
        for identity in ids:
            self._waiting.setdefault(identity, set()).add(woken)
        try:
            yield woken
        finally:
            for identity in ids:
                waiters = self._waiting[identity]
                waiters.discard(woken)
                if not waiters:
                    del self._waiting[identity]

    async def _hear(self, incoming: Incoming) -> None:
        try:
            event = EventMessage.model_validate_json(incoming.message.body)
        except ValidationError:
            _log.warning("event not understood")
        else:
            self._remember(event.document)
            for woken in self._waiting.get(event.document, ()):
                woken.set()
        await incoming.ack()

    def _remember(self, document: str) -> None:
        """For who begins to wait with a document loaded just before it was final."""
        self._heard[document] = None
        self._heard.move_to_end(document)
        if len(self._heard) > _REMEMBERED:
            self._heard.popitem(last=False)

    async def _start_later(self) -> None:
        while self._consumer is None:
            await asyncio.sleep(_RETRY_SECONDS)
            with contextlib.suppress(Transient):
                self._consumer = await self._broker.listen(_TOPICS, self._hear)


def _some_open(documents: dict[str, Document]) -> bool:
    return any(not it.is_final for it in documents.values())


async def _load(documents: Repository[Document], ids: list[str]) -> dict[str, Document]:
    return {it.id: it for it in await documents.get_many(ids)}
