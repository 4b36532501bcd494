"""Who wants to hear of events, and the record of telling them."""

from collections.abc import Sequence
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


class NoticeName(StrEnum):
    """What webhooks are told that is about no document."""

    SUBSCRIPTION_DISABLED = "subscription.disabled"
    TEST = "webhook.test"


Told = EventName | NoticeName
"""What a delivery may tell."""


class Wish(Protocol):
    """Which events somebody wants to hear of; empty lists mean all."""

    @property
    def events(self) -> Sequence[Told]:
        """Only these."""

    @property
    def types(self) -> list[str]:
        """Only of documents of these types, once their type is known."""


class FormerSecret(StoredModel):
    """A secret that was rotated out, and signs beside its successor for a while."""

    secret: str
    until: Timestamp


class DisabledReason(StrEnum):
    """Why we have given a webhook up: it answered 410, or failed for a whole schedule."""

    GONE = "gone"
    FAILING = "failing"


class Disabled(StoredModel):
    """That we have given a webhook up, since when, and what was the last straw."""

    at: Timestamp
    reason: DisabledReason
    detail: str = ""


class Subscription(Record):
    """A webhook of a workspace. ``secret`` is ``whsec_…``; see ``Wish`` for the filters.

    ``disabled`` says why it is not ``enabled``, unless a person has paused it. With ``ordered``
    an event of a document waits until those before it have been delivered or given up.
    """

    workspace: str
    url: str
    secret: str
    former: list[FormerSecret] = Field(default_factory=list)
    events: list[Told] = Field(default_factory=list)
    types: list[str] = Field(default_factory=list)
    enabled: bool = True
    disabled: Disabled | None = None
    ordered: bool = False

    @property
    def is_failing(self) -> bool:
        """Whether it was given up, and may come back: what it is to hear is kept for it."""
        return self.disabled is not None and self.disabled.reason is DisabledReason.FAILING


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
    MAIL = "mail"
    HANDSHAKE = "handshake"


def delivery_id(event: str, subscription: str) -> str:
    """The id of the one delivery of an event to a subscription."""
    return derived_id("delivery", event, subscription)


class DeliveryAttempt(StoredModel):
    """One try: the HTTP status, or the problem when there was no answer.

    ``answer`` is how the answer's text began.
    """

    at: Timestamp
    status: int | None = None
    problem: Problem | None = None
    milliseconds: int = 0
    retry_after: float | None = None
    answer: str = ""


class Delivery(Aggregate):
    """The aggregate of the notify stage: one event for one subscription.

    ``subscription`` is the id of a webhook or result queue, and of nothing for callbacks,
    which a document brings itself. ``payload`` is the JSON body exactly as sent, but for the
    link that a message ``without_fields`` and the timestamp that a REST hook's is given when it
    is sent. ``log`` keeps the newest attempts. ``since`` is when its present tries began,
    ``due`` when the next one is planned, ``missed`` how many seconds in all those before were
    late, as nobody was there to make them. ``replay`` is the last replay that it was part of. A
    handshake tells of no event: ``document`` and ``event`` are empty then. What is told of no
    document has no ``document``.
    """

    kind: DeliveryKind = DeliveryKind.WEBHOOK
    document: str
    event: str
    event_name: Told | None
    sequence: int
    subscription: str
    payload: str
    without_fields: bool = False
    recipient: str = ""
    work: Work = Field(default_factory=Work)
    log: list[DeliveryAttempt] = Field(default_factory=list)
    attempts_made: int = 0
    since: Timestamp | None = None
    due: Timestamp | None = None
    missed: float = 0.0
    replay: str | None = None

    @property
    def is_test(self) -> bool:
        """Whether a person only wants to see whether it arrives."""
        return self.event_name is NoticeName.TEST
