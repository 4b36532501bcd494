"""Result queues that are read over HTTP, from the stored deliveries.

At least once, and per document in order: as long as a message of a document is in hand,
its later ones stay where they are.
"""

import asyncio
import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.models.delivery import Delivery, ResultQueue, delivery_id
from shared.models.ids import new_id
from shared.models.work import FINAL_WORK_STATES, Lease
from shared.stages import pulling
from shared.store.collections import DELIVERIES
from shared.store.port import Position, Query, Store, Tenant

PAGE = 100
MAX_LENT = 1_000
"""How many messages of a queue can be in hand, or behind such, before no more are found."""


class PullQueue:
    """One result queue, seen by its readers."""

    def __init__(self, store: Store, queue: ResultQueue) -> None:
        self._store = store
        self._queue = queue
        self._records = store.of(Tenant(queue.organization), DELIVERIES)
        self._waiting = Query({"awaiting": queue.id}, oldest_first=True)

    async def lend(self, limit: int, visibility: timedelta, reader: str) -> list[Delivery]:
        """Up to ``limit`` messages, oldest first, each for ``visibility`` to ``reader``."""
        now = await self._store.now()
        lease = Lease(token=new_id(), worker=reader, until=now + visibility)
        lent: list[Delivery] = []
        held: set[str] = set()
        after: Position | None = None
        for _ in range(MAX_LENT // PAGE):
            rows = await self._records.page(self._waiting, after, PAGE)
            may_be_full = len(rows) > min(PAGE - 1, self._queue.max_length)
            if after is None and may_be_full and await self._drop_excess(now):
                rows = await self._records.page(self._waiting, after, PAGE)
            free = await self._free(rows, held, now)
            room = limit - len(lent)
            lent += await self._take(free[:room], held, lease, now)
            if len(free) >= room or len(rows) < PAGE:
                break
            after = Position(rows[-1].created, rows[-1].id)
        return lent

    async def look(self, limit: int) -> list[Delivery]:
        """The oldest messages that are not acknowledged, in hand or not; none is lent by it."""
        return await self._records.page(self._waiting, None, limit)

    async def acknowledge(self, events: Sequence[str]) -> set[str]:
        """Which of the messages, by their ids, are received; the others were never here."""
        ids = [delivery_id(it, self._queue.id) for it in events]
        now = await self._store.now()
        found = await self._records.get_many(ids)
        await asyncio.gather(
            *(self._records.change(it.id, lambda one: _acknowledged(one, now)) for it in found)
        )
        return {it.event for it in found}

    async def waiting(self, limit: int) -> int:
        """How many are not acknowledged yet, counted up to ``limit``."""
        return await self._records.count(self._waiting, limit)

    async def abandon(self) -> None:
        """Nobody will fetch any of it."""
        now = await self._store.now()
        while rows := await self._records.page(self._waiting, None, PAGE):
            await self._drop(rows, now)

    async def _free(self, rows: list[Delivery], held: set[str], now: datetime) -> list[Delivery]:
        """Those that may be lent; ``held`` grows by the documents of those in hand."""
        free: list[Delivery] = []
        old: list[Delivery] = []
        for row in rows:
            if pulling.is_too_old(row, now, self._queue.max_age):
                old.append(row)
                continue
            if pulling.is_lent(row, now):
                held.add(row.document)
            if row.document not in held:
                free.append(row)
        await self._drop(old, now)
        return free

    async def _take(
        self, rows: list[Delivery], held: set[str], lease: Lease, now: datetime
    ) -> list[Delivery]:
        by_document: dict[str, list[Delivery]] = {}
        for row in rows:
            by_document.setdefault(row.document, []).append(row)
        taken = await asyncio.gather(
            *(self._take_in_turn(it, lease, now) for it in by_document.values())
        )
        for some, got in zip(by_document.values(), taken, strict=True):
            if len(got) < len(some):
                held.add(some[0].document)
        order = {row.id: number for number, row in enumerate(rows)}
        return sorted(itertools.chain(*taken), key=lambda it: order[it.id])

    async def _take_in_turn(
        self, rows: list[Delivery], lease: Lease, now: datetime
    ) -> list[Delivery]:
        """The messages of one document, up to the first that somebody else was quicker to take."""
        taken = []
        for row in rows:
            lent = pulling.lend(row, lease, now)
            stored = await self._records.replace(lent) if lent is not None else None
            if stored is None:
                break
            taken.append(stored)
        return taken

    async def _drop_excess(self, now: datetime) -> bool:
        """Let the oldest go; whether there were more than the queue keeps."""
        excess = await self.waiting(self._queue.max_length + MAX_LENT) - self._queue.max_length
        if excess > 0:
            await self._drop(await self._records.page(self._waiting, None, excess), now)
        return excess > 0

    async def _drop(self, rows: Sequence[Delivery], now: datetime) -> None:
        await asyncio.gather(
            *(self._records.change(it.id, lambda one: pulling.drop(one, now)) for it in rows)
        )


def _acknowledged(delivery: Delivery, now: datetime) -> Delivery:
    over = delivery.work.state in FINAL_WORK_STATES
    return delivery if over else pulling.acknowledge(delivery, now)
