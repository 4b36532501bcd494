"""The one thread that writes: what waits at the same time is committed together.

A commit costs a sync of the disk however many writes it holds. Every write ends with a
single statement, and one that fails undoes only itself, so one conflict in a group does
not touch the others.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from typing import TypeVar

from shared.errors import Code, Transient
from shared.store.sqlite.statements import Statement
from shared.threads import Call, Threads

T = TypeVar("T")
_Write = Call[[sqlite3.Connection]]

GROUP = 256
"""The most writes in one commit."""

_ITS_OWN = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
)
"""Errors of one statement and its values; the others of SQLite are the file's or the disk's."""


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
        return await self.run(lambda it: it.execute(statement.sql, statement.values).rowcount)

    async def run(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """What ``function`` returns, once what it has written is durable.

        It may read, and then write with one statement, which is its last act. Raises what
        it raises, and like ``write``.
        """
        write = Call(self._loop, function)
        self._threads.put(write)
        result: T = await write.wait()
        return result

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
        try:
            write.result = write.function(self._connection)
        except sqlite3.Error as error:
            if not isinstance(error, _ITS_OWN):
                raise
            write.error = error
        except Exception as error:  # noqa: BLE001 - it is the caller's
            write.error = error
