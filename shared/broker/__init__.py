"""The broker port and its adapters: RabbitMQ, and queues inside the process."""
