"""Declare the topology: alike by every service, as often as one likes.

Our own queues carry ``x-queue-type`` and nothing else: other arguments cannot be changed later
without deleting the queue, so limits, dead lettering and timeouts are policies. The limits of
a result queue are its maker's and never change, so they are arguments.
"""

from collections.abc import Sequence
from typing import Literal

import structlog
from aio_pika import Channel, ExchangeType
from aio_pika.abc import AbstractExchange, AbstractQueue
from aiormq.exceptions import ChannelPreconditionFailed

from shared.broker.rabbitmq.link import wire_of
from shared.broker.topics import matches
from shared.broker.topology import (
    EVENTS_EXCHANGE,
    MAX_RESULT_BYTES,
    QUEUES,
    QueueSpec,
    ResultQueueSpec,
)

log = structlog.get_logger("docstage.broker")

QueueKind = Literal["quorum", "classic"]
"""``quorum`` everywhere but where the two are compared: its messages outlive a lost node."""

_SPECS = {spec.name: spec for spec in QUEUES}


def queue_spec(name: str) -> QueueSpec:
    """The queue of that name.

    Raises:
        ValueError: the topology has none.
    """
    if name not in _SPECS:
        raise ValueError("there is no such queue in the topology")
    return _SPECS[name]


def is_bound(routing_key: str, *, event: bool) -> bool:
    """Whether the topology has a place for what is published so."""
    if not event:
        return routing_key in _SPECS
    return any(spec.binding is not None and matches(spec.binding, routing_key) for spec in QUEUES)


async def declare_events(channel: Channel) -> AbstractExchange:
    """The exchange that events are announced on."""
    return await channel.declare_exchange(EVENTS_EXCHANGE, ExchangeType.TOPIC, durable=True)


async def declare_queue(channel: Channel, spec: QueueSpec, kind: QueueKind) -> AbstractQueue:
    """A queue, with its binding; one that is there with other arguments is used as it is.

    Another version, or an operator, has made it so: to insist would end the channel, each time,
    and so the service, until all messages in the queue are gone.
    """
    await _make(channel, spec.name, {"x-queue-type": kind})
    queue = await channel.declare_queue(spec.name, passive=True)
    if spec.binding is not None:
        await queue.bind(await declare_events(channel), routing_key=spec.binding)
    return queue


async def _make(channel: Channel, name: str, arguments: dict[str, str]) -> None:
    # On a channel of its own, as a refusal closes the channel.
    wire = await (await wire_of(channel)).connection.channel()
    try:
        await wire.queue_declare(name, durable=True, arguments=dict(arguments))
    except ChannelPreconditionFailed:
        log.warning("broker.queue_differs", queue=name)
        return
    await wire.close()


async def declare_result_queue(channel: Channel, spec: ResultQueueSpec) -> None:
    """A tenant's queue; what exceeds its limits is dropped from its head."""
    await channel.declare_queue(
        spec.name,
        durable=True,
        arguments={
            "x-queue-type": "quorum",
            "x-overflow": "drop-head",
            "x-max-length": spec.max_length,
            "x-max-length-bytes": MAX_RESULT_BYTES,
            "x-message-ttl": spec.max_age * 1000,
        },
    )


async def declare_listener(channel: Channel, name: str, topics: Sequence[str]) -> AbstractQueue:
    """A queue that only this connection sees and that ends with its consumer."""
    queue = await channel.declare_queue(
        name, exclusive=True, auto_delete=True, arguments={"x-queue-type": "classic"}
    )
    events = await declare_events(channel)
    for topic in topics:
        await queue.bind(events, routing_key=topic)
    return queue


async def declare_topology(channel: Channel, kind: QueueKind) -> None:
    """Everything."""
    await declare_events(channel)
    for spec in QUEUES:
        await declare_queue(channel, spec, kind)
