"""Guards between us and RabbitMQ; and three faults that only the process itself can commit."""

import asyncio
import contextlib
import os
from typing import Any

import aiormq
from aio_pika import RobustConnection
from aio_pika.connection import Connection
from yarl import URL

from shared.broker.port import RefusedError
from shared.broker.rabbitmq.broker import RabbitBroker
from shared.broker.rabbitmq.consumer import RabbitConsumer
from shared.broker.rabbitmq.hearing import HearingTransports, Watch
from shared.broker.rabbitmq.publisher import Publisher
from shared.http.load import Load
from tests.faults.guards.registry import Guard

NO_NAMES = "DOCSTAGE_FAULT_NO_NAMES"
"""Names a file: while it exists, the broker's host name is not found."""


def _nothing(_it: Any) -> None:
    pass


def _lost_is_lost() -> None:
    """A connection that was lost is not made again."""

    async def closed(self: Any, closing: Any) -> None:
        await Connection._on_connection_close(self, closing)

    RobustConnection._on_connection_close = closed  # type: ignore[method-assign]


def _silence_is_patience() -> None:
    """Nobody minds a connection on which nothing comes, neither we nor the client."""
    Watch._look = _nothing  # type: ignore[method-assign,assignment]
    aiormq.Connection.HEARTBEAT_GRACE_MULTIPLIER = 1_000_000


def _cancelled_for_good() -> None:
    """A consumer that the broker cancels takes no notice."""
    register = RabbitConsumer._register

    async def deaf(self: Any) -> Any:
        wire, tag = await register(self)
        wire.on_consumer_cancel_callbacks.clear()
        return wire, tag

    RabbitConsumer._register = deaf  # type: ignore[method-assign]


def _one_connection_for_all() -> None:
    """Publishing and consuming share a connection."""
    begin = RabbitBroker.__init__

    def shared(self: Any, *args: Any, **named: Any) -> None:
        begin(self, *args, **named)
        self._consuming = self._publishing

    RabbitBroker.__init__ = shared  # type: ignore[method-assign]


def _a_refusal_is_fine() -> None:
    """Whatever the broker says to a message, it counts as sent."""
    in_time = Publisher._in_time

    async def careless(self: Any, publishing: Any) -> None:
        with contextlib.suppress(RefusedError):
            await in_time(self, publishing)

    Publisher._in_time = careless  # type: ignore[method-assign]


def _never_too_much() -> None:
    """Everything is taken in, however much waits."""
    Load.check = _nothing  # type: ignore[method-assign,assignment]


def _publish_thrice() -> None:
    """The fault of C9: each message goes out three times, at the same time."""
    once = Publisher._publish_once

    async def thrice(self: Any, *args: Any, **named: Any) -> None:
        await asyncio.gather(*(once(self, *args, **named) for _ in range(3)))

    Publisher._publish_once = thrice  # type: ignore[method-assign]


def _no_names_for_a_while() -> None:
    """The fault of G3: DNS does not know the broker while a file exists."""
    create = HearingTransports.create

    async def unknown(self: Any, url: URL, **named: Any) -> Any:
        if os.path.exists(os.environ[NO_NAMES]):  # noqa: ASYNC240, PTH110 - a fault may block
            url = url.with_host("broker.invalid")  # reserved: RFC 2606
        return await create(self, url, **named)

    HearingTransports.create = unknown  # type: ignore[method-assign]


GUARDS = {
    "reconnection": Guard("a lost connection is made again", _lost_is_lost),
    "silence": Guard("a connection gone silent is given up", _silence_is_patience),
    "consumers restored": Guard(
        "a consumer that the broker cancelled registers again", _cancelled_for_good
    ),
    "two connections": Guard(
        "publishing and consuming have a connection each", _one_connection_for_all
    ),
    "refusals": Guard("only what the broker took is done with", _a_refusal_is_fine),
    "overload": Guard(
        "nothing more is taken in above the high-water mark", _never_too_much, ("ingest",)
    ),
    "fault: publish thrice": Guard("no guard, but the fault of C9", _publish_thrice),
    "fault: no names": Guard("no guard, but the fault of G3", _no_names_for_a_while),
}
