"""Choose the broker's adapter by its URL."""

from shared.broker.memory import MemoryBroker
from shared.broker.port import Broker


def is_memory(url: str) -> bool:
    """Whether the URL names the broker inside the process, which no other process sees."""
    return url.startswith("memory:")


def connect_broker(url: str) -> Broker:
    """The broker for ``memory://`` or ``amqp://…``, ``amqps://…``; not opened yet.

    Raises:
        ValueError: no adapter has this scheme.
    """
    if is_memory(url):
        return MemoryBroker()
    if url.startswith(("amqp://", "amqps://")):
        from shared.broker.rabbitmq import RabbitBroker  # noqa: PLC0415 - only who uses it waits for its import

        return RabbitBroker(url)
    raise ValueError("a broker URL begins with memory://, amqp:// or amqps://")
