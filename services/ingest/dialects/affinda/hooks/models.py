"""Subscriptions as this dialect tells of them."""

from typing import Literal

from pydantic import Field

from services.ingest.dialects.affinda.wire import WireModel

Version = Literal["v1", "v2", "v3"]


class OwnerView(WireModel):
    """The organization that a subscription is of."""

    identifier: str
    name: str
    user_role: str | None = None
    is_trial: bool = False


class HookedWorkspaceView(WireModel):
    """The workspace whose documents a subscription is about."""

    identifier: str
    name: str
    organization: OwnerView


class SubscriptionV2View(WireModel):
    """A subscription, as version 2 has it. It is active once its receiver has said so."""

    id: int
    event: str
    target_url: str
    active: bool
    auto_deactivated: bool
    auto_deactivate_reason: str
    version: str


class SubscriptionView(SubscriptionV2View):
    """A subscription of an organization, or of one of its workspaces."""

    organization: OwnerView | None
    workspace: HookedWorkspaceView | None


class SubscriptionPage(WireModel):
    """Some of the subscriptions."""

    count: int | None
    next: str | None
    previous: str | None
    results: list[SubscriptionView]


class SubscriptionV2Page(WireModel):
    """Some of the subscriptions, as version 2 has them."""

    count: int | None
    next: str | None
    previous: str | None
    results: list[SubscriptionV2View]


class SubscriptionChange(WireModel):
    """What is to be changed; what is not given stays."""

    event: str | None = None
    organization: str | None = None
    workspace: str | None = None
    version: Version | None = None


class SubscriptionWish(SubscriptionChange):
    """A subscription to be: of a workspace, an organization, or of all that the key reaches."""

    target_url: str = Field(min_length=8, max_length=2048)
    event: str
