"""The one thread that writes: what waits at the same time is committed together.

A commit costs a sync of the disk however many writes it holds. Every write is a single
statement, and a statement that fails undoes only itself, so one conflict in a group does
not touch the others.
"""

import asyncio
import sqlite3

from shared.errors import Code, Transient
from shared.store.sqlite.statements import Statement
from shared.store.sqlite.threads import Task, Threads

GROUP = 256
"""The most writes in one commit."""

_ITS_OWN = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    OverflowError,
    ValueError,
)
"""Errors of one statement and its values; all others are the file's or the disk's."""


class _Write(Task[int]):
    __slots__ = ("statement",)

    def __init__(self, loop: asyncio.AbstractEventLoop, statement: Statement) -> None:
        super().__init__(loop)
        self.statement = statement


class Writer:
    """Runs write statements on a connection of its own, which it closes in the end."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._threads = Threads("sqlite-writer", [self._commit], GROUP)

    async def write(self, statement: Statement) -> int:
        """Run ``statement`` and return the number of rows it changed, once they are durable.

        Raises ``sqlite3.IntegrityError``, and ``Transient`` when it could not be written.
        A caller that is cancelled does not learn whether it was.
        """
        write = _Write(self._loop, statement)
        self._threads.put(write)
        return await write.wait()

    async def close(self) -> None:
        """Finish what waits, then end."""
        await self._threads.close()
        self._connection.close()

    def _commit(self, group: list[_Write]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for write in group:
                self._execute(write)
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it was, nothing was stored
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            for write in group:
                write.error = Transient(Code.DEPENDENCY_DOWN, "The database does not answer.")
                write.error.__cause__ = error

    def _execute(self, write: _Write) -> None:
        statement = write.statement
        try:
            write.result = self._connection.execute(statement.sql, statement.values).rowcount
        except _ITS_OWN as error:
            write.error = error
