"""Removing outbox entries that have been carried out, a moment later and many at a time.

By then the record's own next writes have mostly removed them, and one read of many records
shows which are left. Until they are gone they may be carried out twice, which the claim
meets; a crash before leaves them to the relay.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, TypeVar

import structlog

from shared.errors import Transient
from shared.models.outbox import Aggregate, OutboxEntry
from shared.stages.context import Runtime
from shared.stages.failpoints import Failpoints
from shared.store.collections import Collection
from shared.store.port import Repository, Tenant

R = TypeVar("R", bound=Aggregate)

TICK = 0.5
"""Seconds; entries are removed one to two ticks after they were carried out."""
BATCH = 100

_Place = tuple[str, str]
_Done = dict[_Place, dict[str, set[str]]]


class Clearing:
    """Collects what has been carried out, and clears it away while there is any."""

    def __init__(self, runtime: Runtime, failpoints: Failpoints) -> None:
        self._runtime = runtime
        self._failpoints = failpoints
        self._collections: dict[str, Collection[Any]] = {}
        self._young: _Done = {}
        self._ripe: _Done = {}
        self._task: asyncio.Task[None] | None = None
        self._log = structlog.get_logger("docstage.outbox")

    def add(self, collection: Collection[R], record: R, done: Iterable[str]) -> None:
        """Have the entries with these ids removed from the record."""
        self._collections[collection.name] = collection
        place = (collection.name, record.organization)
        self._young.setdefault(place, {}).setdefault(record.id, set()).update(done)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def pending(self, collection: Collection[R], record: R) -> frozenset[str]:
        """The ids of the record's entries that have been carried out, and are to be removed."""
        place = (collection.name, record.organization)
        return frozenset(
            entry
            for done in (self._young, self._ripe)
            for entry in done.get(place, {}).get(record.id, ())
        )

    async def drain(self, seconds: float) -> None:
        """Clear what is left at once, taking at most so long."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        # Others may go on adding, to what is cleared after this.
        left, self._ripe, self._young = (self._ripe, self._young), {}, {}
        try:
            async with asyncio.timeout(seconds):
                for done in left:
                    await self._clear(done)
        except (TimeoutError, Transient):
            self._log.info("outbox_left_to_relay")

    async def _run(self) -> None:
        while self._young or self._ripe:
            await asyncio.sleep(TICK)
            try:
                await self._clear(self._ripe)
            except Transient as error:
                self._log.info("outbox_left_to_relay", code=error.code)
            self._ripe, self._young = self._young, {}

    async def _clear(self, done: _Done) -> None:
        for (name, organization), records in done.items():
            collection = self._collections[name]
            repository = self._runtime.store.of(Tenant(organization), collection)
            ids = list(records)
            for start in range(0, len(ids), BATCH):
                found = await repository.get_many(ids[start : start + BATCH])
                left = [it for it in found if _has(it, records[it.id])]
                await asyncio.gather(*(_remove(repository, it, records[it.id]) for it in left))
                if left:
                    await self._failpoints.reach("outbox.cleared")


def without(outbox: Iterable[OutboxEntry], done: set[str]) -> list[OutboxEntry]:
    """The entries whose ids are not among ``done``."""
    return [entry for entry in outbox if entry.id not in done]


def _has(record: Aggregate, done: set[str]) -> bool:
    return any(entry.id in done for entry in record.outbox)


async def _remove(repository: Repository[R], record: R, done: set[str]) -> None:
    def remove(current: R) -> R | None:
        left = without(current.outbox, done)
        return current.copy_with(outbox=left) if len(left) < len(current.outbox) else None

    await repository.change(record.id, remove)
