"""Who stands where in the stages' lines, searched in MongoDB."""

import asyncio
import heapq
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.models.work import Lane, StageName
from shared.store.mongo import queries
from shared.store.mongo.driver import Driver, Find
from shared.store.mongo.layout import Layout
from shared.store.port import Pointer, Tenant
from shared.store.scope import Scope
from shared.store.standings import Place


class MongoQueues:
    """Implements ``shared.store.port.Queues`` over the collections that stages work on."""

    def __init__(self, layouts: Sequence[Layout[Any]], driver: Driver) -> None:
        self._layouts = [it for it in layouts if it.collection.scheduled]
        self._driver = driver

    async def count(
        self,
        place: Place,
        most: int,
        *,
        tenant: Tenant | None = None,
        before: datetime | None = None,
    ) -> int:
        """How many records stand at a place; see the port."""
        return await self._count(
            most, [queries.standing(it, place, before, most) for it in self._scopes(tenant)]
        )

    async def span(
        self, place: Place, tenant: Tenant | None = None
    ) -> tuple[datetime, datetime] | None:
        """Since when the first and the last one stand there."""
        ends = [
            (layout.name, queries.end_of_line(scope, place, last=last))
            for layout, scope in zip(self._layouts, self._scopes(tenant), strict=True)
            for last in (False, True)
        ]
        answers = await asyncio.gather(*(self._driver.find(*it) for it in ends))
        moments = [it["standing"]["since"] for found in answers for it in found]
        return (min(moments), max(moments)) if moments else None

    async def first(self, place: Place, limit: int) -> list[Pointer]:
        """Those that have stood there for the longest."""
        if limit < 1:
            return []
        find = queries.first_in_line(place, limit)
        names = [it.name for it in self._layouts]
        answers = await asyncio.gather(*(self._driver.find(it, find) for it in names))
        found = [
            (it["standing"]["since"], name, it["organization"], it["_id"])
            for name, documents in zip(names, answers, strict=True)
            for it in documents
        ]
        return [Pointer(*rest) for _, *rest in heapq.nsmallest(limit, found)]

    async def passed(
        self,
        stage: StageName,
        lane: Lane,
        after: datetime,
        most: int,
        tenant: Tenant | None = None,
    ) -> int:
        """How many records a stage has been done with since a moment."""
        return await self._count(
            most, [queries.passed(it, stage, lane, after, most) for it in self._scopes(tenant)]
        )

    def _scopes(self, tenant: Tenant | None) -> list[Scope]:
        return [Scope.of(tenant, it.collection) if tenant else Scope() for it in self._layouts]

    async def _count(self, most: int, finds: Sequence[Find]) -> int:
        if most < 1:
            return 0
        names = [it.name for it in self._layouts]
        counts = await asyncio.gather(
            *(self._driver.count(name, it) for name, it in zip(names, finds, strict=True))
        )
        return min(most, sum(counts))
