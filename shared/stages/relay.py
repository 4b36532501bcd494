"""The relay: publishes outbox entries that their writer left behind, and delayed ones."""

from datetime import timedelta
from typing import Any

from shared.errors import Transient
from shared.stages.context import Runtime
from shared.stages.outbox import Outbox
from shared.store.collections import COLLECTIONS, Collection
from shared.store.port import Pointer, Tenant

FRESH = timedelta(seconds=2)
"""Entries younger than this are being carried out by whoever wrote them."""

BATCH = 200


class Relay:
    """The rescue, not the way: an idle system is served by the writers themselves."""

    def __init__(self, runtime: Runtime, outbox: Outbox) -> None:
        self._runtime = runtime
        self._outbox = outbox
        self._collections: dict[str, Collection[Any]] = {it.name: it for it in COLLECTIONS}

    async def step(self) -> None:
        """Carry out what is due; raises ``Transient`` when broker or store are down."""
        now = await self._runtime.store.now()
        trouble: Transient | None = None
        for pointer in await self._runtime.store.backlog.due(now - FRESH, BATCH):
            try:
                await self._carry_out(pointer)
            except Transient as error:
                trouble = error
                break
        if trouble is not None:
            raise trouble

    async def _carry_out(self, pointer: Pointer) -> None:
        collection = self._collections[pointer.collection]
        records = self._runtime.store.of(Tenant(pointer.organization), collection)
        record = await records.get(pointer.id)
        await self._outbox.failpoints.reach("relay.found", pointer.id)
        if record is not None:
            await self._outbox.carry_out(collection, record)
