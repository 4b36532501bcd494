"""Who wants to hear of events, and the record of telling them."""

from enum import StrEnum
from typing import Protocol

from pydantic import Field

from shared.models.base import Record, StoredModel
from shared.models.document import EventName
from shared.models.ids import derived_id
from shared.models.outbox import Aggregate
from shared.models.time import Timestamp
from shared.models.work import Problem, Work

MAX_SUBSCRIPTIONS = 100
"""Webhooks of a workspace, and result queues of an organization."""


class Wish(Protocol):
    """Which events somebody wants to hear of; empty lists mean all."""

    @property
    def events(self) -> list[EventName]:
        """Only these."""

    @property
    def types(self) -> list[str]:
        """Only of documents of these types, once their type is known."""


class Subscription(Record):
    """A webhook of a workspace. ``secret`` is ``whsec_…``; see ``Wish`` for the filters."""

    workspace: str
    url: str
    secret: str
    events: list[EventName] = Field(default_factory=list)
    types: list[str] = Field(default_factory=list)
    enabled: bool = True


class QueueMode(StrEnum):
    """How a result queue's messages reach their reader.

    ``push``: published to RabbitMQ, done with when the broker confirms. ``pull``: kept until
    the reader, who fetches them over HTTP, acknowledges.
    """

    PUSH = "push"
    PULL = "pull"


class ResultQueue(Record):
    """A named result queue of an organization, or of one of its workspaces.

    ``max_length`` (messages) and ``max_age`` (seconds) bound what waits in it: the oldest
    goes first. See ``Wish`` for the filters.
    """

    name: str
    workspace: str | None = None
    mode: QueueMode
    events: list[EventName] = Field(default_factory=list)
    types: list[str] = Field(default_factory=list)
    max_length: int
    max_age: int


class DeliveryKind(StrEnum):
    """Over which way a delivery goes; ``push`` and ``pull`` are those of result queues.

    ``handshake`` asks the receiver of a REST hook whether it wants what ``resthook`` brings.
    """

    WEBHOOK = "webhook"
    PUSH = "push"
    PULL = "pull"
    CALLBACK = "callback"
    RESTHOOK = "resthook"
    HANDSHAKE = "handshake"


def delivery_id(event: str, subscription: str) -> str:
    """The id of the one delivery of an event to a subscription."""
    return derived_id("delivery", event, subscription)


class DeliveryAttempt(StoredModel):
    """One try: the HTTP status, or the problem when there was no answer."""

    at: Timestamp
    status: int | None = None
    problem: Problem | None = None
    milliseconds: int = 0
    retry_after: float | None = None


class Delivery(Aggregate):
    """The aggregate of the notify stage: one event for one subscription.

    ``subscription`` is the id of a webhook or result queue, and of nothing for callbacks,
    which a document brings itself. ``payload`` is the JSON body exactly as sent, but for the
    link that a message ``without_fields`` and the timestamp that a REST hook's is given when it
    is sent. ``log`` keeps the newest attempts. A handshake tells of no event: ``document`` and
    ``event`` are empty then.
    """

    kind: DeliveryKind = DeliveryKind.WEBHOOK
    document: str
    event: str
    event_name: EventName | None
    sequence: int
    subscription: str
    payload: str
    without_fields: bool = False
    work: Work = Field(default_factory=Work)
    log: list[DeliveryAttempt] = Field(default_factory=list)
    attempts_made: int = 0
