"""A few threads that read, each on a connection of its own."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import local
from typing import TypeVar

from shared.store.sqlite.connection import translated

T = TypeVar("T")

THREADS = 4


class Readers:
    """Runs read functions beside the event loop. A read sees every write that was answered."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._mine = local()
        self._connections: list[sqlite3.Connection] = []
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(THREADS, "sqlite-reader")

    async def read(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """What ``function`` makes of the database; raises ``Transient`` when it cannot read."""
        return await self._loop.run_in_executor(self._threads, self._run, function)

    async def close(self) -> None:
        """Finish what is being read, then end."""
        await asyncio.to_thread(self._threads.shutdown)
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    def _run(self, function: Callable[[sqlite3.Connection], T]) -> T:
        with translated():
            return function(self._connection())

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._mine.connection = self._connect()
            self._connections.append(connection)
        return connection
