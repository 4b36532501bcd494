"""What waits for somebody, searched in SQLite."""

import heapq
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.models.work import StageName
from shared.store.port import Pointer
from shared.store.sqlite.database import Database
from shared.store.sqlite.statements import Statement
from shared.store.sqlite.tables import Table, milliseconds, milliseconds_up


class SqliteBacklog:
    """Implements ``shared.store.port.Backlog`` over the collections that have a schedule."""

    def __init__(self, tables: Sequence[Table[Any]], database: Database) -> None:
        self._tables = [table for table in tables if table.collection.scheduled]
        self._database = database

    async def due(self, now: datetime, limit: int) -> list[Pointer]:
        """Records with an outbox entry that is due, the longest due first."""
        return await self._waiting(limit, due(now))

    async def count_due(self, before: datetime, most: int) -> int:
        """How many records have an outbox entry due by then; see the port."""
        if most < 1:
            return 0

        def count(connection: sqlite3.Connection) -> int:
            statements = [select(table, due(before), most) for table in self._tables]
            return sum(
                connection.execute(
                    f"SELECT count(*) FROM ({it.sql})",  # noqa: S608 - own names
                    it.values,
                ).fetchone()[0]
                for it in statements
            )

        return min(most, await self._database.read(count))

    async def idle(self, stage: StageName, before: datetime, limit: int) -> list[Pointer]:
        """Records whose work for ``stage`` has been idle since before a moment."""
        return await self._waiting(limit, idle(stage, before))

    async def unannounced(self, before: datetime, limit: int) -> list[Pointer]:
        """Finished documents whose events notify had not taken over by then."""
        return await self._waiting(limit, unannounced(before))

    async def unindexed(self, before: datetime, limit: int) -> list[Pointer]:
        """Records whose words searches do not know, the longest so first."""
        return await self._waiting(limit, unindexed(before))

    async def expired(self, now: datetime, limit: int) -> list[Pointer]:
        """Finished documents whose time is over, the longest over first."""
        return await self._waiting(limit, expired(now))

    async def _waiting(self, limit: int, condition: "Condition") -> list[Pointer]:
        if limit < 1:
            return []

        def read(connection: sqlite3.Connection) -> list[Pointer]:
            found = [
                (since, table.name, organization, record_id)
                for table in self._tables
                for since, organization, record_id in _fetch(
                    connection, select(table, condition, limit)
                )
            ]
            return [Pointer(*rest) for _, *rest in heapq.nsmallest(limit, found)]

        return await self._database.read(read)


Condition = tuple[str, str, Statement]
"""The index's suffix, the column that says since when, and the condition itself."""


def due(now: datetime) -> Condition:
    """An outbox entry may be carried out."""
    return "due", "outbox_due", Statement("outbox_due <= ?", (milliseconds(now),))


def idle(stage: StageName, before: datetime) -> Condition:
    """Nobody has been working on it."""
    values = (stage.value, milliseconds_up(before))
    return "idle", "idle_since", Statement("stage = ? AND idle_since < ?", values)


def unannounced(before: datetime) -> Condition:
    """Notify has not taken its events over."""
    condition = Statement("unannounced_since < ?", (milliseconds_up(before),))
    return "unannounced", "unannounced_since", condition


def unindexed(before: datetime) -> Condition:
    """Searches do not know all its words."""
    condition = Statement("unindexed_since < ?", (milliseconds_up(before),))
    return "unindexed", "unindexed_since", condition


def expired(now: datetime) -> Condition:
    """Its time is over."""
    return "expired", "expires", Statement("expires <= ?", (milliseconds(now),))


def select(table: Table[Any], condition: Condition, limit: int) -> Statement:
    """The rows of one table that wait, the longest waiting first."""
    index, since, where = condition
    sql = (
        f"SELECT {since}, organization, id FROM {table.name} "  # noqa: S608 - own names
        f"INDEXED BY {table.name}_{index} WHERE {where.sql} ORDER BY {since} LIMIT ?"
    )
    return Statement(sql, (*where.values, limit))


def _fetch(connection: sqlite3.Connection, statement: Statement) -> list[tuple[int, str, str]]:
    return connection.execute(statement.sql, statement.values).fetchall()
