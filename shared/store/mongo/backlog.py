"""What waits for somebody, searched in MongoDB."""

import asyncio
import heapq
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.models.work import StageName
from shared.store.mongo import queries
from shared.store.mongo.driver import Driver, Find
from shared.store.mongo.layout import Layout
from shared.store.port import Pointer


class MongoBacklog:
    """Implements ``shared.store.port.Backlog`` over the collections that have a schedule."""

    def __init__(self, layouts: Sequence[Layout[Any]], driver: Driver) -> None:
        self._names = [it.name for it in layouts if it.collection.scheduled]
        self._driver = driver

    async def due(self, now: datetime, limit: int) -> list[Pointer]:
        """Records with an outbox entry that is due, the longest due first."""
        return await self._waiting(queries.due(now, limit), "outbox_due")

    async def count_due(self, before: datetime, most: int) -> int:
        """How many records have an outbox entry due by then; see the port."""
        if most < 1:
            return 0
        find = queries.due(before, most)
        counts = await asyncio.gather(*(self._driver.count(name, find) for name in self._names))
        return min(most, sum(counts))

    async def idle(self, stage: StageName, before: datetime, limit: int) -> list[Pointer]:
        """Records whose work for ``stage`` has been idle since before a moment."""
        return await self._waiting(queries.idle(stage, before, limit), "idle_since")

    async def unannounced(self, before: datetime, limit: int) -> list[Pointer]:
        """Finished documents whose events notify had not taken over by then."""
        return await self._waiting(queries.unannounced(before, limit), "unannounced_since")

    async def unindexed(self, before: datetime, limit: int) -> list[Pointer]:
        """Records whose words searches do not know, the longest so first."""
        return await self._waiting(queries.unindexed(before, limit), "unindexed_since")

    async def expired(self, now: datetime, limit: int) -> list[Pointer]:
        """Finished documents whose time is over, the longest over first."""
        return await self._waiting(queries.expired(now, limit), "expires")

    async def _waiting(self, find: Find, since: str) -> list[Pointer]:
        if find.limit < 1:
            return []
        answers = await asyncio.gather(*(self._driver.find(name, find) for name in self._names))
        found = [
            (document["schedule"][since], name, document["organization"], document["_id"])
            for name, documents in zip(self._names, answers, strict=True)
            for document in documents
        ]
        return [Pointer(*rest) for _, *rest in heapq.nsmallest(find.limit, found)]
