"""What the native API says of subscriptions and deliveries."""

from typing import Literal

from pydantic import AwareDatetime, Field

from services.ingest.subscriptions import WebhookWish
from shared.models.base import Model
from shared.models.delivery import DeliveryAttempt, DeliveryKind, Disabled, Told
from shared.models.ids import new_id
from shared.models.time import Timestamp
from shared.models.work import Problem, WorkState

_ORDERED = "an event of a document waits until those before it were delivered or given up"
_URL = Field(min_length=8, max_length=2048, description="http or https, on a public address")


class SubscriptionView(Model):
    """A webhook of a workspace; its secret cannot be shown again.

    No events or types means all; a type is known from ``document.classified`` on. ``disabled``
    is why we have given it up. It has answered nothing well since ``failing_since``; nothing is
    sent before ``resting_until``. Secrets that were rotated out sign until ``former_until``.
    """

    id: str
    workspace: str
    url: str
    events: list[Told]
    types: list[str]
    enabled: bool
    ordered: bool
    disabled: Disabled | None
    failing_since: Timestamp | None
    resting_until: Timestamp | None
    former_until: Timestamp | None
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
    events: list[Told] = Field(default_factory=list)
    types: list[str] = Field(default_factory=list, max_length=100)
    enabled: bool = True
    ordered: bool = Field(default=False, description=_ORDERED)

    def wish(self) -> WebhookWish:
        """The same for who carries it out."""
        return WebhookWish(
            url=self.url,
            workspace=self.workspace or "",
            events=tuple(self.events),
            types=tuple(self.types),
            enabled=self.enabled,
            ordered=self.ordered,
        )


class SubscriptionChange(Model):
    """What to change; what is absent stays."""

    url: str | None = Field(default=None, min_length=8, max_length=2048)
    events: list[Told] | None = None
    types: list[str] | None = Field(default=None, max_length=100)
    enabled: bool | None = None
    ordered: bool | None = Field(default=None, description=_ORDERED)


class SecretRotation(Model):
    """How long the present secret is to sign beside the new one."""

    overlap: int = Field(
        default=86_400, ge=0, le=7 * 86_400, description="seconds; 0: it is void at once"
    )


class WebhookReplay(Model):
    """Which deliveries to make once more: those created from ``start`` up to ``end``.

    Give the ``id`` of the answer again to go on, or to be sure: what has been part of that replay
    is not sent again by it.
    """

    start: AwareDatetime
    end: AwareDatetime | None = None
    events: list[Told] = Field(default_factory=list, max_length=50)
    only: Literal["failed", "all"] = "failed"
    per_second: float = Field(default=10, ge=0.1, le=100)
    id: str = Field(default_factory=new_id, min_length=1, max_length=64)


class WebhookReplayed(Model):
    """How many will be sent, the last at ``until``. With ``more``, ask again from ``next`` on."""

    id: str
    replayed: int
    until: Timestamp | None
    more: bool
    next: Timestamp | None


class DeliveryView(Model):
    """One event for one receiver, or a handshake with one. ``log`` has the newest tries.

    ``recipient`` is the beginning and the domain of an address that is told by mail, ``replay``
    the id of the last replay that it was part of.
    """

    id: str
    workspace: str
    document: str
    kind: DeliveryKind
    subscription: str
    recipient: str | None = None
    event: str
    event_name: Told | None
    sequence: int
    state: WorkState
    attempts: int
    next_attempt: Timestamp | None
    problem: Problem | None
    log: list[DeliveryAttempt]
    replay: str | None
    created: Timestamp
    updated: Timestamp
    links: dict[str, str]


class DeliveryList(Model):
    """Deliveries, newest first."""

    deliveries: list[DeliveryView]
