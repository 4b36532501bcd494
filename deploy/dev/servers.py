"""RabbitMQ, a MongoDB-wire server and an S3 server on loopback, for development and tests."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from tests.servers.mongo_wire import MongoWireServer
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.s3 import Kind, S3Server


class _Server(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...


class Servers:
    """The three servers, each with a folder of its own below ``folder``."""

    def __init__(self, folder: Path, s3: Kind = "nanio") -> None:
        self.rabbitmq = RabbitMQ(folder / "rabbitmq")
        self.mongo = MongoWireServer(folder / "mongo")
        self.s3 = S3Server(folder / s3, s3)

    @property
    def environment(self) -> dict[str, str]:
        """The settings that lead a service to them."""
        return {
            "DOCSTAGE_BROKER_URL": self.rabbitmq.url,
            "DOCSTAGE_STORE_URL": self.mongo.url(),
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
    def _servers(self) -> tuple[_Server, ...]:
        return self.rabbitmq, self.mongo, self.s3


def all_at_once(calls: Iterable[Callable[[], object]]) -> None:
    """Make all calls; raise the first error, without waiting for the rest then."""
    threads = ThreadPoolExecutor(max_workers=8)
    try:
        for outcome in [threads.submit(call) for call in calls]:
            outcome.result()
    finally:
        threads.shutdown(wait=False)
