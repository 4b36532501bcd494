"""Who stands where in the stages' lines, searched in SQLite."""

import heapq
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from shared.models.work import Lane, StageName
from shared.store.port import Pointer, Tenant
from shared.store.scope import Scope
from shared.store.sqlite import statements
from shared.store.sqlite.database import Database
from shared.store.sqlite.statements import Statement
from shared.store.sqlite.tables import Table
from shared.store.standings import STANDING_IN, Place, ways_through

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Search = Callable[[Table[Any], Scope], Statement]


class SqliteQueues:
    """Implements ``shared.store.port.Queues`` over the tables that stages work on."""

    def __init__(self, tables: Sequence[Table[Any]], database: Database) -> None:
        self._tables = [table for table in tables if table.collection.scheduled]
        self._database = database

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
            place.stage,
            most,
            tenant,
            lambda table, scope: statements.standing(table, scope, place, before, most),
        )

    async def span(
        self, place: Place, tenant: Tenant | None = None
    ) -> tuple[datetime, datetime] | None:
        """Since when the first and the last one stand there."""
        searches: list[Search] = [
            lambda table, scope: statements.end_of_line(table, scope, place, last=False),
            lambda table, scope: statements.end_of_line(table, scope, place, last=True),
        ]
        found = [
            it[0] for search in searches for it in await self._rows(place.stage, tenant, search)
        ]
        if not found:
            return None
        return _moment(min(found)), _moment(max(found))

    async def first(self, place: Place, limit: int) -> list[Pointer]:
        """Those that have stood there for the longest."""
        if limit < 1:
            return []
        searches = [
            (table.name, statements.first_in_line(table, place, limit))
            for table in self._of(place.stage)
        ]
        found = await self._pointers(searches)
        return [Pointer(*rest) for _, *rest in heapq.nsmallest(limit, found)]

    async def passed(self, stage: StageName, lane: Lane, limit: int) -> list[Pointer]:
        """Those that a stage was done with last; see the port."""
        if limit < 1:
            return []
        searches = [
            (table.name, statements.passed(table, way, limit))
            for table in self._of(stage)
            for way in ways_through(stage, lane)
        ]
        found = await self._pointers(searches)
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
        searches: list[Search] = [
            partial(statements.count_passed, way=way, after=after, limit=most)
            for way in ways_through(stage, lane)
        ]
        counts = [await self._count(stage, most, tenant, it) for it in searches]
        return min(most, sum(counts))

    def _of(self, stage: StageName) -> list[Table[Any]]:
        return [it for it in self._tables if it.name in STANDING_IN[stage]]

    async def _count(
        self, stage: StageName, most: int, tenant: Tenant | None, search: Search
    ) -> int:
        if most < 1:
            return 0
        counts: list[int] = [it[0] for it in await self._rows(stage, tenant, search)]
        return min(most, sum(counts))

    async def _pointers(
        self, searches: Sequence[tuple[str, Statement]]
    ) -> list[tuple[int, str, str, str]]:
        """Moment, collection, organization and id of what is found in tables of these names."""

        def read(connection: sqlite3.Connection) -> list[tuple[int, str, str, str]]:
            return [
                (moment, name, organization, record_id)
                for name, statement in searches
                for moment, organization, record_id in _fetch(connection, statement)
            ]

        return await self._database.read(read)

    async def _rows(
        self, stage: StageName, tenant: Tenant | None, search: Search
    ) -> list[tuple[Any, ...]]:
        """What a search finds, in all tables."""
        wanted = [search(it, _scope(tenant, it)) for it in self._of(stage)]

        def read(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
            return [row for it in wanted for row in _fetch(connection, it)]

        return await self._database.read(read)


def _scope(tenant: Tenant | None, table: Table[Any]) -> Scope:
    return Scope.of(tenant, table.collection) if tenant else Scope()


def _fetch(connection: sqlite3.Connection, statement: Statement) -> list[tuple[Any, ...]]:
    return connection.execute(statement.sql, statement.values).fetchall()


def _moment(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)
