"""Result queues: listed with the messages that wait in them, and made."""

import asyncio

from aiohttp import web

from services.ingest.console.integrations.queue import PATH, QueuePage
from services.ingest.console.screens import Route
from services.ingest.console.visit import Visit
from services.ingest.document_types import DocumentTypes
from services.ingest.parts import IngestParts
from services.ingest.queue_access import amqp_access, queues_of
from services.ingest.resources.result_queue_models import NewResultQueue
from shared.broker.connect import is_memory
from shared.http.json import model_of
from shared.models.document import EventName
from shared.models.tenancy import Scope
from shared.store.port import Query


class QueueList:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts, pages: QueuePage) -> None:
        self._parts = parts
        self._pages = pages
        self._queues = queues_of(parts)
        self._types = DocumentTypes(parts.store, parts.types)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """The queues, with how much waits in them."""
        chosen = {"workspace": visit.workspace} if visit.workspace else {}
        page = await self._parts.pager.page(
            self._parts.pager.asked(visit.request, visit.principal, chosen),
            self._queues.of(visit.principal.tenant),
            Query(chosen),
        )
        waiting = await asyncio.gather(*(self._queues.waiting(it) for it in page.rows))
        seen = await visit.seen(visit.principal)
        return await visit.page(
            "integrations/queues.html",
            page=page,
            waiting=dict(zip((it.id for it in page.rows), waiting, strict=True)),
            seen=seen,
            names={it.id: it.name for it in seen},
            events=list(EventName),
            types=await self._types.all(visit.principal),
            can_push=not is_memory(self._parts.settings.broker_url),
        )

    async def make(self, visit: Visit) -> web.StreamResponse:
        """One more; its page shows who reads it on RabbitMQ, this once."""
        sent = await visit.fields()
        values: dict[str, object] = {
            "name": sent.text("name"),
            "workspace": sent.text("workspace") or None,
            "mode": sent.text("mode") or None,
            "events": sent.all("event"),
            "types": sent.all("type"),
        }
        values |= {it: sent.text(it) for it in ("max_length", "max_age") if sent.text(it)}
        wish = model_of(values, NewResultQueue)
        queue, grant = await self._queues.add(visit.principal, wish.wish())
        if grant is None:
            return visit.go(f"{self._pages.address(queue)}?made=1")
        access = amqp_access(self._parts.settings, queue, grant)
        return await self._pages.page(visit, queue, access=access)


def queue_routes(parts: IngestParts) -> list[Route]:
    """The list, and the pages and buttons of one."""
    pages = QueuePage(parts)
    listed, one = QueueList(parts, pages), f"{PATH}/{{name}}"
    return [
        Route("GET", PATH, listed.show, Scope.ADMIN),
        Route("POST", PATH, listed.make, Scope.ADMIN),
        Route("GET", one, pages.show, Scope.ADMIN),
        Route("GET", f"{one}/count", pages.count, Scope.ADMIN),
        Route("POST", f"{one}/acknowledge", pages.acknowledge, Scope.ADMIN),
        Route("POST", f"{one}/rotate", pages.rotate, Scope.ADMIN),
        Route("POST", f"{one}/replay", pages.replay, Scope.ADMIN),
        Route("POST", f"{one}/remove", pages.remove, Scope.ADMIN),
    ]
