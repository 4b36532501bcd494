"""Those who are told in other ways than by webhook: readers of queues, receivers of calls."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

import aio_pika
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage, AbstractQueue
from aiohttp import web

from tests.faults.scene import Scene
from tests.servers.process import HOST


@dataclass(frozen=True, slots=True)
class Heard:
    """An event as a reader of a queue was told of it."""

    id: str
    document: str
    sequence: int

    @classmethod
    def of(cls, message: dict[str, Any]) -> "Heard":
        """Of a message's body."""
        return cls(message["id"], message["subject"], message["data"]["sequence"])


class QueueReader:
    """Reads as docs/result-queues.md shows: a plain aio-pika consumer that connects again."""

    def __init__(self, url: str, queue: str) -> None:
        self._url = url
        self._queue = queue
        self.heard: list[Heard] = []

    async def __aenter__(self) -> Self:
        """Raises ``ChannelClosed`` where there is no such queue."""
        self._reading = asyncio.create_task(self._read(*await self._open()))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reading.cancel()
        await asyncio.wait({self._reading})

    async def _open(self) -> tuple[AbstractConnection, AbstractQueue]:
        connection = await aio_pika.connect(self._url)
        try:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=10)
            return connection, await channel.get_queue(self._queue)
        except BaseException:
            await connection.close()
            raise

    async def _read(self, connection: AbstractConnection, queue: AbstractQueue) -> None:
        while True:
            with suppress(Exception):  # whatever ends a connection, it is made again
                async with connection:
                    async for message in queue:
                        await self._take(message)
            connection, queue = await self._open_again()

    async def _open_again(self) -> tuple[AbstractConnection, AbstractQueue]:
        while True:
            await asyncio.sleep(1.0)
            with suppress(Exception):
                return await self._open()

    async def _take(self, message: AbstractIncomingMessage) -> None:
        async with message.process(requeue=True):
            self.heard.append(Heard.of(json.loads(message.body)))

    async def until(self, events: Iterable[str], seconds: float) -> set[str]:
        """Those of the events that were not heard when all were, or the time is over."""
        wanted = set(events)
        try:
            async with asyncio.timeout(seconds):
                while missing := wanted - {it.id for it in self.heard}:
                    await asyncio.sleep(0.1)
        except TimeoutError:
            return missing
        return set()

    async def left(self) -> str:
        """What the broker says of the queue, asked on a connection of its own."""
        connection = await aio_pika.connect(self._url)
        async with connection, connection.channel() as channel:
            declared = await channel.declare_queue(self._queue, passive=True)
            found = declared.declaration_result
            return f"{found.message_count} messages, {found.consumer_count} consumers"

    @property
    def repeated(self) -> int:
        """How many messages came that were known."""
        return sum(count - 1 for count in Counter(it.id for it in self.heard).values())


@dataclass
class Called:
    """A server that notes what it is asked for, and answers what ``answer`` says."""

    answer: Callable[[web.Request], int] = lambda _: 200
    calls: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{any:.*}", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        self.url = f"http://{HOST}:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.calls.append((request.path_qs, headers, await request.read()))
        return web.Response(status=self.answer(request))

    async def until(self, holds: Callable[[Self], bool], seconds: float) -> bool:
        """Whether it came to hold in time."""
        try:
            async with asyncio.timeout(seconds):
                while not holds(self):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            return False
        return True


async def without_webhook(scene: Scene) -> None:
    """Nobody else is told: what notify does next is for whom the row is about."""
    for it in (await scene.api.get("/api/v1/subscriptions"))["subscriptions"]:
        async with scene.api.session.delete(f"/api/v1/subscriptions/{it['id']}") as answer:
            assert answer.status == 204
