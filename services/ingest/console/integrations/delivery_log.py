"""The log of deliveries: to whom, what was sent, how it was answered; sent once more."""

import asyncio
import json
from dataclasses import dataclass

from aiohttp import web

from services.ingest.console.screens import Route
from services.ingest.console.security_headers import ROOT
from services.ingest.console.visit import Visit
from services.ingest.parts import IngestParts, path_id
from services.ingest.resources.delivery_views import SHOWN, delivery_view
from services.ingest.resources.subscription_models import DeliveryView
from services.ingest.webhooks import Webhooks
from shared.errors import Code, Permanent
from shared.http.paging import Page
from shared.models.delivery import Delivery, DeliveryAttempt, DeliveryKind
from shared.models.tenancy import Scope
from shared.models.work import WorkState
from shared.store.collections import DELIVERIES, RESULT_QUEUES, SUBSCRIPTIONS
from shared.store.port import Query, Repository

PATH = "/integrations/deliveries"
_LONGEST_BODY = 64 * 1024
_WORDS = {
    WorkState.WAITING: ("Waiting", "busy"),
    WorkState.RUNNING: ("Sending", "busy"),
    WorkState.DONE: ("Delivered", "good"),
    WorkState.FAILED: ("Failed", "bad"),
    WorkState.CANCELLED: ("Called off", "calm"),
}


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of the log; ``older`` is where the next one is, empty at its end.

    ``names`` are those of the receivers, by the ids of their subscriptions; ``None`` where all
    of it is of one receiver.
    """

    rows: list[DeliveryView]
    names: dict[str, str] | None
    older: str
    words: dict[WorkState, tuple[str, str]]


class DeliveryLog:
    """The handlers and what they work with."""

    def __init__(self, native: IngestParts) -> None:
        self._native = native
        self._webhooks = Webhooks(native.store, native.outbox)

    async def first(self, visit: Visit, subscription: str) -> LogPage:
        """The newest deliveries to one receiver."""
        records = self._records(visit)
        rows = await records.page(Query({"subscription": subscription}), None, 20)
        older = f"{ROOT}{PATH}?subscription={subscription}" if len(rows) == 20 else ""  # noqa: PLR2004 - the same
        return LogPage([delivery_view(it) for it in rows], None, older, _WORDS)

    async def list(self, visit: Visit) -> web.StreamResponse:
        """All deliveries, or those of a filter, newest first."""
        filters = {
            name: visit.query(name)
            for name in ("subscription", "document", "state")
            if visit.query(name)
        }
        if filters.get("state", WorkState.DONE) not in set(WorkState):
            raise Permanent(Code.BAD_REQUEST, "There is no such state.")
        chosen = {"workspace": visit.workspace} if visit.workspace else {}
        equals = {**chosen, **filters}
        asked = self._native.pager.asked(visit.request, visit.principal, equals)
        page = await self._native.pager.page(asked, self._records(visit), Query(equals))
        views = [delivery_view(it) for it in page.rows]
        named = {it.subscription for it in page.rows} | {filters.get("subscription", "")}
        names = await self._names(visit, named - {""})
        log = LogPage(views, names, _older(visit, page, filters), _WORDS)
        if visit.is_swap:
            return visit.fragments("integrations/_older.html", log=log)
        return await visit.page("integrations/deliveries.html", log=log, filters=filters)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """One delivery: its tries, the headers and the body."""
        found = await self._found(visit)
        context = {
            "one": delivery_view(found),
            "body": readable(found),
            "headers": sent_headers(found),
            "words": _WORDS,
        }
        return await visit.page("integrations/delivery.html", **context)

    async def resend(self, visit: Visit) -> web.StreamResponse:
        """Once more, now."""
        principal = visit.principal
        sent = await self._webhooks.resend(principal.tenant, path_id(visit.request), principal.key)
        return visit.go(f"{ROOT}{PATH}/{sent.id}?done=sent")

    async def _names(self, visit: Visit, subscriptions: set[str]) -> dict[str, str]:
        """What receivers are called: webhooks and queues; others are named by the delivery."""
        store, tenant, ids = self._native.store, visit.principal.tenant, sorted(subscriptions)
        hooks, queues = await asyncio.gather(
            store.of(tenant, SUBSCRIPTIONS).get_many(ids),
            store.of(tenant, RESULT_QUEUES).get_many(ids),
        )
        return {it.id: it.url for it in hooks} | {it.id: f"queue {it.name}" for it in queues}

    async def _found(self, visit: Visit) -> Delivery:
        found = await self._records(visit).get(path_id(visit.request))
        if found is None:
            raise Permanent(Code.NOT_FOUND)
        return found

    def _records(self, visit: Visit) -> Repository[Delivery]:
        return self._native.store.of(visit.principal.tenant, DELIVERIES)


def log_routes(log: DeliveryLog) -> list[Route]:
    """The log."""
    return [
        Route("GET", PATH, log.list, Scope.ADMIN),
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


def _older(visit: Visit, page: Page[Delivery], filters: dict[str, str]) -> str:
    if not page.more:
        return ""
    query = {**filters, "cursorId": page.cursor}
    return str(visit.request.rel_url.with_query(query))
