"""The embedded store: one SQLite file, also good for several processes on one machine."""

from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from shared.models.base import Record
from shared.store.collections import COLLECTIONS, Collection
from shared.store.port import Tenant
from shared.store.scope import Scope
from shared.store.sqlite.backlog import SqliteBacklog
from shared.store.sqlite.clock import SteadyClock
from shared.store.sqlite.database import Database
from shared.store.sqlite.queues import SqliteQueues
from shared.store.sqlite.repository import SqliteRepository
from shared.store.sqlite.tables import Table

R = TypeVar("R", bound=Record)


class SqliteStore:
    """Implements ``shared.store.port.Store``; used from the event loop that opened it.

    ``path`` is made, with its folder, where it is missing. The file must be on a local
    disk, and is to be backed up with SQLite's own means, not by copying it.
    """

    def __init__(self, path: Path, collections: tuple[Collection[Any], ...] = COLLECTIONS) -> None:
        self._tables: dict[str, Table[Any]] = {it.name: Table(it) for it in collections}
        self._database = Database(path)
        self._clock = SteadyClock()

    async def open(self) -> None:
        """Make tables and indexes where they are missing, and start the threads.

        Raises ``RuntimeError`` if a newer version wrote the file.
        """
        await self._database.open(list(self._tables.values()))

    async def close(self) -> None:
        """Finish pending writes and let go."""
        await self._database.close()

    async def ping(self) -> None:
        """Return if the file can be read; raise ``Transient`` if not."""
        await self._database.read(lambda it: it.execute("SELECT count(*) FROM sqlite_master"))

    async def now(self) -> datetime:
        """The clock of the machine, which is the database's; it never goes back."""
        return self._clock.now()

    @property
    def skew(self) -> float:
        """Seconds that the machine's clock is ahead of ours: below 0 when it was set back."""
        return self._clock.skew

    def of(self, tenant: Tenant, collection: Collection[R]) -> SqliteRepository[R]:
        """The tenant's records of a collection."""
        return self._repository(collection, Scope.of(tenant, collection))

    def across(self, collection: Collection[R]) -> SqliteRepository[R]:
        """The records of all organizations."""
        return self._repository(collection, Scope())

    @property
    def backlog(self) -> SqliteBacklog:
        """What waits for somebody."""
        return SqliteBacklog(list(self._tables.values()), self._database)

    @property
    def queues(self) -> SqliteQueues:
        """Who stands where."""
        return SqliteQueues(list(self._tables.values()), self._database)

    def _repository(self, collection: Collection[R], scope: Scope) -> SqliteRepository[R]:
        return SqliteRepository(self._tables[collection.name], scope, self._database, self.now)
