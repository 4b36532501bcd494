"""What the broker's tests send, and where they wait for it."""

import asyncio
from uuid import uuid4

from shared.broker.port import Broker, Incoming, Message
from shared.broker.topology import job_queue
from shared.models.work import Lane, StageName

OCR = job_queue(StageName.OCR, Lane.NORMAL)
EXTRACT = job_queue(StageName.EXTRACT, Lane.LOW)
A_WHILE = 0.4
LONG = 20.0


def message(text: str = "{}", **headers: str) -> Message:
    return Message(uuid4().hex, text.encode(), headers)


class Inbox:
    """Handlers that keep what they get, and a way to wait for it."""

    def __init__(self) -> None:
        self._arrived: asyncio.Queue[Incoming] = asyncio.Queue()

    async def hold(self, incoming: Incoming) -> None:
        await self._arrived.put(incoming)

    async def take(self, incoming: Incoming) -> None:
        await incoming.ack()
        await self._arrived.put(incoming)

    async def next(self) -> Incoming:
        async with asyncio.timeout(LONG):
            return await self._arrived.get()

    async def next_texts(self, count: int) -> list[str]:
        return [(await self.next()).message.body.decode() for _ in range(count)]

    async def nothing_comes(self) -> bool:
        try:
            async with asyncio.timeout(A_WHILE):
                await self._arrived.get()
        except TimeoutError:
            return True
        return False


async def depth_is(broker: Broker, queue: str, expected: int) -> bool:
    """RabbitMQ counts with a little delay."""
    for _ in range(100):
        if await broker.depth(queue) == expected:
            return True
        await asyncio.sleep(0.05)
    return False
