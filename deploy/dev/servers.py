"""RabbitMQ, a MongoDB-wire server and an S3 server on loopback, for development and tests."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self

from tests.servers.mongo_wire import MongoWireServer
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.s3 import Kind, S3Server

Records = Literal["mongo", "sqlite"]


class _Server(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...


class Servers:
    """The three servers, each with a folder of its own below ``folder``.

    Where ``records`` are kept in SQLite, the services share a file, and no MongoDB-wire server
    is started.
    """

    def __init__(self, folder: Path, s3: Kind = "nanio", records: Records = "mongo") -> None:
        self.rabbitmq = RabbitMQ(folder / "rabbitmq")
        self.mongo = MongoWireServer(folder / "mongo")
        self.s3 = S3Server(folder / s3, s3)
        self._records = records
        self._file = folder / "docstage.db"

    @property
    def environment(self) -> dict[str, str]:
        """The settings that lead a service to them."""
        return {
            "DOCSTAGE_BROKER_URL": self.rabbitmq.url,
            "DOCSTAGE_STORE_URL": self._store_url,
            "DOCSTAGE_BLOBS_URL": self.s3.url(),
        }

    def __enter__(self) -> Self:
        try:
            all_at_once(server.start for server in self._servers)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        all_at_once(server.stop for server in self._servers)

    @property
    def _store_url(self) -> str:
        return self.mongo.url() if self._records == "mongo" else f"sqlite:///{self._file}"

    @property
    def _servers(self) -> tuple[_Server, ...]:
        store = (self.mongo,) if self._records == "mongo" else ()
        return self.rabbitmq, *store, self.s3


def all_at_once(calls: Iterable[Callable[[], object]]) -> None:
    """Make all calls; raise the first error, without waiting for the rest then."""
    threads = ThreadPoolExecutor(max_workers=8)
    try:
        for outcome in [threads.submit(call) for call in calls]:
            outcome.result()
    finally:
        threads.shutdown(wait=False)
