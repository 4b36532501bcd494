"""The open file: its writer thread and its reader threads."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from shared.errors import Code, Transient
from shared.store.sqlite.connection import connect, translated
from shared.store.sqlite.migration import migrate
from shared.store.sqlite.readers import READERS, Readers
from shared.store.sqlite.statements import Statement
from shared.store.sqlite.tables import Table
from shared.store.sqlite.writer import Writer

T = TypeVar("T")


class Database:
    """Writes and reads for the event loop that opened it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads: tuple[Writer, Readers] | None = None

    async def open(self, tables: Sequence[Table[Any]]) -> None:
        """Bring the file to the layout of ``tables`` and start the threads."""
        writing, *reading = await asyncio.to_thread(self._prepare, tables)
        self._threads = Writer(writing), Readers(reading)

    async def close(self) -> None:
        """Finish what waits and let go; later calls raise ``Transient``."""
        if self._threads is not None:
            (writer, readers), self._threads = self._threads, None
            await writer.close()
            await readers.close()

    async def write(self, statement: Statement) -> int:
        """Run ``statement`` durably; how many rows it changed. See ``Writer.write``."""
        return await self._running[0].write(statement)

    async def run(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """What ``function`` returns, once its write is durable. See ``Writer.run``."""
        return await self._running[0].run(function)

    async def read(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """What ``function`` makes of the database. See ``Readers.read``."""
        return await self._running[1].read(function)

    @property
    def _running(self) -> tuple[Writer, Readers]:
        if self._threads is None:
            raise Transient(Code.DEPENDENCY_DOWN, "The store is not open.")
        return self._threads

    def _prepare(self, tables: Sequence[Table[Any]]) -> list[sqlite3.Connection]:
        connections: list[sqlite3.Connection] = []
        try:
            with translated():
                connections.append(connect(self._path))
                migrate(connections[0], tables)
                connections.extend(connect(self._path) for _ in range(READERS))
        except BaseException:
            for connection in connections:
                connection.close()
            raise
        return connections
