"""Webhooks: made, changed, tested; how their endpoints do; their secrets shown once."""

from datetime import timedelta

from aiohttp import web

from services.ingest.console.integrations.delivery_log import DeliveryLog
from services.ingest.console.moments import read_moment
from services.ingest.console.screens import Route
from services.ingest.console.security_headers import ROOT
from services.ingest.console.visit import Fields, Visit
from services.ingest.document_types import DocumentTypes
from services.ingest.parts import IngestParts, path_id
from services.ingest.resources.subscription_models import (
    NewSubscription,
    SubscriptionChange,
    WebhookReplay,
)
from services.ingest.resources.subscription_views import subscription_views
from services.ingest.subscriptions import Subscriptions
from services.ingest.webhooks import Range, Webhooks, enabled
from shared.errors import Code, Permanent
from shared.http.json import model_of
from shared.models.delivery import NoticeName, Subscription
from shared.models.document import EventName
from shared.models.tenancy import Scope
from shared.models.time import to_milliseconds
from shared.store.port import Query

PATH = "/integrations/webhooks"
_PART = "integrations/_webhook.html"
_OVERLAPS = {"0": 0, "3600": 3600, "86400": 86_400, "604800": 604_800}
_EVENTS = (*EventName, NoticeName.SUBSCRIPTION_DISABLED)


class WebhookPages:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts, log: DeliveryLog) -> None:
        self._parts = parts
        self._log = log
        self._records = Subscriptions(parts.store, parts.settings)
        self._webhooks = Webhooks(parts.store, parts.outbox)
        self._types = DocumentTypes(parts.store, parts.types)

    async def list(self, visit: Visit) -> web.StreamResponse:
        """The webhooks that the key reaches, of the workspace that is chosen."""
        chosen = {"workspace": visit.workspace} if visit.workspace else {}
        page = await self._parts.pager.page(
            self._parts.pager.asked(visit.request, visit.principal, chosen),
            self._records.of(visit.principal.tenant),
            Query(chosen),
        )
        views = await subscription_views(self._parts.store, page.rows)
        seen = await visit.seen(visit.principal)
        return await visit.page(
            "integrations/webhooks.html",
            page=page,
            hooks=views,
            seen=seen,
            names={it.id: it.name for it in seen},
            events=_EVENTS,
            types=await self._types.all(visit.principal),
        )

    async def make(self, visit: Visit) -> web.StreamResponse:
        """One more; its page shows the secret, this once."""
        sent = await visit.fields()
        wish = model_of(
            {
                "url": sent.text("url"),
                "workspace": sent.text("workspace") or visit.workspace,
                "events": sent.all("event"),
                "types": sent.all("type"),
                "ordered": sent.has("ordered"),
            },
            NewSubscription,
        )
        made = await self._records.add(visit.principal, wish.wish())
        return await self._one(visit, made, secret=made.secret)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """One webhook, with its log."""
        return await self._one(visit, await self._found(visit))

    async def refresh(self, visit: Visit) -> web.StreamResponse:
        """How it does, and what has become of deliveries that were not over."""
        # First: a webhook is given up before the delivery that it was given up for is over.
        moved = await self._log.moved(visit, path_id(visit.request))
        found = await self._found(visit)
        (view,) = await subscription_views(self._parts.store, [found])
        return visit.fragments(
            "integrations/_webhook_moved.html", hook=view, address=_address(found), moved=moved
        )

    async def change(self, visit: Visit) -> web.StreamResponse:
        """Another address, other events; or pause and resume by its button."""
        sent = await visit.fields()
        wish = model_of(_changes(sent), SubscriptionChange)

        def step(current: Subscription) -> Subscription:
            resumed = enabled(current) if wish.enabled else current
            given = wish.model_dump(exclude_none=True)
            return resumed.copy_with(**given)

        identity = path_id(visit.request)
        stored = await self._records.change(visit.principal.tenant, identity, step)
        return visit.go(f"{_address(stored)}?done={_done(wish)}")

    async def enable(self, visit: Visit) -> web.StreamResponse:
        """Send to it again, without a rest."""
        stored = await self._webhooks.enable(visit.principal.tenant, path_id(visit.request))
        return visit.go(f"{_address(stored)}?done=resumed")

    async def test(self, visit: Visit) -> web.StreamResponse:
        """Send a test; it is the newest of the log."""
        found = await self._found(visit)
        await self._webhooks.test(found)
        said = "A test is on its way. How it goes is told below."
        return await self._one(visit, found, said=said)

    async def rotate(self, visit: Visit) -> web.StreamResponse:
        """A new secret, shown this once; the old one signs beside it for a while."""
        wished = (await visit.fields()).text("overlap", "86400")
        if wished not in _OVERLAPS:
            raise Permanent(Code.BAD_REQUEST, "Choose how long the old secret is good.")
        overlap, identity = timedelta(seconds=_OVERLAPS[wished]), path_id(visit.request)
        stored = await self._records.rotate(visit.principal.tenant, identity, overlap)
        return await self._one(visit, stored, secret=stored.secret)

    async def replay(self, visit: Visit) -> web.StreamResponse:
        """Send again what it was, or should have been, sent in a span of time."""
        sent, found = await visit.fields(), await self._found(visit)
        if not found.enabled:
            raise Permanent(Code.CONFLICT, "The webhook is not enabled.")
        wish = model_of(
            {
                "start": read_moment(sent.text("start")),
                "end": read_moment(sent.text("end")) if sent.text("end") else None,
                "only": sent.text("only", "failed"),
            },
            WebhookReplay,
        )
        span = Range(
            replay=wish.id,
            start=to_milliseconds(wish.start),
            end=to_milliseconds(wish.end) if wish.end else None,
            events=frozenset(),
            only_failed=wish.only == "failed",
            per_second=wish.per_second,
        )
        done = await self._webhooks.replay(found, span, visit.principal.key)
        more = " There is more: ask again." if done.more else ""
        said = f"{done.count} will be sent again.{more}"
        return await self._one(visit, found, said=said)

    async def remove(self, visit: Visit) -> web.StreamResponse:
        """Remove it; deliveries under way end as gone."""
        await self._records.remove(visit.principal.tenant, path_id(visit.request))
        return visit.go(f"{ROOT}{PATH}?done=removed")

    async def _found(self, visit: Visit) -> Subscription:
        found = await self._records.of(visit.principal.tenant).get(path_id(visit.request))
        if found is None:
            raise Permanent(Code.NOT_FOUND)
        return found

    async def _one(
        self, visit: Visit, hook: Subscription, *, secret: str = "", said: str = ""
    ) -> web.Response:
        log = await self._log.first(visit, hook.id, f"{_address(hook)}/rows")
        latest = await self._records.of(visit.principal.tenant).get(hook.id)
        (view,) = await subscription_views(self._parts.store, [latest or hook])
        seen = await visit.seen(visit.principal)
        context = {
            "hook": view,
            "secret": secret,
            "said": said,
            "address": _address(hook),
            "names": {it.id: it.name for it in seen},
            "events": _EVENTS,
            "types": await self._types.all(visit.principal),
            "log": log,
        }
        if visit.is_swap and visit.request.path == f"{ROOT}{PATH}":
            return visit.fragments("integrations/_made.html", part=_PART, **context)
        if visit.is_swap:
            return visit.fragments(_PART, **context)
        return await visit.page("integrations/webhook.html", **context)


def webhook_routes(parts: IngestParts, log: DeliveryLog) -> list[Route]:
    """The pages and their buttons."""
    pages, one = WebhookPages(parts, log), f"{PATH}/{{id}}"
    return [
        Route("GET", PATH, pages.list, Scope.ADMIN),
        Route("POST", PATH, pages.make, Scope.ADMIN),
        Route("GET", one, pages.show, Scope.ADMIN),
        Route("GET", f"{one}/rows", pages.refresh, Scope.ADMIN),
        Route("POST", one, pages.change, Scope.ADMIN),
        Route("POST", f"{one}/test", pages.test, Scope.ADMIN),
        Route("POST", f"{one}/enable", pages.enable, Scope.ADMIN),
        Route("POST", f"{one}/rotate", pages.rotate, Scope.ADMIN),
        Route("POST", f"{one}/replay", pages.replay, Scope.ADMIN),
        Route("POST", f"{one}/remove", pages.remove, Scope.ADMIN),
    ]


def _changes(sent: Fields) -> dict[str, object]:
    if sent.has("enabled"):
        return {"enabled": sent.text("enabled") == "true"}
    return {
        "url": sent.text("url") or None,
        "events": sent.all("event"),
        "types": sent.all("type"),
        "ordered": sent.has("ordered"),
    }


def _done(wish: SubscriptionChange) -> str:
    return "saved" if wish.enabled is None else "resumed" if wish.enabled else "paused"


def _address(hook: Subscription) -> str:
    return f"{ROOT}{PATH}/{hook.id}"
