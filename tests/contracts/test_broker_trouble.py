"""Trouble between us and RabbitMQ, made by a proxy: silence, alarms, messages refused."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest

from shared.broker.connect import connect_broker
from shared.broker.port import Broker, Incoming, Message, RefusedError
from shared.broker.rabbitmq import publisher
from shared.broker.topology import job_queue
from shared.errors import Transient
from shared.models.work import Lane, StageName
from tests.faults.proxy import Proxy
from tests.servers.rabbitmq import RabbitMQ

pytestmark = pytest.mark.services

OCR = job_queue(StageName.OCR, Lane.LOW)
LONG = 60.0
HEARTBEAT = 2


def message(text: str = "{}") -> Message:
    return Message(uuid4().hex, text.encode())


@pytest.fixture
def proxy(rabbitmq_node: RabbitMQ) -> Iterator[Proxy]:
    with Proxy(rabbitmq_node.url) as proxy:
        yield proxy


@pytest.fixture
async def broker(proxy: Proxy) -> AsyncIterator[Broker]:
    broker = connect_broker(f"{proxy.url}?heartbeat={HEARTBEAT}")
    await broker.open()
    yield broker
    await broker.close()


async def test_a_connection_gone_silent_is_noticed_within_two_heartbeats(
    broker: Broker, proxy: Proxy
) -> None:
    worked: asyncio.Queue[Incoming] = asyncio.Queue()

    async def take(incoming: Incoming) -> None:
        await incoming.ack()
        await worked.put(incoming)

    consumer = await broker.consume(OCR, take, 1)
    before = proxy.connections
    begun = time.monotonic()
    proxy.silence()
    async with asyncio.timeout(LONG):
        while proxy.connections < before + 2:
            await asyncio.sleep(0.05)
    # What is measured is the promise; the client's own watch takes four intervals.
    assert time.monotonic() - begun < 2 * HEARTBEAT + 2.0
    await _until_sent(broker, "after")
    got = await asyncio.wait_for(worked.get(), LONG)
    assert got.message.body == b"after"
    assert consumer.alive


async def test_a_quiet_connection_is_not_taken_for_a_silent_one(
    broker: Broker, proxy: Proxy
) -> None:
    before = proxy.connections
    await asyncio.sleep(1.5 * HEARTBEAT)
    await broker.ping()
    assert proxy.connections == before


async def test_what_no_queue_takes_is_refused(broker: Broker) -> None:
    with pytest.raises(RefusedError):
        await broker.send("docstage.nothing", message())
    with pytest.raises(RefusedError):
        await broker.announce("nobody.listens", message())


async def test_what_a_full_queue_rejects_is_refused_and_others_go_on(
    broker: Broker, rabbitmq_node: RabbitMQ
) -> None:
    other = job_queue(StageName.NOTIFY, Lane.LOW)
    async with _policy(rabbitmq_node, OCR, '{"max-length":1,"overflow":"reject-publish"}'):
        with pytest.raises(RefusedError):
            await _send_for_ever(broker, "too many")
        await broker.send(other, message())
        # RabbitMQ 3.10 tells its channels of room when messages go, not when a policy does.
        await broker.consume(OCR, _take, 10)
        await _until_sent(broker, "room again")


async def test_an_alarm_stops_publishing_only_and_only_while_it_lasts(
    broker: Broker, rabbitmq_node: RabbitMQ, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "STEP_SECONDS", 2.0)
    worked: asyncio.Queue[Incoming] = asyncio.Queue()
    ready = asyncio.Event()

    async def take(incoming: Incoming) -> None:
        await ready.wait()
        await incoming.ack()
        await worked.put(incoming)

    await broker.send(OCR, message("before"))
    await broker.consume(OCR, take, 1)
    await asyncio.to_thread(rabbitmq_node.control, "set_vm_memory_high_watermark", "0")
    try:
        with pytest.raises(Transient) as trouble:
            await _send_for_ever(broker, "late")
        assert not isinstance(trouble.value, RefusedError)
        ready.set()
        got = await asyncio.wait_for(worked.get(), LONG)
        assert got.message.body
        assert await broker.depth(OCR) >= 0
        begun = time.monotonic()
        for _ in range(5):
            with pytest.raises(Transient):
                await broker.send(OCR, message("not now"))
        assert time.monotonic() - begun < LONG, "whoever is told of an alarm goes on"
    finally:
        await asyncio.to_thread(rabbitmq_node.control, "set_vm_memory_high_watermark", "0.4")
    await _until_sent(broker, "after")
    bodies = []
    async with asyncio.timeout(LONG):
        while b"after" not in bodies:
            bodies.append((await worked.get()).message.body)
    assert b"not now" not in bodies, "what was refused is not in the socket either"


async def test_whoever_asks_the_broker_can_be_cancelled_at_any_moment(broker: Broker) -> None:
    async def ask_for_ever() -> None:
        while True:
            with contextlib.suppress(Transient):
                await broker.depth(OCR)
            await asyncio.sleep(0)  # a broker that is away says so at once

    for number in range(25):
        asking = asyncio.create_task(ask_for_ever())
        await asyncio.sleep(number * 0.001)
        asking.cancel()
        await asyncio.wait({asking}, timeout=LONG)
        assert asking.cancelled(), "it goes on asking, and holds up the end of its process"


async def _take(incoming: Incoming) -> None:
    await incoming.ack()


async def _send_for_ever(broker: Broker, text: str) -> None:
    """Until it fails: policies and alarms are in force a moment later, or for the second."""
    async with asyncio.timeout(LONG):
        while True:
            await broker.send(OCR, message(text))


async def _until_sent(broker: Broker, text: str) -> None:
    async with asyncio.timeout(LONG):
        while True:
            try:
                return await broker.send(OCR, message(text))
            except Transient:
                await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def _policy(node: RabbitMQ, queue: str, definition: str) -> AsyncIterator[None]:
    """Set beside the event loop, which has heartbeats to send meanwhile."""
    wish = ("limit", f"^{queue}$", definition, "--apply-to", "queues")
    await asyncio.to_thread(node.control, "set_policy", *wish)
    try:
        yield
    finally:
        await asyncio.to_thread(node.control, "clear_policy", "limit")
