"""The proxy harms as it says, and harms nothing unasked."""

import asyncio
import contextlib
import http.client
import http.server
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import aio_pika
import pytest
from aio_pika.exceptions import AMQPError

from tests.faults.amqp_frames import BASIC_ACK, BASIC_PUBLISH, FrameReader
from tests.faults.proxy import Proxy
from tests.faults.toxics import (
    Action,
    Bandwidth,
    Flip,
    Latency,
    LimitData,
    OnFrame,
    Slicer,
    Swallow,
    Way,
)
from tests.servers.process import HOST, Unavailable, free_ports
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.requirement import missing

WHOLE = bytes(range(256)) * 64


class Echo:
    """A server that sends back what it is sent."""

    def __init__(self) -> None:
        self.listener = socket.create_server((HOST, 0))
        self.url = f"tcp://{HOST}:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    @staticmethod
    def serve(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while data := connection.recv(65536):
                connection.sendall(data)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    echo = Echo()
    with Proxy(echo.url) as proxy:
        yield proxy
    echo.listener.close()


def dial(proxy: Proxy, seconds: float = 5.0) -> socket.socket:
    return socket.create_connection((HOST, proxy.port), seconds)


def receive(connection: socket.socket, size: int) -> bytes:
    """As many bytes, or what came before the other side closed."""
    found = b""
    while len(found) < size and (data := connection.recv(size - len(found))):
        found += data
    return found


def exchange(proxy: Proxy, data: bytes = WHOLE) -> bytes:
    with dial(proxy) as connection:
        connection.sendall(data)
        return receive(connection, len(data))


def test_bytes_pass_unharmed_both_ways(proxy: Proxy) -> None:
    assert exchange(proxy) == WHOLE


def test_a_slice_of_one_byte_changes_nothing_but_the_segments(proxy: Proxy) -> None:
    proxy.toxics = [Slicer(1)]
    assert exchange(proxy, WHOLE[:2000]) == WHOLE[:2000]


def test_latency_and_bandwidth_take_their_time(proxy: Proxy) -> None:
    proxy.toxics = [Latency(0.2)]
    begun = time.monotonic()
    assert exchange(proxy, b"x") == b"x"
    assert time.monotonic() - begun >= 0.4
    proxy.toxics = [Bandwidth(20_000, way=Way.TO_CLIENT)]
    begun = time.monotonic()
    assert exchange(proxy, WHOLE[:4000]) == WHOLE[:4000]
    assert time.monotonic() - begun >= 0.2


def test_what_is_swallowed_one_way_arrives_the_other_way(proxy: Proxy) -> None:
    with dial(proxy, 0.3) as connection:
        proxy.toxics = [Swallow(Way.TO_CLIENT)]
        connection.sendall(b"heard and unanswered")
        with pytest.raises(TimeoutError):
            connection.recv(1)
        proxy.heal()
        connection.sendall(b"again")
        assert receive(connection, 5) == b"again"


def test_silence_is_for_those_who_are_connected(proxy: Proxy) -> None:
    with dial(proxy, 0.3) as old:
        old.sendall(b"a")
        assert old.recv(1) == b"a"
        proxy.silence()
        old.sendall(b"b")
        with pytest.raises(TimeoutError):
            old.recv(1)
        assert exchange(proxy) == WHOLE


@pytest.mark.parametrize("reset", [False, True])
def test_that_a_server_has_gone_is_not_heard_through_silence(*, reset: bool) -> None:
    with socket.create_server((HOST, 0)) as listener:
        listener.settimeout(5.0)
        with Proxy(f"tcp://{HOST}:{listener.getsockname()[1]}") as proxy, dial(proxy, 0.3) as one:
            server, _ = listener.accept()
            one.sendall(b"a")
            assert server.recv(1) == b"a"
            proxy.silence()
            if reset:
                server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            server.close()
            with pytest.raises(TimeoutError):
                one.recv(1)
            one.settimeout(5.0)
            proxy.heal()
            with contextlib.suppress(ConnectionResetError):
                assert one.recv(1) == b"", "now it is"


def test_data_ends_where_the_limit_is(proxy: Proxy) -> None:
    proxy.toxics = [LimitData(1000, way=Way.TO_CLIENT)]
    assert exchange(proxy) == WHOLE[:1000]
    proxy.toxics = [LimitData(1000, reset=True, way=Way.TO_CLIENT)]
    with pytest.raises(ConnectionResetError):
        exchange(proxy)


def test_one_byte_is_flipped_per_connection(proxy: Proxy) -> None:
    proxy.toxics = [Flip(300)]
    for _ in range(2):
        got = exchange(proxy)
        assert [place for place, byte in enumerate(got) if byte != WHOLE[place]] == [300]


def test_connections_are_refused_cut_and_taken_again(proxy: Proxy) -> None:
    with dial(proxy) as connection:
        connection.sendall(b"a")
        assert connection.recv(1) == b"a"
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            dial(proxy)
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    proxy.allow()
    assert exchange(proxy) == WHOLE


def test_a_dead_server_is_a_reset() -> None:
    (port,) = free_ports(1)
    dead = Proxy(f"tcp://{HOST}:{port}")
    with dead as proxy, pytest.raises(ConnectionResetError), dial(proxy) as connection:
        connection.recv(1)  # unless the reset was there before the connection was


def test_http_passes_in_slices(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(WHOLE)
    handler = lambda *args: http.server.SimpleHTTPRequestHandler(  # noqa: E731
        *args, directory=str(tmp_path)
    )
    server = http.server.ThreadingHTTPServer((HOST, 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Proxy(f"http://{HOST}:{server.server_port}") as proxy:
        proxy.toxics = [Slicer(7)]
        connection = http.client.HTTPConnection(HOST, proxy.port, timeout=10)
        connection.request("GET", "/a.txt")
        assert connection.getresponse().read() == WHOLE
    server.shutdown()


def test_frames_are_found_however_they_are_cut() -> None:
    method = b"\x01\x00\x01\x00\x00\x00\x04\x00\x3c\x00\x50\xce"
    heartbeat = b"\x08\x00\x00\x00\x00\x00\x00\xce"
    stream = b"AMQP\x00\x00\x09\x01" + method + heartbeat + method
    reader = FrameReader()
    found = [frame for byte in stream for frame in reader.feed(bytes([byte]))]
    assert [frame.method for frame in found] == [None, BASIC_ACK, None, BASIC_ACK]
    assert b"".join(frame.raw for frame in found) == stream
    assert FrameReader().feed(stream) == found


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    try:
        node = RabbitMQ(tmp_path_factory.mktemp("proxied"))
        node.start()
    except Unavailable as reason:
        missing(reason)
    yield node
    node.stop()


async def publish_three(url: str, queue: str) -> list[str]:
    """Which of three messages, published one after the other, were confirmed."""
    confirmed: list[str] = []
    connection = await aio_pika.connect(url, timeout=5)
    with contextlib.suppress(AMQPError, OSError, asyncio.CancelledError):
        channel = await connection.channel()
        await channel.declare_queue(queue, durable=True)
        for name in ("1", "2", "3"):
            message = aio_pika.Message(name.encode(), delivery_mode=2)
            await channel.default_exchange.publish(message, queue, timeout=3)
            confirmed.append(name)
    await connection.close()
    return confirmed


async def count(url: str, queue: str) -> int:
    async with await aio_pika.connect(url) as connection, connection.channel() as channel:
        found = await channel.declare_queue(queue, durable=True, passive=True)
        return found.declaration_result.message_count or 0


@pytest.mark.services
async def test_the_second_confirm_is_cut_after_the_message_was_stored(rabbit: RabbitMQ) -> None:
    queue = uuid4().hex
    with Proxy(rabbit.url) as proxy:
        lost = OnFrame(BASIC_ACK, Way.TO_CLIENT, nth=2)
        proxy.triggers = [lost]
        assert await publish_three(proxy.url, queue) == ["1"]
        assert lost.fired.is_set()
    assert await count(rabbit.url, queue) == 2, "the broker has what it could not confirm"


@pytest.mark.services
async def test_a_publish_that_is_reset_midway_never_arrives(rabbit: RabbitMQ) -> None:
    queue = uuid4().hex
    with Proxy(rabbit.url) as proxy:
        proxy.triggers = [OnFrame(BASIC_PUBLISH, Way.TO_SERVER, nth=3, action=Action.RESET)]
        assert await publish_three(proxy.url, queue) == ["1", "2"]
    assert await count(rabbit.url, queue) == 2


@pytest.mark.services
async def test_amqp_works_byte_by_byte(rabbit: RabbitMQ) -> None:
    with Proxy(rabbit.url) as proxy:
        proxy.toxics = [Slicer(1)]
        assert await publish_three(proxy.url, uuid4().hex) == ["1", "2", "3"]
