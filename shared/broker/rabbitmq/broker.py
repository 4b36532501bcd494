"""The broker port on RabbitMQ."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from uuid import uuid4

from aio_pika import Channel
from aio_pika.abc import AbstractQueue
from aio_pika.exceptions import ChannelNotFoundEntity

from shared.broker.port import Handler, Message
from shared.broker.rabbitmq.consumer import RabbitConsumer
from shared.broker.rabbitmq.declare import (
    QueueKind,
    declare_listener,
    declare_queue,
    declare_result_queue,
    queue_spec,
)
from shared.broker.rabbitmq.link import Link
from shared.broker.rabbitmq.publisher import Publisher
from shared.broker.topology import ResultQueueSpec
from shared.errors import Code, Transient


class RabbitBroker:
    """RabbitMQ at ``url``; once opened it comes back by itself whenever the server does.

    Publishing and consuming have a connection each: a resource alarm blocks the one that
    publishes, and acknowledgements must go on. ``kind`` is that of the topology's queues.
    """

    def __init__(self, url: str, kind: QueueKind = "quorum") -> None:
        self._kind = kind
        self._publishing = Link(url, "docstage publishing")
        self._consuming = Link(url, "docstage consuming")
        self._publisher = Publisher(self._publishing, kind)
        self._consumers: list[RabbitConsumer] = []

    async def open(self) -> None:
        """Connect and declare the topology.

        ``Transient`` after five seconds without an answer. It goes on trying all the same:
        what is published fails, and what is consumed begins, once the server is there.
        """
        outcomes = await asyncio.gather(
            self._publishing.open(), self._consuming.open(), return_exceptions=True
        )
        for outcome in outcomes:
            if outcome is not None:
                raise outcome
        await self._publisher.open()

    async def close(self) -> None:
        """Return what is unacknowledged and cancel the handlers under way; see the port."""
        consumers, self._consumers = self._consumers, []
        for consumer in consumers:
            await consumer.close()
        await self._publisher.close()
        await self._consuming.close()
        await self._publishing.close()

    async def ping(self) -> None:
        """Return if the broker answers; see the port."""
        async with self._consuming.question() as channel:
            await channel.set_qos(prefetch_count=1)

    async def send(self, queue: str, message: Message) -> None:
        """Put a message into a queue; see the port."""
        await self._publisher.send(queue, message)

    async def announce(self, topic: str, message: Message) -> None:
        """Publish an event; one that no queue is bound to is refused."""
        await self._publisher.announce(topic, message)

    async def consume(self, queue: str, handler: Handler, prefetch: int) -> RabbitConsumer:
        """Hand out a queue's messages; ``ValueError`` for a queue that is not ours.

        With the broker down it returns at once, and consuming begins when it is back.
        """
        if prefetch < 1:
            raise ValueError("prefetch is 1 or more")
        declare = partial(declare_queue, spec=queue_spec(queue), kind=self._kind)
        return await self._start(declare, handler, prefetch)

    async def listen(self, topics: Sequence[str], handler: Handler) -> RabbitConsumer:
        """Hear events; they are acknowledged unasked, and none is ever returned.

        What is announced while the connection is down is not heard.
        """

        async def declare(channel: Channel) -> AbstractQueue:
            # A new name each time: the server may hold the old connection for alive.
            return await declare_listener(channel, f"docstage.listener.{uuid4().hex}", topics)

        return await self._start(declare, handler, None)

    async def depth(self, queue: str) -> int:
        """How many messages wait; ``ValueError`` for a queue that is not ours."""
        # One that was deleted behind us has nothing waiting in it.
        return await self._count(queue_spec(queue).name) or 0

    async def declare_result_queue(self, spec: ResultQueueSpec) -> None:
        """Make a result queue; ``Transient`` too for one that is there with other limits."""
        async with self._consuming.question() as channel:
            await declare_result_queue(channel, spec)

    async def delete_result_queue(self, name: str) -> None:
        """Remove a result queue; see the port."""
        async with self._consuming.question() as channel:
            await channel.queue_delete(name)

    async def send_result(self, spec: ResultQueueSpec, message: Message) -> None:
        """Put a message into a result queue; see the port."""
        await self._publisher.send_result(spec, message)

    async def result_depth(self, name: str) -> int | None:
        """How many messages wait in a result queue; see the port."""
        return await self._count(name)

    async def _count(self, queue: str) -> int | None:
        async with self._consuming.question() as channel:
            underlay = await channel.get_underlay_channel()
            try:
                answer = await underlay.queue_declare(queue, passive=True)
            except ChannelNotFoundEntity:
                return None
            return answer.message_count or 0

    async def _start(
        self,
        declare: Callable[[Channel], Awaitable[AbstractQueue]],
        handler: Handler,
        prefetch: int | None,
    ) -> RabbitConsumer:
        if not self._consuming.opened:
            raise Transient(Code.DEPENDENCY_DOWN)
        consumer = RabbitConsumer(self._consuming, declare, handler, prefetch)
        self._consumers = [it for it in self._consumers if not it.ended] + [consumer]
        await consumer.started()
        return consumer
