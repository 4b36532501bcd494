"""Asking RabbitMQ whether it lets us in, without declaring anything."""

from dataclasses import dataclass

import aio_pika
from aio_pika.exceptions import ChannelClosed

from shared.broker.rabbitmq.link import own_cancellation_only
from shared.broker.topology import QUARANTINE_QUEUE


@dataclass(frozen=True, slots=True)
class BrokerSeen:
    """The server's version, empty if it does not say, and how much lies in the quarantine."""

    version: str
    quarantined: int


async def probe_broker(url: str) -> BrokerSeen:
    """Log in, look and log out; raises whatever its driver does."""
    with own_cancellation_only():
        connection = await aio_pika.connect(url, client_properties={"connection_name": "probe"})
        async with connection:
            transport = connection.transport
            properties = getattr(getattr(transport, "connection", None), "server_properties", {})
            version = str(properties.get("version", ""))
            return BrokerSeen(version, await _depth(connection, QUARANTINE_QUEUE))


async def _depth(connection: aio_pika.abc.AbstractConnection, queue: str) -> int:
    channel = await connection.channel()
    try:
        found = await channel.declare_queue(queue, passive=True)
    except ChannelClosed:  # there is no such queue before the first start
        return 0
    return found.declaration_result.message_count or 0
