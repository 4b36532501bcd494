"""What the native API says of result queues."""

from pydantic import Field

from services.ingest.result_queues import QueueWish
from shared.models.base import Model
from shared.models.delivery import QueueMode
from shared.models.document import EventName
from shared.models.result_message import ResultMessage
from shared.models.time import Timestamp

_DAY = 24 * 60 * 60
MAX_MESSAGES = 100


class ResultQueueView(Model):
    """A result queue; no events or types means all, no workspace the whole organization.

    ``waiting`` counts messages, up to 10,000, where one queue is asked for.
    """

    id: str
    name: str
    workspace: str | None
    mode: QueueMode
    events: list[EventName]
    types: list[str]
    max_length: int
    max_age: int
    waiting: int | None = None
    created: Timestamp
    updated: Timestamp
    links: dict[str, str]


class AmqpAccess(Model):
    """Where a queue is read on RabbitMQ, with a user that can read it and nothing else.

    The password cannot be shown again. ``commands`` are for the operator to run first,
    where Docstage may not make users itself.
    """

    host: str
    port: int
    tls: bool
    virtual_host: str
    queue: str
    user: str
    password: str
    url: str
    commands: list[str]


class MadeResultQueueView(ResultQueueView):
    """A result queue with its access, this once; queues of mode ``pull`` have none."""

    amqp: AmqpAccess | None = None


class ResultQueueList(Model):
    """Result queues, newest first."""

    result_queues: list[ResultQueueView]


class NewResultQueue(Model):
    """A result queue to be; ``workspace`` is an id or a name, absent for all of them.

    Without ``mode`` it is ``push`` where there is a RabbitMQ, else ``pull``.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    workspace: str | None = None
    mode: QueueMode | None = None
    events: list[EventName] = Field(default_factory=list)
    types: list[str] = Field(default_factory=list, max_length=100)
    max_length: int = Field(default=100_000, ge=1, le=1_000_000, description="messages")
    max_age: int = Field(default=14 * _DAY, ge=60, le=30 * _DAY, description="seconds")

    def wish(self) -> QueueWish:
        """The same for who carries it out."""
        return QueueWish(
            name=self.name,
            max_length=self.max_length,
            max_age=self.max_age,
            workspace=self.workspace,
            mode=self.mode,
            events=tuple(self.events),
            types=tuple(self.types),
        )


class Messages(Model):
    """Messages for the reader, oldest first; CloudEvents 1.0."""

    messages: list[ResultMessage]


class Acknowledgement(Model):
    """What was received, by the messages' ids."""

    ack: list[str] = Field(min_length=1, max_length=1000)


class Acknowledged(Model):
    """``unknown`` are ids of messages that this queue never had."""

    acked: list[str]
    unknown: list[str]


class ReplayRequest(Model):
    """From when on; messages of that very moment are among them."""

    start: Timestamp = Field(alias="from")


class ReplayResult(Model):
    """How many were sent again; with ``more`` to come, ask again from ``next`` on."""

    replayed: int
    more: bool
    next: Timestamp | None
