"""Replay: the stored deliveries of a result queue once more, in their order, with their ids."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.broker.port import Broker
from shared.broker.topology import result_queue_spec
from shared.http.result_messages import ResultMessages
from shared.models.delivery import Delivery, QueueMode, ResultQueue
from shared.models.failure import Remedy
from shared.models.work import WorkState
from shared.stages import failing, pulling
from shared.store.collections import DELIVERIES
from shared.store.port import Position, Query, Store, Tenant

SECONDS = 20.0
"""How long one replay may take; what is left is for the next."""
_PAGE = 100
_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many were sent; with ``more`` to come, ``last`` is where to go on from."""

    count: int
    last: datetime | None
    more: bool


class Replay:
    """Sends what a queue was sent before; messages under way meanwhile are not its concern."""

    def __init__(self, store: Store, broker: Broker, messages: ResultMessages) -> None:
        self._store = store
        self._broker = broker
        self._messages = messages

    async def run(self, queue: ResultQueue, start: datetime, seconds: float = SECONDS) -> Replayed:
        """Everything made at ``start`` or later, one after the other; raises ``Transient``."""
        deadline = time.monotonic() + seconds
        now = await self._store.now()
        query = Query(
            {"subscription": queue.id},
            created_after=start - _TICK,
            created_before=now + _TICK,
            oldest_first=True,
        )
        records = self._store.of(Tenant(queue.organization), DELIVERIES)
        count, after = 0, None
        while rows := await records.page(query, after, _PAGE):
            for row in rows:
                await self._once_more(queue, row, now)
                count += 1
                after = Position(row.created, row.id)
                if time.monotonic() > deadline:
                    return Replayed(count, row.created, more=True)
        return Replayed(count, after.created if after else None, more=False)

    async def _once_more(self, queue: ResultQueue, delivery: Delivery, now: datetime) -> None:
        if queue.mode is QueueMode.PUSH:
            message = self._messages.message(delivery, now)
            await self._broker.send_result(result_queue_spec(queue), message)
        records = self._store.of(Tenant(queue.organization), DELIVERIES)
        await records.change(delivery.id, lambda it: _sent_again(queue, it, now))


def _sent_again(queue: ResultQueue, delivery: Delivery, now: datetime) -> Delivery:
    if queue.mode is QueueMode.PULL:
        return pulling.again(delivery, now)
    if delivery.work.state in {WorkState.WAITING, WorkState.RUNNING}:
        return delivery  # its own sending is still to come
    closed = failing.close(delivery, Remedy.REPLAYED, now)  # its dead letter, if it has one
    return pulling.acknowledge(closed, now)
