"""A few threads that read, each on a connection of its own."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from shared.store.sqlite.connection import translated
from shared.threads import Call, Threads

T = TypeVar("T")
_Read = Call[[sqlite3.Connection]]

READERS = 2
GROUP = 8
"""Few at once, so that quick reads seldom wait for a slow one before them."""


class Readers:
    """Runs read functions beside the event loop. A read sees every write that was answered."""

    def __init__(self, connections: Sequence[sqlite3.Connection]) -> None:
        self._connections = connections
        self._loop = asyncio.get_running_loop()
        handlers = [partial(_run, connection) for connection in connections]
        self._threads = Threads("sqlite-reader", handlers, GROUP)

    async def read(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """What ``function`` makes of the database; raises ``Transient`` when it cannot read."""

        def reading(connection: sqlite3.Connection) -> T:
            with translated():
                return function(connection)

        read = Call(self._loop, reading)
        self._threads.put(read)
        result: T = await read.wait()
        return result

    async def close(self) -> None:
        """Finish what is being read, then end."""
        await self._threads.close()
        for connection in self._connections:
            connection.close()


def _run(connection: sqlite3.Connection, group: list[_Read]) -> None:
    for read in group:
        read.make(connection)
