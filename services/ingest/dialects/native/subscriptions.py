"""Subscriptions: a workspace's webhooks; a secret is shown when it is made or rotated."""

from aiohttp import web

from services.ingest import subscriptions as webhooks
from services.ingest.parts import IngestParts, path_id
from services.ingest.resources.subscription_models import (
    NewSubscription,
    SecretSubscriptionView,
    SubscriptionChange,
    SubscriptionList,
    SubscriptionView,
)
from services.ingest.resources.subscription_views import (
    secret_answer,
    subscription_views,
)
from services.ingest.webhooks import enabled
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.delivery import Subscription
from shared.models.tenancy import Scope
from shared.store.port import Query, Repository

_ONE = "/subscriptions/{id}"
_VIEW = Answer("the webhook", SubscriptionView)
_SECRET_VIEW = Answer("the webhook with its secret", SecretSubscriptionView)
_WORKSPACE = Parameter("workspace", "only this workspace, by id")


class Subscriptions:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._webhooks = webhooks.Subscriptions(parts.store, parts.settings)

    async def list(self, request: web.Request) -> web.Response:
        """The webhooks of the workspaces that the key reaches."""
        workspace = request.query.get("workspace", "")
        filters = {"workspace": workspace} if workspace else {}
        asked = self._parts.pager.asked(request, principal_of(request), filters)
        page = await self._parts.pager.page(asked, self._records(request), Query(filters))
        views = await subscription_views(self._parts.store, page.rows)
        return page.answer(SubscriptionList(subscriptions=views))

    async def create(self, request: web.Request) -> web.Response:
        """One more webhook of a workspace."""
        wish = await json_body(request, NewSubscription)
        made = await self._webhooks.add(principal_of(request), wish.wish())
        return secret_answer(made, status=201)

    async def get(self, request: web.Request) -> web.Response:
        """One webhook."""
        subscription = await self._records(request).get(path_id(request))
        if subscription is None:
            raise Permanent(Code.NOT_FOUND)
        (view,) = await subscription_views(self._parts.store, [subscription])
        return json_answer(view)

    async def change(self, request: web.Request) -> web.Response:
        """Another address or choice of events; pause or resume."""
        wish = await json_body(request, SubscriptionChange)

        def step(current: Subscription) -> Subscription:
            subscription = enabled(current) if wish.enabled else current
            return subscription.copy_with(
                url=wish.url or subscription.url,
                events=subscription.events if wish.events is None else wish.events,
                types=subscription.types if wish.types is None else wish.types,
                enabled=subscription.enabled if wish.enabled is None else wish.enabled,
                ordered=subscription.ordered if wish.ordered is None else wish.ordered,
            )

        tenant = principal_of(request).tenant
        stored = await self._webhooks.change(tenant, path_id(request), step)
        (view,) = await subscription_views(self._parts.store, [stored])
        return json_answer(view)

    async def delete(self, request: web.Request) -> web.Response:
        """Remove a webhook; its deliveries under way end as gone."""
        await self._webhooks.remove(principal_of(request).tenant, path_id(request))
        return web.Response(status=204)

    def _records(self, request: web.Request) -> Repository[Subscription]:
        return self._webhooks.of(principal_of(request).tenant)


def subscription_operations(parts: IngestParts) -> list[Operation]:
    """The table."""
    api = Subscriptions(parts)
    return [*_looks(api), *_changes(api)]


def _looks(api: Subscriptions) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path="/subscriptions",
            handle=api.list,
            name="listSubscriptions",
            summary="List webhooks",
            tag="webhooks",
            scope=Scope.READ,
            parameters=(_WORKSPACE,),
            answers={200: Answer("a page of webhooks", SubscriptionList)},
            paged=True,
        ),
        Operation(
            method="GET",
            path=_ONE,
            handle=api.get,
            name="getSubscription",
            summary="One webhook",
            tag="webhooks",
            scope=Scope.READ,
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _changes(api: Subscriptions) -> list[Operation]:
    return [
        Operation(
            method="POST",
            path="/subscriptions",
            handle=api.create,
            name="createSubscription",
            summary="Add a webhook to a workspace",
            tag="webhooks",
            scope=Scope.ADMIN,
            body=Body(NewSubscription),
            answers={201: _SECRET_VIEW},
            errors=(Code.CONFLICT, Code.UNKNOWN_WORKSPACE, Code.TARGET_BLOCKED),
        ),
        Operation(
            method="PATCH",
            path=_ONE,
            handle=api.change,
            name="changeSubscription",
            summary="Change, pause or resume a webhook",
            tag="webhooks",
            scope=Scope.ADMIN,
            body=Body(SubscriptionChange),
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND, Code.TARGET_BLOCKED),
        ),
        Operation(
            method="DELETE",
            path=_ONE,
            handle=api.delete,
            name="deleteSubscription",
            summary="Remove a webhook",
            tag="webhooks",
            scope=Scope.ADMIN,
            answers={204: Answer("removed")},
            errors=(Code.NOT_FOUND,),
        ),
    ]
