"""Three stages in FastStream on RabbitMQ: confirmed publishing, then acknowledgement."""

import asyncio

from faststream import AckPolicy
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue

from benchmarks.chain_options import PREFETCH, ChainOptions, chain_options
from benchmarks.driving import Driver, Teller, obey

Job = dict[str, str | int]


def queue_of(name: str, kind: str) -> RabbitQueue:
    """A durable queue of the kind."""
    if kind == "quorum":
        return RabbitQueue(name, durable=True, queue_type=QueueType.QUORUM)
    return RabbitQueue(name, durable=True, queue_type=QueueType.CLASSIC)


class FastStreamChain:
    """The three stages."""

    def __init__(self, options: ChainOptions) -> None:
        self._teller = Teller(options.pipe)
        self._queues = [queue_of(name, options.kind) for name in options.queues]
        self.broker = RabbitBroker(
            options.url,
            default_channel=Channel(prefetch_count=PREFETCH, publisher_confirms=True),
            logger=None,
        )
        for stage, queue in enumerate(self._queues):
            # A channel of its own each, for the prefetch is the channel's.
            subscriber = self.broker.subscriber(
                queue, channel=Channel(prefetch_count=PREFETCH), ack_policy=AckPolicy.NACK_ON_ERROR
            )
            subscriber(self._first if stage + 1 < len(self._queues) else self._last)

    async def publish(self, job: str, stage: int = 0) -> None:
        """Put a job into a stage's queue, durably."""
        body = {"version": 1, "job": job, "stage": stage, "note": "x" * 120}
        await self.broker.publish(body, queue=self._queues[stage], persist=True, message_id=job)

    async def _first(self, job: Job) -> None:
        await self.publish(str(job["job"]), int(job["stage"]) + 1)

    async def _last(self, job: Job) -> None:
        self._teller.finished(str(job["job"]))


async def run(options: ChainOptions) -> None:
    """Serve until standard input ends."""
    chain = FastStreamChain(options)
    async with chain.broker:
        await chain.broker.start()
        await obey(Driver(options.pipe, chain.publish))


if __name__ == "__main__":
    asyncio.run(run(chain_options()))
