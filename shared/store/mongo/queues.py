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
from shared.store.standings import STANDING_IN, Place, ways_through


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
        finds = [
            (it.name, queries.standing(scope, place, before, most))
            for it, scope in self._scopes(place.stage, tenant)
        ]
        return await self._count(most, finds)

    async def span(
        self, place: Place, tenant: Tenant | None = None
    ) -> tuple[datetime, datetime] | None:
        """Since when the first and the last one stand there."""
        ends = [
            (layout.name, queries.end_of_line(scope, place, last=last))
            for layout, scope in self._scopes(place.stage, tenant)
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
        finds = [(it.name, find) for it, _ in self._scopes(place.stage, None)]
        found = await self._pointers(finds, "since")
        return [Pointer(*rest) for _, *rest in heapq.nsmallest(limit, found)]

    async def passed(self, stage: StageName, lane: Lane, limit: int) -> list[Pointer]:
        """Those that a stage was done with last; see the port."""
        if limit < 1:
            return []
        finds = [
            (it.name, queries.passed(way, limit))
            for it, _ in self._scopes(stage, None)
            for way in ways_through(stage, lane)
        ]
        found = await self._pointers(finds, "passed_at")
        return [Pointer(*rest) for _, *rest in heapq.nlargest(limit, found)]

    async def count_passed(
        self,
        stage: StageName,
        lane: Lane,
        most: int,
        *,
        after: datetime,
        tenant: Tenant | None = None,
    ) -> int:
        """How many a stage was done with since a moment; see the port."""
        finds = [
            (it.name, queries.passed_since(scope, way, after, most))
            for it, scope in self._scopes(stage, tenant)
            for way in ways_through(stage, lane)
        ]
        return await self._count(most, finds)

    async def _pointers(
        self, finds: Sequence[tuple[str, Find]], moment: str
    ) -> list[tuple[datetime, str, str, str]]:
        """Moment, collection, organization and id of what is found in collections so named."""
        answers = await asyncio.gather(*(self._driver.find(*it) for it in finds))
        return [
            (it["standing"][moment], name, it["organization"], it["_id"])
            for (name, _), documents in zip(finds, answers, strict=True)
            for it in documents
        ]

    def _scopes(self, stage: StageName, tenant: Tenant | None) -> list[tuple[Layout[Any], Scope]]:
        return [
            (it, Scope.of(tenant, it.collection) if tenant else Scope())
            for it in self._layouts
            if it.name in STANDING_IN[stage]
        ]

    async def _count(self, most: int, finds: Sequence[tuple[str, Find]]) -> int:
        if most < 1:
            return 0
        counts = await asyncio.gather(*(self._driver.count(*it) for it in finds))
        return min(most, sum(counts))
