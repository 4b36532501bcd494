"""Subscriptions: made, looked at, changed, and activated by their receivers."""

from collections.abc import Sequence

from aiohttp import web

from services.ingest.dialects.affinda.context import (
    AffindaParts,
    check_organization,
    named_workspace,
    organization_of,
)
from services.ingest.dialects.affinda.hooks.models import (
    HookedWorkspaceView,
    OwnerView,
    SubscriptionChange,
    SubscriptionV2View,
    SubscriptionView,
    SubscriptionWish,
)
from services.ingest.dialects.affinda.hooks.topics import TOPICS, Topic
from services.ingest.dialects.affinda.numbers import Kind
from services.ingest.dialects.affinda.wire import (
    Found,
    answer,
    asked_part,
    paged,
    path_number,
    read_body,
)
from services.ingest.resthooks import Resthooks
from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of
from shared.http.handshakes import HEADER
from shared.models.resthook import MAX_RESTHOOKS, Resthook
from shared.store.port import Query

_NEWEST = "v3"
_INACTIVE = "The subscription was deactivated."
View = SubscriptionV2View


class Subscriptions:
    """The handlers of one version; the second knows no organizations and workspaces."""

    def __init__(self, parts: AffindaParts, resthooks: Resthooks, *, places: bool) -> None:
        self._parts = parts
        self._resthooks = resthooks
        self._places = places

    async def list(self, request: web.Request) -> web.Response:
        """Those that the key reaches, the newest first."""
        principal, part = principal_of(request), asked_part(request)
        records = self._resthooks.of(principal.tenant)
        rows = await records.page(Query(), None, part.limit + 1, part.offset)
        count = await records.count(Query(), MAX_RESTHOOKS)
        views = await self._views(principal, rows[: part.limit])
        found = Found([*views], count, len(rows) > part.limit)
        return answer(paged(request, self._parts.base_url(request), part, found))

    async def create(self, request: web.Request) -> web.Response:
        """One more, inactive; its receiver is sent the secret in the background."""
        principal, wish = principal_of(request), await read_body(request, SubscriptionWish)
        topic = _topic(wish.event)
        resthook = Resthook(
            organization=principal.organization,
            workspace=await self._place(principal, wish),
            person=principal.user,
            url=wish.target_url,
            topic=wish.event,
            events=list(topic.events),
            types=list(topic.types),
            outcome=topic.outcome,
            version=wish.version or _NEWEST,
        )
        try:
            await self._resthooks.create(principal.tenant, resthook)
        except Permanent as error:
            if error.code is not Code.TARGET_BLOCKED:
                raise
            raise Permanent(Code.BAD_REQUEST, error.detail, field="targetUrl") from None
        return answer(await self._view(principal, resthook), 201)

    async def get(self, request: web.Request) -> web.Response:
        """One of them."""
        principal = principal_of(request)
        return answer(await self._view(principal, await self._named(principal, request)))

    async def change(self, request: web.Request) -> web.Response:
        """Another event, place or version; the address stays."""
        principal = principal_of(request)
        found = await self._named(principal, request)
        wish = await read_body(request, SubscriptionChange)
        topic = None if wish.event is None else _topic(wish.event)
        moves = self._places and bool(wish.workspace or wish.organization)
        place = await self._place(principal, wish) if moves else found.workspace

        def step(stored: Resthook) -> Resthook:
            version = wish.version or stored.version
            person = principal.user if moves else stored.person
            moved = stored.copy_with(workspace=place, person=person, version=version)
            if topic is None:
                return moved
            return moved.copy_with(
                topic=wish.event,
                events=list(topic.events),
                types=list(topic.types),
                outcome=topic.outcome,
            )

        stored = await self._resthooks.of(principal.tenant).change(found.id, step)
        return answer(await self._view(principal, stored or found))

    async def delete(self, request: web.Request) -> web.Response:
        """Remove one; what it was still to be told is not sent."""
        principal = principal_of(request)
        found = await self._named(principal, request)
        await self._resthooks.of(principal.tenant).delete(found.id)
        return web.Response(status=204)

    async def activate(self, request: web.Request) -> web.Response:
        """What a receiver calls with the secret that it was sent, also while it is being sent."""
        principal = principal_of(request)
        secret = request.headers.get(HEADER, "")
        return answer(
            await self._view(principal, await self._resthooks.activate(principal.tenant, secret))
        )

    async def _named(self, principal: Principal, request: web.Request) -> Resthook:
        number, numbers = path_number(request), self._parts.numbers
        identity = await numbers.target(principal.organization, Kind.SUBSCRIPTION, number)
        found = await self._resthooks.of(principal.tenant).get(identity) if identity else None
        if found is None:
            raise Permanent(Code.NOT_FOUND, "Subscription not found.")
        return found

    async def _place(self, principal: Principal, wish: SubscriptionChange) -> str | None:
        """The workspace asked for, or nothing for all of the organization."""
        if self._places and wish.organization:
            check_organization(principal, wish.organization)
        if self._places and wish.workspace:
            found = await named_workspace(self._parts, principal, wish.workspace, "workspace")
            return found.id
        if principal.tenant.is_whole:
            return None
        reached = principal.tenant.workspaces or frozenset[str]()
        if len(reached) == 1:
            return next(iter(reached))
        detail = "The key reaches some workspaces only: name one of them."
        raise Permanent(Code.BAD_REQUEST, detail, field="workspace")

    async def _view(self, principal: Principal, resthook: Resthook) -> View:
        (view,) = await self._views(principal, [resthook])
        return view

    async def _views(self, principal: Principal, rows: Sequence[Resthook]) -> Sequence[View]:
        ids = [it.id for it in rows]
        of_many = self._parts.numbers.of_many
        numbers = await of_many(principal.organization, Kind.SUBSCRIPTION, ids)
        plain = [_plain(it, numbers[it.id]) for it in rows]
        if not self._places or not rows:
            return plain
        organization = await organization_of(self._parts, principal)
        owner = OwnerView(identifier=organization.id, name=organization.name)
        wanted = [it.workspace for it in rows if it.workspace]
        found = await self._parts.workspaces(principal).get_many(wanted)
        places = {
            it.id: HookedWorkspaceView(identifier=it.id, name=it.name, organization=owner)
            for it in found
        }
        return [
            SubscriptionView(
                **view.model_dump(by_alias=False),
                organization=None if row.workspace else owner,
                workspace=places.get(row.workspace or ""),
            )
            for view, row in zip(plain, rows, strict=True)
        ]


def _topic(event: str) -> Topic:
    if event not in TOPICS:
        detail = f"There is no such event; there are {', '.join(TOPICS)}."
        raise Permanent(Code.BAD_REQUEST, detail, field="event")
    return TOPICS[event]


def _plain(resthook: Resthook, number: int) -> SubscriptionV2View:
    return SubscriptionV2View(
        id=number,
        event=resthook.topic,
        target_url=resthook.url,
        active=resthook.active,
        auto_deactivated=resthook.deactivated is not None,
        auto_deactivate_reason=(
            "" if resthook.deactivated is None else resthook.deactivated or _INACTIVE
        ),
        version=resthook.version,
    )
