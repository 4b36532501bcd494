"""Docstage's stage runtime on RabbitMQ and SQLite, as a contender of the chain benchmark.

``benchmarks/no_ops.py`` says what its two ways are. Relay and sweeper run beside.
"""

from collections.abc import Callable

import aio_pika
from pydantic_core import from_json

from benchmarks.chain_options import ChainOptions, chain_options
from benchmarks.driving import Driver, Teller, obey
from benchmarks.no_ops import ORDER, DocstageChain
from shared.broker.port import Handler, Incoming
from shared.broker.rabbitmq.broker import RabbitBroker
from shared.broker.rabbitmq.consumer import RabbitConsumer
from shared.broker.rabbitmq.declare import QueueKind
from shared.broker.topology import QUEUES, job_queue
from shared.models.work import Lane
from shared.serve import run_until_stopped
from shared.stages.context import Runtime
from shared.store.connect import connect_store


class TellingBroker(RabbitBroker):
    """RabbitMQ; tells of every job whose message in the last queue was dealt with."""

    def __init__(self, url: str, kind: QueueKind, told: Callable[[str], None]) -> None:
        super().__init__(url, kind)
        self._told = told

    async def consume(self, queue: str, handler: Handler, prefetch: int) -> RabbitConsumer:
        """See the port."""
        if queue != job_queue(ORDER[-1], Lane.NORMAL):
            return await super().consume(queue, handler, prefetch)

        async def handle(incoming: Incoming) -> None:
            await handler(incoming)
            self._told(from_json(incoming.message.body)["document"])

        return await super().consume(queue, handle, prefetch)


async def forget_queues(url: str) -> None:
    """Delete our queues: another type cannot be declared over them."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        for spec in QUEUES:
            await channel.queue_delete(spec.name)


async def run(options: ChainOptions) -> None:
    """Serve until standard input ends."""
    kind: QueueKind = "classic" if options.kind == "classic" else "quorum"
    broker = TellingBroker(options.url, kind, Teller(options.pipe).finished)
    store = connect_store(f"sqlite:///{options.folder}/{options.run}.db")
    chain = DocstageChain(Runtime(store, broker), options.way, options.stages)
    await chain.start()
    if 0 in options.stages:
        await chain.rescue()
    try:
        await obey(Driver(options.pipe, chain.publish))
    finally:
        await chain.stop()


if __name__ == "__main__":
    run_until_stopped(run(chain_options()))
