"""The servers and adapters that the contract suites run on."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import aio_pika
import pytest

from shared.blobs.connect import connect_blobs
from shared.blobs.port import Blobs
from shared.broker.connect import connect_broker
from shared.broker.memory import MemoryBroker, Node
from shared.broker.port import Broker
from shared.broker.topology import QUEUES
from tests.servers.process import Unavailable
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.requirement import missing
from tests.servers.s3 import S3Server

OpenBroker = Callable[[], Awaitable[Broker]]


@pytest.fixture(scope="session")
def rabbitmq_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    """A node of our own, which a test may kill if it starts it again."""
    try:
        node = RabbitMQ(tmp_path_factory.mktemp("rabbitmq"))
        node.start()
    except Unavailable as reason:
        missing(reason)
    yield node
    node.stop()


@pytest.fixture(scope="session")
def rabbitmq_url(request: pytest.FixtureRequest) -> str:
    """The RabbitMQ in DOCSTAGE_TEST_AMQP_URL, or the node of our own."""
    url = os.environ.get("DOCSTAGE_TEST_AMQP_URL")
    return url or request.getfixturevalue("rabbitmq_node").url


@pytest.fixture(params=["memory", pytest.param("rabbitmq", marks=pytest.mark.services)])
async def open_broker(request: pytest.FixtureRequest) -> AsyncIterator[OpenBroker]:
    """Open one more session on the same broker, as another process would; it starts empty."""
    if request.param == "memory":
        node = Node()
        sessions = _Sessions(lambda: MemoryBroker(node))
    else:
        url = request.getfixturevalue("rabbitmq_url")
        await _delete_queues(url)
        sessions = _Sessions(lambda: connect_broker(url))
    yield sessions.open
    await sessions.close()


@pytest.fixture
async def open_rabbit(rabbitmq_url: str) -> AsyncIterator[OpenBroker]:
    """The same on RabbitMQ only."""
    await _delete_queues(rabbitmq_url)
    sessions = _Sessions(lambda: connect_broker(rabbitmq_url))
    yield sessions.open
    await sessions.close()


async def _delete_queues(url: str) -> None:
    async with await aio_pika.connect(url) as connection, connection.channel() as channel:
        for spec in QUEUES:
            await channel.queue_delete(spec.name)


class _Sessions:
    def __init__(self, make: Callable[[], Broker]) -> None:
        self._make = make
        self._opened: list[Broker] = []

    async def open(self) -> Broker:
        broker = self._make()
        self._opened.append(broker)
        await broker.open()
        return broker

    async def close(self) -> None:
        for broker in self._opened:
            await broker.close()


@pytest.fixture(scope="session")
def s3_servers(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[str], S3Server]]:
    """S3 servers by their kind, each started when it is first asked for."""
    started: dict[str, S3Server] = {}

    def get(kind: str) -> S3Server:
        if kind not in started:
            try:
                server = S3Server(tmp_path_factory.mktemp(kind), kind)
                server.start()
            except Unavailable as reason:
                missing(reason)
            started[kind] = server
        return started[kind]

    yield get
    for server in started.values():
        server.stop()


@pytest.fixture(
    params=[
        "folder",
        pytest.param("nanio", marks=pytest.mark.services),
        pytest.param("seaweedfs", marks=pytest.mark.services),
        *(["given"] if "DOCSTAGE_TEST_S3_URL" in os.environ else []),
    ]
)
async def blobs(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    s3_servers: Callable[[str], S3Server],
) -> AsyncIterator[Blobs]:
    """An open, empty blob store."""
    bucket = f"test-{os.urandom(6).hex()}"
    if request.param == "folder":
        url = f"file://{tmp_path}/blobs"
    elif request.param == "given":
        url = os.environ["DOCSTAGE_TEST_S3_URL"].replace("{bucket}", bucket)
    else:
        url = s3_servers(request.param).url(bucket=bucket)
    store = connect_blobs(url)
    await store.open()
    yield store
    await store.close()
