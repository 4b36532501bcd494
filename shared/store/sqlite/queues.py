"""Who stands where in the stages' lines, searched in SQLite."""

import heapq
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.models.work import Lane, StageName
from shared.store.port import Pointer, Tenant
from shared.store.scope import Scope
from shared.store.sqlite import statements
from shared.store.sqlite.database import Database
from shared.store.sqlite.statements import Statement
from shared.store.sqlite.tables import Table
from shared.store.standings import STANDING_IN, Place

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

        def read(connection: sqlite3.Connection) -> list[Pointer]:
            found = [
                (since, table.name, organization, record_id)
                for table in self._of(place.stage)
                for since, organization, record_id in _fetch(
                    connection, statements.first_in_line(table, place, limit)
                )
            ]
            return [Pointer(*rest) for _, *rest in heapq.nsmallest(limit, found)]

        return await self._database.read(read)

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
            stage,
            most,
            tenant,
            lambda table, scope: statements.passed(table, scope, stage, lane, after, most),
        )

    def _of(self, stage: StageName) -> list[Table[Any]]:
        return [it for it in self._tables if it.name in STANDING_IN[stage]]

    async def _count(
        self, stage: StageName, most: int, tenant: Tenant | None, search: Search
    ) -> int:
        if most < 1:
            return 0
        counts: list[int] = [it[0] for it in await self._rows(stage, tenant, search)]
        return min(most, sum(counts))

    async def _rows(
        self, stage: StageName, tenant: Tenant | None, search: Search
    ) -> list[tuple[Any, ...]]:
        """What a search finds, in all tables."""
        wanted = [
            search(it, Scope.of(tenant, it.collection) if tenant else Scope())
            for it in self._of(stage)
        ]

        def read(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
            return [row for it in wanted for row in _fetch(connection, it)]

        return await self._database.read(read)


def _fetch(connection: sqlite3.Connection, statement: Statement) -> list[tuple[Any, ...]]:
    return connection.execute(statement.sql, statement.values).fetchall()


def _moment(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)
