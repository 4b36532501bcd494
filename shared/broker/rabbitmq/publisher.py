"""Confirmed publishing: it returns when the broker has the message, or raises."""

import asyncio
import contextlib
from collections.abc import Coroutine
from itertools import count
from typing import Any
from uuid import uuid4

from aio_pika import Channel, DeliveryMode
from aio_pika.exceptions import DeliveryError, PublishError
from aiormq import Channel as Wire
from aiormq import spec

from shared.broker.port import Message, RefusedError
from shared.broker.rabbitmq.declare import (
    QueueKind,
    declare_result_queue,
    declare_topology,
    is_bound,
)
from shared.broker.rabbitmq.link import (
    STEP_SECONDS,
    Link,
    as_transient,
    close_quietly,
    wire_of,
)
from shared.broker.topology import EVENTS_EXCHANGE, ResultQueueSpec

# Declared again within some 20 ms, a deleted queue's consumers are never told (seen on 3.10.8):
# they stay registered, are sent nothing, and hold what is meant for others.
_DELETION_SECONDS = 0.5
_BLOCKED_SECONDS = 0.2


class Publisher:
    """Publishes on one channel, which it opens again when it was lost."""

    def __init__(self, link: Link, kind: QueueKind) -> None:
        self._link = link
        self._kind = kind
        self._opening = asyncio.Lock()
        self._channel: Channel | None = None
        self._wire: Wire | None = None
        self._prefix, self._numbers = uuid4().hex, count()
        self._declarations = 0
        self._closing: set[asyncio.Task[None]] = set()
        self._blocked = False

    async def open(self) -> None:
        """Open the channel and declare the topology."""
        with as_transient():
            async with asyncio.timeout(STEP_SECONDS):
                await self._ready()

    async def send(self, queue: str, message: Message) -> None:
        """Put a message into a queue."""
        await self._in_time(self._publish_or_declare(queue, message, event=False))

    async def send_result(self, spec: ResultQueueSpec, message: Message) -> None:
        """Put a message into a result queue, which is declared again if it is missing."""
        await self._in_time(self._send_result(spec, message))

    async def announce(self, topic: str, message: Message) -> None:
        """Publish an event."""
        await self._in_time(self._publish_or_declare(topic, message, event=True))

    async def close(self) -> None:
        """Close the channel."""
        channel, self._channel, self._wire = self._channel, None, None
        if channel is not None:
            await close_quietly(channel)
        await asyncio.gather(*self._closing)

    async def _in_time(self, publishing: Coroutine[Any, Any, None]) -> None:
        """Publish when the broker takes messages, all within ten seconds.

        Every failure is ``Transient``, a ``RefusedError`` if the broker said no.
        """
        deadline = asyncio.get_running_loop().time() + STEP_SECONDS
        with contextlib.closing(publishing), as_transient():
            await self._wait_for_room(deadline)
            try:
                async with asyncio.timeout_at(deadline):
                    await publishing
            except DeliveryError as error:
                raise RefusedError from error
            except TimeoutError:
                # A channel that lost count of its confirmations would never answer again.
                self._drop_channel()
                self._blocked = True  # an alarm is the likeliest cause
                raise

    async def _wait_for_room(self, deadline: float) -> None:
        """Wait while an alarm blocks the connection; nothing is sent that nobody reads.

        Whoever comes after one that waited in vain does not wait as long: jobs must go on.
        """
        if self._blocked:
            deadline = asyncio.get_running_loop().time() + _BLOCKED_SECONDS
        try:
            async with asyncio.timeout_at(deadline):
                await self._link.unblocked()
        except TimeoutError:
            self._blocked = True
            raise
        self._blocked = False

    async def _publish_or_declare(self, routing_key: str, message: Message, *, event: bool) -> None:
        declarations = self._declarations
        try:
            await self._publish_once(routing_key, message, event=event)
        except PublishError:
            if not is_bound(routing_key, event=event):
                raise
            # Someone deleted the queue behind us.
            await self._declare_again(declarations)
            await self._publish_once(routing_key, message, event=event)

    async def _send_result(self, spec: ResultQueueSpec, message: Message) -> None:
        try:
            await self._publish_once(spec.name, message, event=False)
        except PublishError:
            await self._ready()
            if self._channel is None:
                raise
            await declare_result_queue(self._channel, spec)
            await self._publish_once(spec.name, message, event=False)

    async def _publish_once(self, routing_key: str, message: Message, *, event: bool) -> None:
        wire = self._wire
        if wire is None or wire.is_closed:
            wire = await self._ready()
        # Not waited for is each frame's way to the socket: its confirmation comes after it.
        await wire.basic_publish(
            message.body,
            exchange=EVENTS_EXCHANGE if event else "",
            routing_key=routing_key,
            properties=self._properties(message),
            mandatory=True,
            wait=False,
        )

    def _properties(self, message: Message) -> spec.Basic.Properties:
        return spec.Basic.Properties(
            # The client finds a returned message by its message_id, which therefore must not
            # occur twice in flight, whatever the caller does (aio-pika#689).
            message_id=f"{self._prefix}-{next(self._numbers)}",
            correlation_id=message.id,
            headers=dict(message.headers),
            content_type=message.content_type,
            delivery_mode=DeliveryMode.PERSISTENT,
        )

    async def _ready(self) -> Wire:
        async with self._opening:
            if self._channel is None or self._wire is None or self._wire.is_closed:
                self._channel = await self._link.channel(confirms=True)
                await declare_topology(self._channel, self._kind)
                self._wire = await wire_of(self._channel)
            return self._wire

    async def _declare_again(self, declarations: int) -> None:
        async with self._opening:
            if declarations == self._declarations and self._channel is not None:
                await asyncio.sleep(_DELETION_SECONDS)
                await declare_topology(self._channel, self._kind)
                self._declarations += 1

    def _drop_channel(self) -> None:
        channel, self._channel, self._wire = self._channel, None, None
        if channel is not None:
            task = asyncio.create_task(close_quietly(channel))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
