"""The log of deliveries: to whom, what was sent, how it was answered; sent once more."""

import json

from aiohttp import web
from yarl import URL

from services.ingest.console.integrations.delivery_rows import WORDS, DeliveryRows, Log, Moved
from services.ingest.console.screens import Route
from services.ingest.console.security_headers import ROOT
from services.ingest.console.visit import Visit
from services.ingest.parts import IngestParts, path_id
from services.ingest.resources.delivery_views import SHOWN
from services.ingest.webhooks import Webhooks
from shared.errors import Code, Permanent
from shared.http.paging import Page
from shared.models.delivery import Delivery, DeliveryAttempt, DeliveryKind
from shared.models.tenancy import Scope
from shared.models.work import WorkState
from shared.store.collections import DELIVERIES
from shared.store.port import Query, Repository

PATH = "/integrations/deliveries"
_LONGEST_BODY = 64 * 1024
_NEWEST = 20


class DeliveryLog:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._rows = DeliveryRows(parts.store)
        self._webhooks = Webhooks(parts.store, parts.outbox)

    async def first(self, visit: Visit, subscription: str, follow: str) -> Log:
        """The newest deliveries to one receiver."""
        one = Query({"subscription": subscription})
        found = await self._records(visit).page(one, None, _NEWEST)
        rows = await self._rows.shown(visit.principal.tenant, found, named=False)
        older = f"{ROOT}{PATH}?subscription={subscription}" if len(found) == _NEWEST else ""
        return Log(rows, older, follow)

    async def moved(self, visit: Visit, subscription: str = "") -> Moved:
        """What has become of the rows that somebody sees: of one receiver, or of the filter."""
        equals = {"subscription": subscription} if subscription else _filters(visit)
        ids = visit.request.query.getall("id", [])
        named, tenant = not subscription, visit.principal.tenant
        return await self._rows.moved(tenant, ids, visit.query("newest"), equals, named=named)

    async def list(self, visit: Visit) -> web.StreamResponse:
        """All deliveries, or those of a filter, newest first."""
        equals = _filters(visit)
        asked = self._parts.pager.asked(visit.request, visit.principal, equals)
        page = await self._parts.pager.page(asked, self._records(visit), Query(equals))
        of = equals.get("subscription", "")
        rows = await self._rows.shown(visit.principal.tenant, page.rows, named=True, also=of)
        filters = {name: it for name, it in equals.items() if visit.query(name)}
        follow = URL(f"{ROOT}{PATH}/rows").with_query(filters)
        log = Log(rows, _older(visit, page, filters), str(follow))
        if visit.is_swap:
            return visit.fragments("integrations/_older.html", log=log)
        return await visit.page("integrations/deliveries.html", log=log, filters=filters)

    async def refresh(self, visit: Visit) -> web.StreamResponse:
        """The rows that were not over, and newer ones."""
        return visit.fragments("integrations/_moved.html", moved=await self.moved(visit))

    async def show(self, visit: Visit) -> web.StreamResponse:
        """One delivery: its tries, the headers and the body."""
        found = await self._found(visit)
        shown = await self._rows.shown(visit.principal.tenant, [found], named=False)
        context = {
            "one": shown.rows[0],
            "standing": shown.standings.get(found.id),
            "headers": sent_headers(found),
            "words": WORDS,
        }
        if visit.is_swap:
            return visit.fragments("integrations/_delivery.html", **context)
        return await visit.page("integrations/delivery.html", body=readable(found), **context)

    async def resend(self, visit: Visit) -> web.StreamResponse:
        """Once more, now."""
        principal = visit.principal
        sent = await self._webhooks.resend(principal.tenant, path_id(visit.request), principal.key)
        return visit.go(f"{ROOT}{PATH}/{sent.id}?done=sent")

    async def _found(self, visit: Visit) -> Delivery:
        found = await self._records(visit).get(path_id(visit.request))
        if found is None:
            raise Permanent(Code.NOT_FOUND)
        return found

    def _records(self, visit: Visit) -> Repository[Delivery]:
        return self._parts.store.of(visit.principal.tenant, DELIVERIES)


def log_routes(log: DeliveryLog) -> list[Route]:
    """The log."""
    return [
        Route("GET", PATH, log.list, Scope.ADMIN),
        Route("GET", f"{PATH}/rows", log.refresh, Scope.ADMIN),
        Route("GET", f"{PATH}/{{id}}", log.show, Scope.ADMIN),
        Route("POST", f"{PATH}/{{id}}/resend", log.resend, Scope.ADMIN),
    ]


def readable(delivery: Delivery) -> str:
    """What is sent, set out for people; empty for kinds that have no body of JSON."""
    if delivery.kind not in SHOWN or not delivery.payload:
        return ""
    if len(delivery.payload) > _LONGEST_BODY:
        return delivery.payload[:_LONGEST_BODY] + " …"
    try:
        return json.dumps(json.loads(delivery.payload), indent=2, ensure_ascii=False)
    except ValueError:
        return delivery.payload


def sent_headers(delivery: Delivery) -> list[tuple[str, str]]:
    """The headers of the newest try, as Standard Webhooks has them; none for other kinds."""
    newest: DeliveryAttempt | None = delivery.log[-1] if delivery.log else None
    if delivery.kind is not DeliveryKind.WEBHOOK or newest is None:
        return []
    return [
        ("content-type", "application/json"),
        ("webhook-id", delivery.event),
        ("webhook-timestamp", str(int(newest.at.timestamp()))),
        ("webhook-signature", "v1,… (made of the secret, which is not shown again)"),
    ]


def _filters(visit: Visit) -> dict[str, str]:
    """What a list is asked to hold; raises ``Permanent(BAD_REQUEST)``."""
    given = {name: visit.query(name) for name in ("subscription", "document", "state")}
    if given["state"] not in {"", *WorkState}:
        raise Permanent(Code.BAD_REQUEST, "There is no such state.")
    chosen = {"workspace": visit.workspace} if visit.workspace else {}
    return chosen | {name: it for name, it in given.items() if it}


def _older(visit: Visit, page: Page[Delivery], filters: dict[str, str]) -> str:
    if not page.more:
        return ""
    query = {**filters, "cursorId": page.cursor}
    return str(visit.request.rel_url.with_query(query))
