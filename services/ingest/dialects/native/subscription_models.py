"""What the native API says of subscriptions and deliveries."""

from pydantic import Field

from shared.models.base import Model
from shared.models.delivery import DeliveryAttempt, DeliveryKind
from shared.models.document import EventName
from shared.models.time import Timestamp
from shared.models.work import Problem, WorkState

_URL = Field(min_length=8, max_length=2048, description="http or https, on a public address")


class SubscriptionView(Model):
    """A webhook of a workspace; its secret cannot be shown again.

    No events or types means all; a type is known from ``document.classified`` on.
    """

    id: str
    workspace: str
    url: str
    events: list[EventName]
    types: list[str]
    enabled: bool
    created: Timestamp
    updated: Timestamp
    links: dict[str, str]


class SecretSubscriptionView(SubscriptionView):
    """A webhook with its signing secret, this once."""

    secret: str = Field(description="whsec_… as Standard Webhooks has it")


class SubscriptionList(Model):
    """Subscriptions, newest first."""

    subscriptions: list[SubscriptionView]


class NewSubscription(Model):
    """A webhook to be; ``workspace`` is an id or a name, absent for the default one."""

    url: str = _URL
    workspace: str | None = None
    events: list[EventName] = Field(default_factory=list)
    types: list[str] = Field(default_factory=list, max_length=100)
    enabled: bool = True


class SubscriptionChange(Model):
    """What to change; what is absent stays."""

    url: str | None = Field(default=None, min_length=8, max_length=2048)
    events: list[EventName] | None = None
    types: list[str] | None = Field(default=None, max_length=100)
    enabled: bool | None = None


class DeliveryView(Model):
    """One event for one receiver, or a handshake with one. ``log`` has the newest tries.

    ``recipient`` is the beginning and the domain of an address that is told by mail.
    """

    id: str
    workspace: str
    document: str
    kind: DeliveryKind
    subscription: str
    recipient: str | None = None
    event: str
    event_name: EventName | None
    sequence: int
    state: WorkState
    attempts: int
    next_attempt: Timestamp | None
    problem: Problem | None
    log: list[DeliveryAttempt]
    created: Timestamp
    updated: Timestamp
    links: dict[str, str]


class DeliveryList(Model):
    """Deliveries, newest first."""

    deliveries: list[DeliveryView]
