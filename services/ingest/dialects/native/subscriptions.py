"""Subscriptions: a workspace's webhooks; a secret is shown when it is made or rotated."""

from aiohttp import web

from services.ingest.changes import change
from services.ingest.dialects.native.context import NativeParts, path_id
from services.ingest.dialects.native.orders import find_workspace
from services.ingest.dialects.native.subscription_models import (
    NewSubscription,
    SecretSubscriptionView,
    SubscriptionChange,
    SubscriptionList,
    SubscriptionView,
)
from services.ingest.dialects.native.subscription_views import (
    new_secret,
    secret_answer,
    subscription_views,
)
from services.ingest.webhooks import enabled
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.http.targets import TargetPolicy
from shared.models.delivery import MAX_SUBSCRIPTIONS, Subscription
from shared.models.endpoint import endpoint_id
from shared.models.tenancy import Scope
from shared.store.collections import ENDPOINTS, SUBSCRIPTIONS
from shared.store.port import Query, Repository

_ONE = "/subscriptions/{id}"
_VIEW = Answer("the webhook", SubscriptionView)
_SECRET_VIEW = Answer("the webhook with its secret", SecretSubscriptionView)
_WORKSPACE = Parameter("workspace", "only this workspace, by id")


class Subscriptions:
    """The handlers and what they work with."""

    def __init__(self, parts: NativeParts) -> None:
        self._parts = parts
        settings = parts.settings
        self._policy = TargetPolicy(settings.allow_private_targets, settings.deny_targets)

    async def list(self, request: web.Request) -> web.Response:
        """The webhooks of the workspaces that the key reaches."""
        workspace = request.query.get("workspace", "")
        filters = {"workspace": workspace} if workspace else {}
        asked = self._parts.pager.asked(request, principal_of(request), filters)
        page = await self._parts.pager.page(asked, self._records(request), Query(filters))
        views = await subscription_views(self._parts.store, page.rows)
        return page.answer(SubscriptionList(subscriptions=views))

    async def create(self, request: web.Request) -> web.Response:
        """One more webhook of a workspace; two to one address would be a mistake."""
        principal = principal_of(request)
        wish = await json_body(request, NewSubscription)
        self._policy.check_url(wish.url)
        workspace = await find_workspace(self._parts, principal, wish.workspace or "")
        subscription = Subscription(
            organization=principal.organization,
            workspace=workspace.id,
            url=wish.url,
            secret=new_secret(),
            events=wish.events,
            types=wish.types,
            enabled=wish.enabled,
            ordered=wish.ordered,
        )
        records = self._records(request)
        beside = await records.page(Query({"workspace": workspace.id}), None, MAX_SUBSCRIPTIONS)
        if any(it.url == wish.url for it in beside):
            raise Permanent(Code.CONFLICT, "The workspace has a webhook to this address already.")
        if len(beside) >= MAX_SUBSCRIPTIONS:
            raise Permanent(Code.CONFLICT, f"The workspace has {MAX_SUBSCRIPTIONS} webhooks.")
        await records.insert(subscription)
        return secret_answer(subscription, status=201)

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
        if wish.url is not None:
            self._policy.check_url(wish.url)

        def step(current: Subscription) -> Subscription:
            subscription = enabled(current) if wish.enabled else current
            return subscription.copy_with(
                url=wish.url or subscription.url,
                events=subscription.events if wish.events is None else wish.events,
                types=subscription.types if wish.types is None else wish.types,
                enabled=subscription.enabled if wish.enabled is None else wish.enabled,
                ordered=subscription.ordered if wish.ordered is None else wish.ordered,
            )

        stored = await change(self._records(request), path_id(request), step)
        (view,) = await subscription_views(self._parts.store, [stored])
        return json_answer(view)

    async def delete(self, request: web.Request) -> web.Response:
        """Remove a webhook; its deliveries under way end as gone."""
        principal, identity = principal_of(request), path_id(request)
        if not await self._records(request).delete(identity):
            raise Permanent(Code.NOT_FOUND)
        endpoints = self._parts.store.of(principal.tenant, ENDPOINTS)
        await endpoints.delete(endpoint_id(principal.organization, identity))
        return web.Response(status=204)

    def _records(self, request: web.Request) -> Repository[Subscription]:
        return self._parts.store.of(principal_of(request).tenant, SUBSCRIPTIONS)


def subscription_operations(parts: NativeParts) -> list[Operation]:
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
