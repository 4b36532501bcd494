"""What can be done to a webhook: test, enable, rotate its secret, replay what it missed."""

from datetime import timedelta

from aiohttp import web

from services.ingest.parts import IngestParts, path_id
from services.ingest.resources.delivery_views import delivery_view
from services.ingest.resources.subscription_models import (
    DeliveryView,
    SecretRotation,
    SecretSubscriptionView,
    SubscriptionView,
    WebhookReplay,
    WebhookReplayed,
)
from services.ingest.resources.subscription_views import (
    secret_answer,
    subscription_views,
)
from services.ingest.subscriptions import Subscriptions
from services.ingest.webhooks import Range, Webhooks
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation
from shared.models.delivery import Subscription
from shared.models.tenancy import Scope
from shared.models.time import to_milliseconds

_ONE = "/subscriptions/{id}"


class WebhookActions:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._webhooks = Webhooks(parts.store, parts.outbox)
        self._records = Subscriptions(parts.store, parts.settings)

    async def test(self, request: web.Request) -> web.Response:
        """Send a test; also to one that is not enabled."""
        delivery = await self._webhooks.test(await self._subscription(request))
        return json_answer(delivery_view(delivery), status=201)

    async def enable(self, request: web.Request) -> web.Response:
        """Send to it again."""
        stored = await self._webhooks.enable(principal_of(request).tenant, path_id(request))
        (view,) = await subscription_views(self._parts.store, [stored])
        return json_answer(view)

    async def rotate(self, request: web.Request) -> web.Response:
        """A new secret; the old one signs beside it for a while."""
        wish = SecretRotation()
        if request.can_read_body:
            wish = await json_body(request, SecretRotation)
        tenant, overlap = principal_of(request).tenant, timedelta(seconds=wish.overlap)
        return secret_answer(await self._records.rotate(tenant, path_id(request), overlap))

    async def replay(self, request: web.Request) -> web.Response:
        """Send stored deliveries once more."""
        subscription = await self._subscription(request)
        wish = await json_body(request, WebhookReplay)
        if not subscription.enabled:
            raise Permanent(Code.CONFLICT, "The webhook is not enabled.")
        meant = Range(
            replay=wish.id,
            start=to_milliseconds(wish.start),
            end=to_milliseconds(wish.end) if wish.end else None,
            events=frozenset(wish.events),
            only_failed=wish.only == "failed",
            per_second=wish.per_second,
        )
        done = await self._webhooks.replay(subscription, meant, principal_of(request).key)
        return json_answer(
            WebhookReplayed(
                id=wish.id, replayed=done.count, until=done.until, more=done.more, next=done.last
            )
        )

    async def _subscription(self, request: web.Request) -> Subscription:
        found = await self._records.of(principal_of(request).tenant).get(path_id(request))
        if found is None:
            raise Permanent(Code.NOT_FOUND)
        return found


def webhook_action_operations(parts: IngestParts) -> list[Operation]:
    """The table."""
    api = WebhookActions(parts)
    return [
        Operation(
            method="POST",
            path=f"{_ONE}/rotate",
            handle=api.rotate,
            name="rotateSubscriptionSecret",
            summary="A new signing secret; the old one signs beside it for a day",
            tag="webhooks",
            scope=Scope.ADMIN,
            body=Body(SecretRotation, required=False),
            answers={200: Answer("the webhook with its secret", SecretSubscriptionView)},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="POST",
            path=f"{_ONE}/test",
            handle=api.test,
            name="testSubscription",
            summary="Send a test event",
            tag="webhooks",
            scope=Scope.ADMIN,
            answers={201: Answer("the delivery of the test, to be looked at", DeliveryView)},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="POST",
            path=f"{_ONE}/enable",
            handle=api.enable,
            name="enableSubscription",
            summary="Send to a webhook again",
            tag="webhooks",
            scope=Scope.ADMIN,
            answers={200: Answer("the webhook", SubscriptionView)},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="POST",
            path=f"{_ONE}/replay",
            handle=api.replay,
            name="replaySubscription",
            summary="Send again what a webhook was, or should have been, sent",
            tag="webhooks",
            scope=Scope.ADMIN,
            body=Body(WebhookReplay),
            answers={200: Answer("what will be sent", WebhookReplayed)},
            errors=(Code.NOT_FOUND, Code.CONFLICT),
        ),
    ]
