"""RabbitMQ, by aio-pika: see ``broker`` for the whole, ``link`` for how it survives."""

from shared.broker.rabbitmq.broker import RabbitBroker

__all__ = ["RabbitBroker"]
