"""Three stages in plain aio-pika: consume, publish the next with confirm, acknowledge.

No state, no retries, no leases: the floor of the chain benchmark, which starts it.
"""

import asyncio
import json

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from benchmarks.chain_options import PREFETCH, ChainOptions, chain_options
from benchmarks.driving import Driver, Teller, obey


class PlainChain:
    """The stages of this process."""

    def __init__(self, options: ChainOptions) -> None:
        self._options = options
        self._queues = options.queues
        self._teller = Teller(options.pipe)
        self._channel: AbstractChannel

    async def start(self, connection: aio_pika.abc.AbstractConnection) -> None:
        """Declare all queues, consume those of this process's stages."""
        self._channel = await connection.channel(publisher_confirms=True)
        arguments = {"x-queue-type": self._options.kind}
        for name in self._queues:
            await self._channel.declare_queue(name, durable=True, arguments=arguments)
        for stage in self._options.stages:
            channel = await connection.channel(publisher_confirms=False)
            await channel.set_qos(prefetch_count=PREFETCH)
            queue = await channel.get_queue(self._queues[stage], ensure=False)
            await queue.consume(self._first if stage + 1 < len(self._queues) else self._last)

    async def publish(self, job: str, stage: int = 0) -> None:
        """Put a job into a stage's queue, durably."""
        body = json.dumps({"version": 1, "job": job, "stage": stage, "note": "x" * 120})
        message = aio_pika.Message(
            body.encode(), delivery_mode=aio_pika.DeliveryMode.PERSISTENT, message_id=job
        )
        await self._channel.default_exchange.publish(message, self._queues[stage], mandatory=True)

    async def _first(self, message: AbstractIncomingMessage) -> None:
        job = json.loads(message.body)
        await self.publish(job["job"], job["stage"] + 1)
        await message.ack()

    async def _last(self, message: AbstractIncomingMessage) -> None:
        job = json.loads(message.body)
        await message.ack()
        self._teller.finished(job["job"])


async def run(options: ChainOptions) -> None:
    """Serve until standard input ends."""
    connection = await aio_pika.connect(options.url)
    async with connection:
        chain = PlainChain(options)
        await chain.start(connection)
        await obey(Driver(options.pipe, chain.publish))


if __name__ == "__main__":
    asyncio.run(run(chain_options()))
