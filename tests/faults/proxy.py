"""A TCP proxy on loopback that does harm on demand: to RabbitMQ, MongoDB, S3 or HTTP.

It runs in a thread of its own, so that a test may block or run a loop of its own::

    with Proxy(rabbitmq.url) as proxy:
        service.start(DOCSTAGE_BROKER_URL=proxy.url)
        lost = OnFrame(BASIC_ACK, Way.TO_CLIENT, nth=2)  # the second confirm
        proxy.triggers = [lost]
        ...
        lost.fired.wait(10.0)
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import AsyncIterator, Coroutine, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

from tests.faults.amqp_frames import Frame, FrameReader
from tests.faults.toxics import CutError, OnFrame, ResetError, Stream, Swallow, Toxic, Way
from tests.servers.process import HOST, free_ports

_CHUNK = 64 * 1024
_LOOK_SECONDS = 0.05
_SECONDS = 10.0
_LINGER_NOT = struct.pack("ii", 1, 0)


class Proxy:
    """Passes connections on to the server of ``url``, which names its scheme, host and port.

    ``toxics``, and for AMQP ``triggers``, may change at any time. ``url`` leads through it.
    """

    def __init__(self, url: str) -> None:
        target = urlsplit(url)
        self._target = target.hostname or HOST, target.port or 0
        (self.port,) = free_ports(1)
        login, at, _ = target.netloc.rpartition("@")
        self.url = urlunsplit(target._replace(netloc=f"{login}{at}{HOST}:{self.port}"))
        self._speaks_amqp = target.scheme.startswith("amqp")
        self.toxics: Sequence[Toxic] = ()
        self.triggers: Sequence[OnFrame] = ()
        self.connections = 0
        """How many were made so far; their numbers begin with 1."""
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.allow()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.refuse()
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)
        self._loop.close()

    def heal(self) -> None:
        """No more harm; connections that were made stay as they are."""
        self.toxics, self.triggers = (), ()
        self.allow()

    def allow(self) -> None:
        """Take connections."""
        self._call(self._listen())

    def refuse(self) -> None:
        """Take no more connections; those that stand are left."""
        self._call(self._unlisten())

    def cut(self, *, reset: bool = True) -> None:
        """End all connections that stand, by RST or in order."""
        self._call(self._cut(reset=reset))

    def silence(self, way: Way = Way.BOTH) -> None:
        """Let nothing more through on what is connected now: half-open TCP."""
        self.toxics = [*self.toxics, Swallow(way, up_to=self.connections)]

    @property
    def standing(self) -> int:
        """Connections that stand now."""
        return len(self._open) // 2

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_SECONDS)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, HOST, self.port)

    async def _unlisten(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()

    async def _cut(self, *, reset: bool) -> None:
        for writer in tuple(self._open):
            _close(writer, reset=reset)

    async def _end(self) -> None:
        await self._cut(reset=True)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self.connections += 1
        number = self.connections
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            _close(writer, reset=True)
            return
        ends = {writer, far_writer}
        self._open |= ends
        try:
            await self._pass(
                self._pump(reader, far_writer, Stream(Way.TO_SERVER, number)),
                self._pump(far_reader, writer, Stream(Way.TO_CLIENT, number)),
            )
        except ResetError:
            for end in ends:
                _close(end, reset=True)
        except (CutError, OSError, asyncio.CancelledError):
            pass
        finally:
            self._open -= ends
            for end in ends:
                _close(end, reset=False)

    @staticmethod
    async def _pass(*pumps: Coroutine[Any, Any, None]) -> None:
        """Run both directions until both ended or one failed."""
        tasks = [asyncio.create_task(pump) for pump in pumps]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stream: Stream
    ) -> None:
        try:
            await self._pass_on(reader, writer, stream)
        except ConnectionResetError:
            if not self._is_silent(stream):
                raise
        while self._is_silent(stream):  # a host that has gone does not say so
            await asyncio.sleep(_LOOK_SECONDS)
        with contextlib.suppress(OSError, RuntimeError):
            writer.write_eof()

    def _is_silent(self, stream: Stream) -> bool:
        return any(isinstance(it, Swallow) and it.covers(stream) for it in self.toxics)

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stream: Stream
    ) -> None:
        frames = FrameReader() if self._speaks_amqp else None
        while piece := await reader.read(_CHUNK):
            toxics = [it for it in self.toxics if stream.way in it.way]
            triggers = [it for it in self.triggers if stream.way in it.way]
            async for whole in _met(triggers, frames.feed(piece)) if frames else _only(piece):
                async for part in _through(toxics, whole, stream):
                    writer.write(part)
                    await writer.drain()


async def _met(triggers: Sequence[OnFrame], frames: Sequence[Frame]) -> AsyncIterator[bytes]:
    """The frames after their triggers; in one piece where there are none."""
    if not triggers:
        yield b"".join(frame.raw for frame in frames)
        return
    for frame in frames:
        trigger = next((it for it in triggers if it.method == frame.method), None)
        if trigger is None:
            yield frame.raw
        else:
            async for part in trigger.meet(frame):
                yield part


async def _only(piece: bytes) -> AsyncIterator[bytes]:
    yield piece


async def _through(toxics: Sequence[Toxic], piece: bytes, stream: Stream) -> AsyncIterator[bytes]:
    if not toxics:
        yield piece
        return
    first, *others = toxics
    async for part in first.apply(piece, stream):
        async for rest in _through(others, part, stream):
            yield rest


def _close(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    if reset and not writer.is_closing():
        with contextlib.suppress(OSError):
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        writer.transport.abort()
    elif not writer.is_closing():
        writer.close()
