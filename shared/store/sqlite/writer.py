"""The one thread that writes: what waits at the same time is committed together.

A commit costs a sync of the disk however many writes it holds. Every write is a single
statement, and a statement that fails undoes only itself, so one conflict in a group does
not touch the others.
"""

import asyncio
import sqlite3
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread

from shared.errors import Code, Transient
from shared.store.sqlite.statements import Statement

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


@dataclass(slots=True)
class _Write:
    statement: Statement
    done: asyncio.Future[int]
    rows: int = 0
    error: Exception | None = None

    def settle(self) -> None:
        if self.done.done():  # the caller was cancelled
            return
        if self.error is not None:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self.rows)


class Writer:
    """Runs write statements on a connection of its own, which it closes in the end."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._waiting: SimpleQueue[_Write | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    async def write(self, statement: Statement) -> int:
        """Run ``statement`` and return the number of rows it changed, once they are durable.

        Raises ``sqlite3.IntegrityError``, and ``Transient`` when it could not be written.
        A caller that is cancelled does not learn whether it was.
        """
        write = _Write(statement, self._loop.create_future())
        self._waiting.put(write)
        return await write.done

    async def close(self) -> None:
        """Finish what waits, then end."""
        self._waiting.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        try:
            while group := self._take():
                _commit(self._connection, group)
                self._loop.call_soon_threadsafe(_settle, group)
        finally:
            self._connection.close()

    def _take(self) -> list[_Write]:
        group: list[_Write] = []
        following = self._waiting.get()
        while following is not None:
            group.append(following)
            if len(group) == GROUP:
                return group
            try:
                following = self._waiting.get_nowait()
            except Empty:
                return group
        if group:
            self._waiting.put(None)  # the end is seen again, after this group
        return group


def _commit(connection: sqlite3.Connection, group: list[_Write]) -> None:
    try:
        connection.execute("BEGIN IMMEDIATE")
        for write in group:
            _execute(connection, write)
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        for write in group:
            write.error = Transient(Code.DEPENDENCY_DOWN, "The database file does not answer.")
            write.error.__cause__ = error


def _execute(connection: sqlite3.Connection, write: _Write) -> None:
    try:
        write.rows = connection.execute(write.statement.sql, write.statement.values).rowcount
    except _ITS_OWN as error:
        write.error = error


def _settle(group: list[_Write]) -> None:
    for write in group:
        write.settle()
