"""A connection that comes back by itself, and the channels opened on it.

Only the connection is aio-pika's robust one. Channels are plain and belong to whoever
opened them, who opens another when it is lost: one place decides what is restored, and a
channel that was forgotten in a recovery cannot look alive.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from aio_pika import Channel, RobustConnection
from aio_pika.connection import make_url
from aiormq import Channel as Wire

from shared.broker.rabbitmq.hearing import HearingTransports
from shared.errors import Code, Transient

STEP_SECONDS = 10.0
_OPEN_SECONDS = 5.0
_REDIAL_SECONDS = 1.0
_CLOSE_SECONDS = 5.0


class Link:
    """One connection to RabbitMQ; ``name`` is what the broker's console shows."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._connection: RobustConnection | None = None
        self._asking: Channel | None = None
        self._turn = asyncio.Lock()

    @property
    def connected(self) -> bool:
        """Whether the connection stands, as far as is known."""
        return self._connection is not None and self._connection.connected.is_set()

    @property
    def opened(self) -> bool:
        """Whether it was told to connect, and not to close since."""
        return self._connection is not None

    async def open(self) -> None:
        """Connect; ``Transient`` after five seconds, while it goes on trying by itself."""
        if self._connection is None:
            self._connection = RobustConnection(
                make_url(self._url),
                client_properties={"connection_name": self._name},
                reconnect_interval=_REDIAL_SECONDS,
                fail_fast=False,
            )
            # What aiormq is told, beside the parameters that aio-pika knows.
            self._connection.kwargs["transport_factory"] = HearingTransports()
        with as_transient():
            async with asyncio.timeout(_OPEN_SECONDS):
                await self._connection.connect(timeout=_OPEN_SECONDS)

    async def ready(self) -> None:
        """Wait until the connection stands."""
        if self._connection is None:
            raise Transient(Code.DEPENDENCY_DOWN)
        await self._connection.ready()

    async def unblocked(self) -> None:
        """Wait until the broker takes messages: an alarm blocks connections that publish.

        Whatever is sent meanwhile is not read, and lies in the socket until the alarm is over.
        """
        transport = self._connection.transport if self._connection is not None else None
        if transport is None or not self.connected:
            raise Transient(Code.DEPENDENCY_DOWN)
        await transport.ready()

    async def channel(self, *, confirms: bool) -> Channel:
        """A new channel; at once ``Transient`` when the connection is down."""
        if self._connection is None or not self.connected:
            raise Transient(Code.DEPENDENCY_DOWN)
        channel = Channel(self._connection, publisher_confirms=confirms, on_return_raises=confirms)
        await channel.initialize()
        return channel

    @asynccontextmanager
    async def question(self) -> AsyncIterator[Channel]:
        """A channel for one question at a time; every failure to answer it is ``Transient``.

        It is kept for the next one: aiormq 7 leaves some 5 KB on the connection for each channel
        that was ever opened, and there are ten questions a second. One that failed is not.
        """
        with as_transient():
            async with asyncio.timeout(STEP_SECONDS), self._turn:
                channel, self._asking = self._asking, None
                if channel is None or channel.is_closed or not self.connected:
                    channel = await self.channel(confirms=False)
                try:
                    yield channel
                except BaseException:
                    await close_quietly(channel)
                    raise
                self._asking = channel

    async def close(self) -> None:
        """Disconnect."""
        connection, self._connection, self._asking = self._connection, None, None
        if connection is not None:
            with suppress(Exception), own_cancellation_only():
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await connection.close()


async def wire_of(channel: Channel) -> Wire:
    """The client's inner channel, for messages.

    aio-pika's classes for messages, and its further task for each one that comes in, cost as
    much as the protocol does.
    """
    wire = await channel.get_underlay_channel()
    if not isinstance(wire, Wire):
        raise TypeError("aio-pika stands on another client than aiormq")
    return wire


async def close_quietly(channel: Channel) -> None:
    """Close a channel, which may be dead already."""
    with no_cancellation_lost(), suppress(Exception), own_cancellation_only():
        async with asyncio.timeout(_CLOSE_SECONDS):
            await channel.close()


@contextmanager
def no_cancellation_lost() -> Iterator[None]:
    """End as cancelled if somebody cancelled meanwhile, whatever became of that inside.

    aiormq makes other errors of a cancellation: who swallows those would go on for ever.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        yield
    except Exception as error:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError from error
        raise
    if task is not None and task.cancelling() > before:
        raise asyncio.CancelledError


@contextmanager
def own_cancellation_only() -> Iterator[None]:
    """Make an error of a ``CancelledError`` that nobody asked for.

    aiormq rejects what waits on a lost connection with ``CancelledError``.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise ConnectionError("the connection was lost meanwhile") from error


@contextmanager
def as_transient() -> Iterator[None]:
    """Turn every failure of the broker into ``Transient(DEPENDENCY_DOWN)``."""
    try:
        with no_cancellation_lost(), own_cancellation_only():
            yield
    except Transient:
        raise
    # Not a list of classes: aiormq also rejects futures with a bare Exception.
    except Exception as error:
        raise Transient(Code.DEPENDENCY_DOWN) from error
