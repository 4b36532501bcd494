"""The tables of subscriptions: the same six operations in both versions."""

from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.hooks.models import (
    SubscriptionChange,
    SubscriptionPage,
    SubscriptionV2Page,
    SubscriptionV2View,
    SubscriptionView,
    SubscriptionWish,
)
from services.ingest.dialects.affinda.hooks.subscriptions import Subscriptions
from services.ingest.resthooks import Resthooks
from shared.errors import Code
from shared.http.handshakes import HEADER, Handshakes
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.http.targets import TargetPolicy
from shared.models.tenancy import Scope

_ALL, _ONE = "/resthook_subscriptions", "/resthook_subscriptions/{id}"
_NUMBER = {"type": "integer", "minimum": 0}
_PART = (
    Parameter("offset", "how many to leave out", _NUMBER),
    Parameter("limit", "how many at most, up to 100", _NUMBER),
)
_SECRET = Parameter(HEADER, "the secret that the receiver was sent", place="header")
_TAG = "webhooks"


def hook_operations(parts: AffindaParts, *, places: bool) -> list[Operation]:
    """The table of one version; ``places`` are organizations and workspaces."""
    settings = parts.settings
    policy = TargetPolicy(settings.allow_private_targets, settings.deny_targets)
    resthooks = Resthooks(parts.store, parts.outbox, Handshakes(parts.secret), policy)
    api = Subscriptions(parts, resthooks, places=places)
    view = Answer("the subscription", SubscriptionView if places else SubscriptionV2View)
    version = "" if places else "V2"
    return [*_looks(api, view, version), *_changes(api, view, version)]


def _looks(api: Subscriptions, view: Answer, version: str) -> list[Operation]:
    page = SubscriptionV2Page if version else SubscriptionPage
    return [
        Operation(
            method="GET",
            path=_ALL,
            handle=api.list,
            name=f"getAllResthookSubscriptions{version}",
            summary="List subscriptions",
            tag=_TAG,
            scope=Scope.READ,
            parameters=_PART,
            answers={200: Answer("some of them", page)},
        ),
        Operation(
            method="GET",
            path=_ONE,
            handle=api.get,
            name=f"getResthookSubscription{version}",
            summary="One subscription",
            tag=_TAG,
            scope=Scope.READ,
            answers={200: view},
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _changes(api: Subscriptions, view: Answer, version: str) -> list[Operation]:
    return [
        Operation(
            method="POST",
            path=_ALL,
            handle=api.create,
            name=f"createResthookSubscription{version}",
            summary="Subscribe an address to an event; it is sent a secret",
            tag=_TAG,
            scope=Scope.ADMIN,
            body=Body(SubscriptionWish),
            answers={201: view},
            errors=(Code.CONFLICT, Code.NOT_FOUND),
        ),
        Operation(
            method="POST",
            path=f"{_ALL}/activate",
            handle=api.activate,
            name=f"activateResthookSubscription{version}",
            summary="Activate the subscription whose secret this is",
            tag=_TAG,
            scope=Scope.ADMIN,
            parameters=(_SECRET,),
            answers={200: view},
        ),
        Operation(
            method="PATCH",
            path=_ONE,
            handle=api.change,
            name=f"updateResthookSubscription{version}",
            summary="Change a subscription",
            tag=_TAG,
            scope=Scope.ADMIN,
            body=Body(SubscriptionChange),
            answers={200: view},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="DELETE",
            path=_ONE,
            handle=api.delete,
            name=f"deleteResthookSubscription{version}",
            summary="Remove a subscription",
            tag=_TAG,
            scope=Scope.ADMIN,
            answers={204: Answer("removed")},
            errors=(Code.NOT_FOUND,),
        ),
    ]
