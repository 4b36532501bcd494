"""What every broker does with result queues: see shared/broker/port.py."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import aio_pika
import pytest
from aio_pika.exceptions import QueueEmpty

from shared.broker.port import Broker, Message
from shared.broker.topology import EVENTS_QUEUE, ResultQueueSpec, result_queue_name
from tests.contracts.conftest import OpenBroker

CLOUD_EVENT = "application/cloudevents+json"


def message(text: str) -> Message:
    return Message(uuid4().hex, text.encode(), content_type=CLOUD_EVENT)


def spec(max_length: int = 100, max_age: int = 60) -> ResultQueueSpec:
    name = result_queue_name(uuid4().hex, "results")
    return ResultQueueSpec(name, max_length=max_length, max_age=max_age)


async def depth_becomes(broker: Broker, name: str, accept: Callable[[int | None], bool]) -> bool:
    """RabbitMQ counts with a little delay."""
    for _ in range(100):
        if accept(await broker.result_depth(name)):
            return True
        await asyncio.sleep(0.05)
    return False


async def test_a_queue_is_made_filled_and_removed(open_broker: OpenBroker) -> None:
    broker, other, ours, theirs = await open_broker(), await open_broker(), spec(), spec()
    assert await broker.result_depth(ours.name) is None
    for _ in range(2):  # as often as one likes
        await broker.declare_result_queue(ours)
        await other.declare_result_queue(theirs)
    for number in range(3):
        await broker.send_result(ours, message(str(number)))
    assert await depth_becomes(other, ours.name, lambda it: it == 3)
    assert await other.result_depth(theirs.name) == 0
    await other.delete_result_queue(ours.name)
    await other.delete_result_queue(ours.name)
    assert await broker.result_depth(ours.name) is None
    assert await broker.result_depth(theirs.name) == 0
    await broker.delete_result_queue(theirs.name)


async def test_a_queue_that_was_lost_is_made_again(open_broker: OpenBroker) -> None:
    broker, ours = await open_broker(), spec()
    await broker.send_result(ours, message("first"))
    await broker.delete_result_queue(ours.name)
    await broker.send_result(ours, message("again"))
    assert await depth_becomes(broker, ours.name, lambda it: it == 1)
    assert await broker.depth(EVENTS_QUEUE) == 0
    await broker.delete_result_queue(ours.name)


async def test_a_full_queue_takes_the_newest_and_refuses_nothing(open_broker: OpenBroker) -> None:
    broker, ours = await open_broker(), spec(max_length=2)
    await broker.declare_result_queue(ours)
    for number in range(5):
        await broker.send_result(ours, message(str(number)))
    assert await depth_becomes(broker, ours.name, lambda it: it == 2)
    await broker.delete_result_queue(ours.name)


@pytest.mark.services
async def test_messages_come_durable_as_cloud_events_and_go_when_they_are_old(
    open_rabbit: OpenBroker, rabbitmq_url: str
) -> None:
    broker, lasting, passing = await open_rabbit(), spec(), spec(max_age=1)
    sent = message('{"ü": "€"}')
    for one in (lasting, passing):
        await broker.send_result(one, sent)
    assert await depth_becomes(broker, passing.name, lambda it: it == 0), "it was too old"
    async with await aio_pika.connect(rabbitmq_url) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue(lasting.name)
        received = await queue.get()
        assert (received.body, received.content_type) == (sent.body, CLOUD_EVENT)
        assert received.delivery_mode is aio_pika.DeliveryMode.PERSISTENT
        await received.ack()
        with pytest.raises(QueueEmpty):
            await queue.get()
    for one in (lasting, passing):
        await broker.delete_result_queue(one.name)
