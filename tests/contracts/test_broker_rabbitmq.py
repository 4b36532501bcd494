"""What only a real server can show: it dies, comes back, loses queues, and sees our frames."""

import asyncio
import contextlib
import gc
import time
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelPreconditionFailed
from aio_pika.tools import OneShotCallback

from shared.broker.connect import connect_broker
from shared.broker.port import Broker, Incoming, Message
from shared.broker.topology import EVENTS_EXCHANGE, EVENTS_QUEUE, QUEUES, job_queue
from shared.errors import Transient
from shared.models.work import Lane, StageName
from tests.contracts.conftest import OpenBroker
from tests.servers.process import Unavailable, free_ports
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.requirement import missing

pytestmark = pytest.mark.services

OCR = job_queue(StageName.OCR, Lane.NORMAL)
EXTRACT = job_queue(StageName.EXTRACT, Lane.NORMAL)
LONG = 60.0


def message(text: str = "{}") -> Message:
    return Message(uuid4().hex, text.encode())


@contextlib.asynccontextmanager
async def raw_channel(url: str) -> AsyncIterator[AbstractChannel]:
    async with await aio_pika.connect(url) as connection, connection.channel() as channel:
        yield channel


async def send_until_it_works(broker: Broker, queue: str, text: str) -> None:
    async with asyncio.timeout(LONG):
        while True:
            try:
                await broker.send(queue, message(text))
            except Transient:
                await asyncio.sleep(0.2)
            else:
                return


async def announce_until_heard(broker: Broker, heard: asyncio.Queue[Incoming]) -> None:
    async with asyncio.timeout(LONG):
        while heard.empty():
            with contextlib.suppress(Transient):
                await broker.announce("document.ready", message())
            await asyncio.sleep(0.2)


@pytest.fixture(scope="module")
def mortal_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    """A node to be killed, with our queues.

    Not the one that the other tests share, which has its queues deleted all the time: what
    RabbitMQ 3.10 has made or deleted in the last half second before a kill -9, it can bring
    back as queues without a process, and nothing but deleting them helps.
    """
    try:
        node = RabbitMQ(tmp_path_factory.mktemp("mortal"))
        node.start()
    except Unavailable as reason:
        missing(reason)
    asyncio.run(_declare(node.url))
    time.sleep(2.0)
    yield node
    node.stop()


async def _declare(url: str) -> None:
    broker = connect_broker(url)
    await broker.open()
    await broker.close()


@pytest.fixture
async def killable(mortal_node: RabbitMQ) -> AsyncIterator[RabbitMQ]:
    """Running, with empty queues; running again afterwards, whatever the test did."""
    async with raw_channel(mortal_node.url) as channel:
        for spec in QUEUES:
            await (await channel.get_queue(spec.name)).purge()
    yield mortal_node
    if not mortal_node.running:
        await asyncio.to_thread(mortal_node.start)


@pytest.mark.slow
async def test_everything_survives_the_death_of_the_server(killable: RabbitMQ) -> None:
    broker = connect_broker(killable.url)
    await broker.open()
    worked: asyncio.Queue[Incoming] = asyncio.Queue()
    heard: asyncio.Queue[Incoming] = asyncio.Queue()
    held = asyncio.Event()

    async def hold_first(incoming: Incoming) -> None:
        if not held.is_set():
            held.set()
            await asyncio.Event().wait()  # longer than the server lives
        await incoming.ack()
        await worked.put(incoming)

    confirmed = [message(str(number)) for number in range(200)]
    await asyncio.gather(*(broker.send(EXTRACT, one) for one in confirmed))
    consumer = await broker.consume(OCR, hold_first, 2)
    listener = await broker.listen(["document.#"], heard.put)
    await broker.send(OCR, message("in hand when it dies"))
    await asyncio.wait_for(held.wait(), LONG)

    killable.kill()
    for _ in range(3):
        with pytest.raises(Transient):
            await broker.send(OCR, message("never taken"))
        with pytest.raises(Transient):
            await broker.announce("document.ready", message())
        with pytest.raises(Transient):
            await broker.depth(OCR)
        with pytest.raises(Transient):
            await broker.ping()
    assert consumer.alive
    assert listener.alive, "both will be back with the server"

    await asyncio.to_thread(killable.start)
    await send_until_it_works(broker, OCR, "after")
    await broker.ping()
    texts = {(await asyncio.wait_for(worked.get(), LONG)).message.body for _ in range(2)}
    assert texts == {b"in hand when it dies", b"after"}
    await announce_until_heard(broker, heard)

    received: asyncio.Queue[Incoming] = asyncio.Queue()

    async def take(incoming: Incoming) -> None:
        await incoming.ack()
        await received.put(incoming)

    await broker.consume(EXTRACT, take, 50)
    ids = {(await asyncio.wait_for(received.get(), LONG)).message.id for _ in confirmed}
    assert ids == {one.id for one in confirmed}
    await broker.close()


@pytest.mark.slow
async def test_answers_to_a_dead_server_raise_nothing(killable: RabbitMQ) -> None:
    broker = connect_broker(killable.url)
    await broker.open()
    arrived: asyncio.Queue[Incoming] = asyncio.Queue()
    await broker.consume(OCR, arrived.put, 2)
    for text in ("1", "2"):
        await broker.send(OCR, message(text))
    first, second = [await asyncio.wait_for(arrived.get(), LONG) for _ in range(2)]
    killable.kill()
    await first.ack()
    await second.give_back()
    await asyncio.to_thread(killable.start)
    again = [await asyncio.wait_for(arrived.get(), LONG) for _ in range(2)]
    assert {incoming.message.id for incoming in again} == {first.message.id, second.message.id}
    for incoming in again:
        await incoming.ack()
    await broker.close()


@pytest.mark.slow
async def test_a_broker_opened_before_its_server_comes_to_life_with_it(
    killable: RabbitMQ,
) -> None:
    killable.kill()
    broker = connect_broker(killable.url)
    with pytest.raises(Transient):
        await broker.open()
    worked: asyncio.Queue[Incoming] = asyncio.Queue()

    async def take(incoming: Incoming) -> None:
        await incoming.ack()
        await worked.put(incoming)

    consumer = await broker.consume(OCR, take, 1)
    assert consumer.alive
    with pytest.raises(Transient):
        await broker.send(OCR, message())
    await asyncio.to_thread(killable.start)
    await broker.open()  # as a process does that waits for its ports
    await send_until_it_works(broker, OCR, "at last")
    async with asyncio.timeout(LONG):
        while (await worked.get()).message.body != b"at last":
            pass
    await broker.close()


async def test_no_server_at_all_is_transient_and_closes_cleanly() -> None:
    (port,) = free_ports(1)
    broker = connect_broker(f"amqp://guest:guest@127.0.0.1:{port}/")
    with pytest.raises(Transient):
        await broker.open()
    consumer = await broker.consume(OCR, _ignore, 1)
    await broker.close()
    assert not consumer.alive


async def test_a_queue_deleted_behind_us_is_made_again(
    open_rabbit: OpenBroker, rabbitmq_url: str
) -> None:
    broker = await open_rabbit()
    worked: asyncio.Queue[Incoming] = asyncio.Queue()

    async def take(incoming: Incoming) -> None:
        await incoming.ack()
        await worked.put(incoming)

    consumer = await broker.consume(OCR, take, 1)
    async with raw_channel(rabbitmq_url) as channel:
        for spec in QUEUES:
            await channel.queue_delete(spec.name)
    assert await broker.depth(EXTRACT) == 0
    await broker.send(OCR, message("to the new queue"))
    await broker.announce("document.ready", message())
    incoming = await asyncio.wait_for(worked.get(), LONG)
    assert incoming.message.body == b"to the new queue"
    assert consumer.alive
    async with raw_channel(rabbitmq_url) as channel:
        events = await channel.get_queue(EVENTS_QUEUE)
        got = await events.get(no_ack=True)
        assert got is not None, "the events queue is bound again too"


async def test_queues_are_quorum_queues_and_limits_are_left_to_policies(
    open_rabbit: OpenBroker, rabbitmq_url: str
) -> None:
    await open_rabbit()
    for spec in QUEUES:
        async with raw_channel(rabbitmq_url) as channel:
            await channel.declare_queue(
                spec.name, durable=True, arguments={"x-queue-type": "quorum"}
            )
        with pytest.raises(ChannelPreconditionFailed):
            async with raw_channel(rabbitmq_url) as channel:
                await channel.declare_queue(
                    spec.name,
                    durable=True,
                    arguments={"x-queue-type": "quorum", "x-delivery-limit": 5},
                )
    async with raw_channel(rabbitmq_url) as channel:
        await channel.declare_exchange(EVENTS_EXCHANGE, "topic", durable=True)


async def test_messages_are_persistent_json_with_ids_of_their_own(
    open_rabbit: OpenBroker, rabbitmq_url: str
) -> None:
    broker = await open_rabbit()
    sent = Message("event-1", b"{}", {"traceparent": "00-ab"})
    await asyncio.gather(broker.send(OCR, sent), broker.send(OCR, sent))
    async with raw_channel(rabbitmq_url) as channel:
        queue = await channel.get_queue(OCR)
        first, second = await queue.get(no_ack=True), await queue.get(no_ack=True)
    assert first is not None
    assert second is not None
    for one in (first, second):
        assert one.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
        assert one.content_type == "application/json"
        assert one.headers["traceparent"] == "00-ab"
        assert one.correlation_id == "event-1"
    assert first.message_id != second.message_id


async def test_headers_of_others_do_not_reach_the_handler(
    open_rabbit: OpenBroker, rabbitmq_url: str
) -> None:
    broker = await open_rabbit()
    worked: asyncio.Queue[Incoming] = asyncio.Queue()
    async with raw_channel(rabbitmq_url) as channel:
        await channel.default_exchange.publish(
            aio_pika.Message(b"\xff", message_id="m1", headers={"count": 3, "who": "else"}), OCR
        )
    await broker.consume(OCR, worked.put, 1)
    incoming = await asyncio.wait_for(worked.get(), LONG)
    assert incoming.message == Message("m1", b"\xff", {"who": "else"})


async def test_a_listener_leaves_no_queue_behind(
    open_rabbit: OpenBroker, rabbitmq_url: str
) -> None:
    broker = await open_rabbit()
    heard: asyncio.Queue[Incoming] = asyncio.Queue()
    listener = await broker.listen(["private.#"], heard.put)
    await broker.announce("private.news", message())
    await asyncio.wait_for(heard.get(), LONG)
    await listener.cancel()
    with pytest.raises(Transient):
        await broker.announce("private.news", message())  # nobody is bound any more


async def test_a_consumer_cancelled_by_the_server_registers_again(
    open_rabbit: OpenBroker, rabbitmq_url: str
) -> None:
    broker = await open_rabbit()
    worked: asyncio.Queue[Incoming] = asyncio.Queue()

    async def take(incoming: Incoming) -> None:
        await incoming.ack()
        await worked.put(incoming)

    consumer = await broker.consume(OCR, take, 1)
    for number in range(3):
        async with raw_channel(rabbitmq_url) as channel:
            await channel.queue_delete(OCR)
        await broker.send(OCR, message(str(number)))
        incoming = await asyncio.wait_for(worked.get(), LONG)
        assert incoming.message.body == str(number).encode()
    assert consumer.alive


async def test_questions_leave_nothing_behind(open_rabbit: OpenBroker) -> None:
    broker = await open_rabbit()

    def channels_remembered() -> int:
        gc.collect()
        return sum(isinstance(it, OneShotCallback) for it in gc.get_objects())

    await broker.depth(OCR)
    before = channels_remembered()
    for _ in range(20):
        assert await broker.depth(OCR) == 0
        await broker.ping()
    assert channels_remembered() == before


async def test_a_question_about_a_queue_that_is_gone_spoils_no_other(
    open_rabbit: OpenBroker,
) -> None:
    broker = await open_rabbit()
    for _ in range(2):
        assert await broker.result_depth("docstage.results.gone") is None
        assert await broker.depth(OCR) == 0
        await broker.ping()


async def _ignore(incoming: Incoming) -> None:
    await incoming.ack()


async def test_a_queue_with_other_arguments_is_used_as_it_is(
    open_rabbit: OpenBroker, rabbitmq_url: str
) -> None:
    async with raw_channel(rabbitmq_url) as channel:
        await channel.queue_delete(OCR)
        limited = {"x-queue-type": "quorum", "x-max-length": 1000}
        await channel.declare_queue(OCR, durable=True, arguments=limited)
    broker, heard = await open_rabbit(), asyncio.Queue[Incoming]()
    consumer = await broker.consume(OCR, heard.put, 1)
    await broker.send(OCR, message("here"))
    async with asyncio.timeout(LONG):
        incoming = await heard.get()
    await incoming.ack()
    assert incoming.message.body == b"here"
    assert consumer.alive
    await broker.close()
    async with raw_channel(rabbitmq_url) as channel:
        await channel.queue_delete(OCR)
