"""Asking RabbitMQ whether it lets us in, without declaring anything."""

import aio_pika

from shared.broker.rabbitmq.link import own_cancellation_only


async def probe_broker(url: str) -> str:
    """Log in and out; gives the server's version, empty if it does not say.

    Raises whatever its driver does.
    """
    with own_cancellation_only():
        connection = await aio_pika.connect(url, client_properties={"connection_name": "probe"})
        async with connection:
            transport = connection.transport
            properties = getattr(getattr(transport, "connection", None), "server_properties", {})
            return str(properties.get("version", ""))
