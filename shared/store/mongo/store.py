"""The store of a scaled-out installation."""

from datetime import datetime
from typing import Any, TypeVar

from shared.errors import Code, Transient
from shared.models.base import Record
from shared.store.collections import COLLECTIONS, Collection
from shared.store.mongo.backlog import MongoBacklog
from shared.store.mongo.clock import ServerClock
from shared.store.mongo.driver import Driver, UncertainError
from shared.store.mongo.layout import Layout
from shared.store.mongo.migration import migrate
from shared.store.mongo.queues import MongoQueues
from shared.store.mongo.repository import MongoRepository
from shared.store.port import Tenant
from shared.store.scope import Scope

R = TypeVar("R", bound=Record)


class MongoStore:
    """Implements ``shared.store.port.Store``; used from the event loop that opened it.

    ``url`` is a MongoDB connection string; the database is the one it names, else
    ``docstage``. Any topology will do: no write touches more than one document.
    """

    def __init__(self, url: str, collections: tuple[Collection[Any], ...] = COLLECTIONS) -> None:
        self._driver = Driver(url)
        self._clock = ServerClock(self._driver.time)
        self._layouts: dict[str, Layout[Any]] = {it.name: Layout(it) for it in collections}

    async def open(self) -> None:
        """Connect, and make indexes where they are missing.

        Raises ``RuntimeError`` if a newer version wrote the database.
        """
        self._driver.open()
        try:
            await migrate(self._driver, list(self._layouts.values()))
        except UncertainError as error:
            await self._driver.close()
            raise Transient(Code.DEPENDENCY_DOWN, "The database does not answer.") from error
        except BaseException:
            await self._driver.close()
            raise

    async def close(self) -> None:
        """Let go."""
        await self._driver.close()

    async def ping(self) -> None:
        """Return if the server answers; raise ``Transient`` if not."""
        await self._driver.ping()

    async def now(self) -> datetime:
        """The server's clock, asked for at most every half minute."""
        return await self._clock.now()

    @property
    def skew(self) -> float:
        """Seconds that this machine's clock is ahead of the server's, as last read."""
        return self._clock.skew

    def of(self, tenant: Tenant, collection: Collection[R]) -> MongoRepository[R]:
        """The tenant's records of a collection."""
        return self._repository(collection, Scope.of(tenant, collection))

    def across(self, collection: Collection[R]) -> MongoRepository[R]:
        """The records of all organizations."""
        return self._repository(collection, Scope())

    @property
    def backlog(self) -> MongoBacklog:
        """What waits for somebody."""
        return MongoBacklog(list(self._layouts.values()), self._driver)

    @property
    def queues(self) -> MongoQueues:
        """Who stands where."""
        return MongoQueues(list(self._layouts.values()), self._driver)

    def _repository(self, collection: Collection[R], scope: Scope) -> MongoRepository[R]:
        return MongoRepository(self._layouts[collection.name], scope, self._driver, self.now)
