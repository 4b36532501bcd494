"""The records of one collection in SQLite."""

import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Generic, TypeVar

from shared.models.base import Record
from shared.search.words import Words
from shared.store.port import AlreadyExistsError, Position, Query
from shared.store.scope import Scope
from shared.store.sqlite import statements
from shared.store.sqlite.database import Database
from shared.store.sqlite.replacing import Replacement
from shared.store.sqlite.statements import Statement
from shared.store.sqlite.tables import Table

R = TypeVar("R", bound=Record)


class SqliteRepository(Generic[R]):
    """Implements ``shared.store.port.Repository`` for what ``scope`` covers."""

    def __init__(
        self,
        table: Table[R],
        scope: Scope,
        database: Database,
        now: Callable[[], Awaitable[datetime]],
    ) -> None:
        self._table = table
        self._scope = scope
        self._database = database
        self._now = now

    async def insert(self, record: R) -> None:
        """Store a new record durably; raises ``AlreadyExistsError``.

        Raises ``ValueError`` for a record that is not the tenant's.
        """
        if not self._scope.covers(record):
            raise ValueError("The record belongs to another tenant.")
        await self._write(statements.insert(self._table, record))

    async def get(self, record_id: str) -> R | None:
        """The record, or ``None``."""
        found = await self._read(statements.get(self._table, self._scope, record_id))
        return next(iter(found), None)

    async def get_many(self, record_ids: Sequence[str]) -> list[R]:
        """Those of the records that exist, in no particular order."""
        return await self._read(statements.get_many(self._table, self._scope, record_ids))

    async def find(self, field: str, value: str) -> R | None:
        """The record with this value of a unique field; ``ValueError`` for another field."""
        found = await self._read(statements.find(self._table, self._scope, field, value))
        return next(iter(found), None)

    async def replace(self, record: R) -> R | None:
        """Store a changed copy, or return ``None`` when another write came first.

        Raises ``AlreadyExistsError`` when a unique value is taken. ``created`` and
        ``organization`` never change.
        """
        if not self._scope.covers(record):
            return None
        stored = record.copy_with(rev=record.rev + 1, updated=await self._now())
        with self._uniqueness():
            replacement = Replacement(self._table, self._scope, stored)
            return stored if await self._database.run(replacement) else None

    async def change(self, record_id: str, step: Callable[[R], R | None]) -> R | None:
        """Store what ``step`` makes of the record; ``None`` when nothing was written.

        Read and written by the one thread that writes, so nobody comes between.
        """
        now = await self._now()

        def change(connection: sqlite3.Connection) -> R | None:
            record = next(iter(self._fetch(connection, which)), None)
            changed = step(record) if record is not None else None
            if record is None or changed is None or changed is record:
                return None
            if not self._scope.covers(changed):
                return None
            stored = changed.copy_with(rev=record.rev + 1, updated=now)
            replacement = Replacement(self._table, self._scope, stored)
            return stored if replacement(connection) else None

        which = statements.get(self._table, self._scope, record_id)
        with self._uniqueness():
            return await self._database.run(change)

    async def delete(self, record_id: str) -> bool:
        """Remove the record; whether it was there."""
        return bool(await self._write(statements.delete(self._table, self._scope, record_id)))

    async def index(
        self, record_id: str, words: Words, unless: tuple[str, str] | None = None
    ) -> bool:
        """Have searches find the record by these words; whether it is there. See the port."""
        statement = statements.index(self._table, self._scope, record_id, words, unless)
        return bool(await self._write(statement))

    async def page(
        self, query: Query, after: Position | None, limit: int, skip: int = 0
    ) -> list[R]:
        """Up to ``limit`` records behind ``after``; ``ValueError`` for an unknown filter."""
        if limit < 1:
            return []
        which = statements.page(self._table, self._scope, query, after, limit, skip)
        return await self._read(which)

    async def count(self, query: Query, limit: int) -> int:
        """How many records match, up to ``limit``; ``ValueError`` for an unknown filter."""
        if limit < 1:
            return 0
        statement = statements.count(self._table, self._scope, query, limit)
        rows = await self._database.read(lambda connection: _rows(connection, statement))
        return int(rows[0][0])

    async def _write(self, statement: Statement) -> int:
        with self._uniqueness():
            return await self._database.write(statement)

    @contextmanager
    def _uniqueness(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError as error:
            # SQLite names the columns, as table.column, and the field is the last of them.
            field = str(error).rpartition(".")[2]
            raise AlreadyExistsError(self._table.name, field) from error

    async def _read(self, statement: Statement) -> list[R]:
        return await self._database.read(lambda connection: self._fetch(connection, statement))

    def _fetch(self, connection: sqlite3.Connection, statement: Statement) -> list[R]:
        parse = self._table.collection.model.model_validate_json
        return [parse(body) for (body,) in _rows(connection, statement)]


def _rows(connection: sqlite3.Connection, statement: Statement) -> list[tuple[str]]:
    return connection.execute(statement.sql, statement.values).fetchall()
