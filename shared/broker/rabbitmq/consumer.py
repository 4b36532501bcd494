"""A consumer that stays registered: it opens a new channel whenever it lost the last."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from uuid import uuid4

import structlog
from aio_pika import Channel
from aio_pika.abc import AbstractQueue
from aiormq import Channel as Wire
from aiormq.abc import DeliveredMessage

from shared.broker.delivery import handle
from shared.broker.port import Handler
from shared.broker.rabbitmq.incoming import RabbitIncoming
from shared.broker.rabbitmq.link import (
    STEP_SECONDS,
    Link,
    close_quietly,
    own_cancellation_only,
    wire_of,
)

_RETRY_SECONDS = 1.0
_PATIENCE_SECONDS = 60.0

log = structlog.get_logger(__name__)


class RabbitConsumer:
    """Consumes the queue that ``declare`` returns, on a channel of its own.

    With ``prefetch`` ``None`` it is a listener: acknowledged by being sent, unlimited.
    """

    def __init__(
        self,
        link: Link,
        declare: Callable[[Channel], Awaitable[AbstractQueue]],
        handler: Handler,
        prefetch: int | None,
    ) -> None:
        self._link = link
        self._declare = declare
        self._handler = handler
        self._prefetch = prefetch
        # The broker counts per channel; work left over from a lost channel counts too.
        self._slots = asyncio.Semaphore(prefetch) if prefetch is not None else None
        self._channel: Channel | None = None
        self._registered = asyncio.Event()
        self._lost = asyncio.Event()
        self._cancelled = asyncio.Event()
        self._unregistered = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._trying_since: float | None = None
        self._in_hand: set[RabbitIncoming] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._keeper = asyncio.create_task(self._keep())

    @property
    def alive(self) -> bool:
        """See the port; false too when registering fails for a minute on a good connection."""
        if self._cancelled.is_set() or self._keeper.done():
            return False
        now = asyncio.get_running_loop().time()
        return self._trying_since is None or now - self._trying_since < _PATIENCE_SECONDS

    @property
    def ended(self) -> bool:
        """Whether it was cancelled, and nothing of it is under way."""
        return self._keeper.done() and not self._tasks

    async def started(self) -> None:
        """Wait until it is registered, ten seconds at most; not for a broker that is down."""
        if self._link.connected:
            await _first_of(STEP_SECONDS, self._registered.wait())

    async def cancel(self) -> None:
        """Take no more; the channel stays until what is in hand was answered."""
        self._cancelled.set()
        await self._unregistered.wait()

    async def close(self) -> None:
        """Cancel, stop the handlers, and let the broker take back what they had."""
        await self.cancel()
        tasks = self._tasks - {asyncio.current_task()}
        for task in (self._keeper, *tasks):
            task.cancel()
        await asyncio.gather(self._keeper, *tasks, return_exceptions=True)
        await self._close_channel()

    async def _keep(self) -> None:
        try:
            while not self._cancelled.is_set():
                await self._wait_for_link()
                if not self._cancelled.is_set():
                    await self._consume_until_lost()
        finally:
            self._unregistered.set()
        await _first_of(None, self._idle.wait(), self._lost.wait())
        await self._close_channel()

    async def _wait_for_link(self) -> None:
        if not self._link.connected:
            self._trying_since = None
            await _first_of(None, self._link.ready(), self._cancelled.wait())
        if self._trying_since is None:
            self._trying_since = asyncio.get_running_loop().time()

    async def _consume_until_lost(self) -> None:
        try:
            with own_cancellation_only():
                async with asyncio.timeout(STEP_SECONDS):
                    wire, tag = await self._register()
                self._trying_since = None
                self._registered.set()
                await _first_of(None, self._lost.wait(), self._cancelled.wait())
                if not self._lost.is_set():
                    async with asyncio.timeout(STEP_SECONDS):
                        await wire.basic_cancel(tag)
                    return
        except Exception as error:  # noqa: BLE001 - whatever it was: a new channel, a little later
            log.warning("broker.consumer_failed", reason=repr(error))
        self._registered.clear()
        await self._close_channel()
        await _first_of(_RETRY_SECONDS, self._cancelled.wait())

    async def _register(self) -> tuple[Wire, str]:
        self._lost.clear()
        self._channel = channel = await self._link.channel(confirms=False)
        channel.close_callbacks.add(lambda *_: self._lost.set())
        await channel.set_qos(prefetch_count=self._prefetch or 0)
        queue = await self._declare(channel)
        # The broker cancels a consumer when it deletes or moves the queue.
        wire = await wire_of(channel)
        wire.on_consumer_cancel_callbacks.add(lambda _: self._lost.set())
        tag = f"docstage-{uuid4().hex}"
        await wire.basic_consume(
            queue.name, self._receive, no_ack=self._prefetch is None, consumer_tag=tag
        )
        return wire, tag

    async def _receive(self, raw: DeliveredMessage) -> None:
        # A task of our own: aio-pika cancels its tasks with the channel, and work that holds
        # a lease is better finished than thrown away.
        incoming = RabbitIncoming(raw, self._settled, acknowledged=self._prefetch is None)
        if self._prefetch is not None:
            self._in_hand.add(incoming)
            self._idle.clear()
        task = asyncio.create_task(self._handle(incoming))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, incoming: RabbitIncoming) -> None:
        if self._slots is None:
            await handle(self._handler, incoming)
            return
        async with self._slots:
            if incoming not in self._in_hand:
                return  # its channel is gone, so it will come again
            if self._cancelled.is_set():
                await incoming.give_back()
            else:
                await handle(self._handler, incoming)

    def _settled(self, incoming: RabbitIncoming) -> None:
        self._in_hand.discard(incoming)
        if not self._in_hand:
            self._idle.set()

    async def _close_channel(self) -> None:
        channel, self._channel = self._channel, None
        self._in_hand.clear()
        self._idle.set()
        if channel is not None:
            await close_quietly(channel)


async def _first_of(seconds: float | None, *events: Coroutine[Any, Any, object]) -> None:
    """Wait for the first of some events, at most so many seconds."""
    tasks = [asyncio.create_task(event) for event in events]
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
