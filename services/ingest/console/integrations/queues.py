"""Result queues: made, with the messages that wait in them, replayed, removed."""

import asyncio
from datetime import UTC, datetime

from aiohttp import web

from services.ingest.console.screens import Route
from services.ingest.console.security_headers import ROOT
from services.ingest.console.visit import Visit
from services.ingest.document_types import DocumentTypes
from services.ingest.parts import IngestParts
from services.ingest.queue_access import amqp_access, queues_of
from services.ingest.replaying import Replay
from services.ingest.resources.result_queue_models import AmqpAccess, NewResultQueue
from shared.broker.connect import is_memory
from shared.errors import Code, Permanent
from shared.http.json import model_of
from shared.models.delivery import ResultQueue
from shared.models.document import EventName
from shared.models.tenancy import Scope
from shared.store.port import Query

_PATH = "/integrations/queues"


class QueuePages:
    """The handlers and what they work with."""

    def __init__(self, native: IngestParts) -> None:
        self._native = native
        self._queues = queues_of(native)
        self._replay = Replay(native.store, native.broker, native.messages)
        self._types = DocumentTypes(native.store, native.types)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """The queues, with what waits in them."""
        return await self._page(visit)

    async def make(self, visit: Visit) -> web.StreamResponse:
        """One more; who reads it on RabbitMQ is shown this once."""
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
        access = amqp_access(self._native.settings, queue, grant) if grant else None
        return await self._page(visit, access=access, said=f"The queue {queue.name} is there.")

    async def rotate(self, visit: Visit) -> web.StreamResponse:
        """A new password for its reader, shown this once."""
        queue = await self._found(visit)
        grant = await self._queues.rotate(queue)
        access = amqp_access(self._native.settings, queue, grant)
        return await self._page(visit, access=access, said="The old password is void.")

    async def replay(self, visit: Visit) -> web.StreamResponse:
        """Stored messages once more, from a day on."""
        queue, text = await self._found(visit), (await visit.fields()).text("start")
        try:
            start = datetime.fromisoformat(text).replace(tzinfo=UTC)
        except ValueError:
            raise Permanent(Code.BAD_REQUEST, "From when on? Give a date and a time.") from None
        done = await self._replay.run(queue, start)
        more = " There is more: ask again." if done.more else ""
        return await self._page(visit, said=f"{done.count} were sent again.{more}")

    async def remove(self, visit: Visit) -> web.StreamResponse:
        """Remove it with its messages."""
        await self._queues.remove(await self._found(visit))
        return visit.go(f"{ROOT}{_PATH}")

    async def _found(self, visit: Visit) -> ResultQueue:
        return await self._queues.find(visit.principal.tenant, visit.request.match_info["name"])

    async def _page(
        self, visit: Visit, *, access: AmqpAccess | None = None, said: str = ""
    ) -> web.Response:
        chosen = {"workspace": visit.workspace} if visit.workspace else {}
        page = await self._native.pager.page(
            self._native.pager.asked(visit.request, visit.principal, chosen),
            self._queues.of(visit.principal.tenant),
            Query(chosen),
        )
        waiting = await asyncio.gather(*(self._queues.waiting(it) for it in page.rows))
        seen = await visit.seen(visit.principal)
        context = {
            "page": page,
            "waiting": dict(zip((it.id for it in page.rows), waiting, strict=True)),
            "access": access,
            "said": said,
            "seen": seen,
            "names": {it.id: it.name for it in seen},
            "events": list(EventName),
            "types": await self._types.all(visit.principal),
            "can_push": not is_memory(self._native.settings.broker_url),
        }
        if visit.is_swap:
            return visit.fragments("integrations/_queues.html", **context)
        return await visit.page("integrations/queues.html", **context)


def queue_routes(native: IngestParts) -> list[Route]:
    """The page and its buttons."""
    pages, one = QueuePages(native), f"{_PATH}/{{name}}"
    return [
        Route("GET", _PATH, pages.show, Scope.ADMIN),
        Route("POST", _PATH, pages.make, Scope.ADMIN),
        Route("POST", f"{one}/rotate", pages.rotate, Scope.ADMIN),
        Route("POST", f"{one}/replay", pages.replay, Scope.ADMIN),
        Route("POST", f"{one}/remove", pages.remove, Scope.ADMIN),
    ]
