"""The relay: publishes outbox entries that their writer left behind, and delayed ones.

Several may be alive at once: what is published twice is claimed once.
"""

import asyncio
from typing import Any

import structlog

from shared.broker.port import RefusedError
from shared.errors import Code, Transient
from shared.stages.context import Runtime
from shared.stages.outbox import Outbox
from shared.store.collections import COLLECTIONS, Collection
from shared.store.port import Pointer, Tenant
from shared.store.schedules import FRESH

BATCH = 200
ABREAST = 20
"""Records at a time; when nothing answers for any of them, the others need not be tried."""
ROUNDS = 5
"""How many batches are looked at in one step, where all of them are refused."""


class Relay:
    """The rescue, not the way: an idle system is served by the writers themselves."""

    def __init__(self, runtime: Runtime, outbox: Outbox) -> None:
        self._runtime = runtime
        self._outbox = outbox
        self._collections: dict[str, Collection[Any]] = {it.name: it for it in COLLECTIONS}
        self._log = structlog.get_logger("docstage.relay")

    async def step(self) -> None:
        """Carry out what is due; raises ``Transient`` when broker or store are down.

        One record that cannot be carried out, or a queue that refuses, holds up no other.
        """
        before = await self._runtime.store.now() - FRESH
        for round_ in range(1, ROUNDS + 1):
            due = await self._runtime.store.backlog.due(before, round_ * BATCH)
            fresh = due[(round_ - 1) * BATCH :]
            if not fresh or await self._carry_out_all(fresh):
                return

    async def _carry_out_all(self, pointers: list[Pointer]) -> bool:
        """Whether any of them was carried out, so that what is due is less now."""
        progress = False
        for start in range(0, len(pointers), ABREAST):
            some = pointers[start : start + ABREAST]
            troubles = await asyncio.gather(*map(self._try, some))
            away = [it for it in troubles if _is_away(it)]
            if len(away) == len(some):
                raise Transient(Code.DEPENDENCY_DOWN) from away[0]
            progress = progress or None in troubles
        return progress

    async def _try(self, pointer: Pointer) -> Exception | None:
        try:
            await self._carry_out(pointer)
        except Transient as error:
            return error
        except Exception as error:  # noqa: BLE001 - it must not hold up the others
            self._log.exception(
                "entry_not_carried_out",
                organization=pointer.organization,
                collection=pointer.collection,
                target=pointer.id,
            )
            return error
        return None

    async def _carry_out(self, pointer: Pointer) -> None:
        collection = self._collections[pointer.collection]
        records = self._runtime.store.of(Tenant(pointer.organization), collection)
        record = await records.get(pointer.id)
        await self._outbox.failpoints.reach("relay.found", pointer.id)
        if record is not None:
            await self._outbox.rescue(collection, record)


def _is_away(trouble: Exception | None) -> bool:
    """Whether nobody answered, so that the next entry would have the same trouble."""
    return isinstance(trouble, Transient) and not isinstance(trouble, RefusedError)
