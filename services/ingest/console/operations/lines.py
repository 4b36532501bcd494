"""The stages' lines, refreshed while somebody looks, and documents that fail or stand still."""

import asyncio
from datetime import datetime, timedelta

from aiohttp import web

from services.ingest.console.operations.trouble import Troubled, failed, still
from services.ingest.console.screens import Route
from services.ingest.console.visit import Visit
from services.ingest.parts import IngestParts
from services.ingest.queues import Line, QueueView
from services.ingest.reviewing.pace import review_pace
from shared.errors import Code, Permanent
from shared.models.document import Desk, Document, DocumentState
from shared.models.tenancy import Scope
from shared.models.work import Lane
from shared.stages.lifecycle import extraction_id
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Query, Tenant

_SHOWN = 20
SPANS = {"0": "at all", "1": "for a minute", "10": "for ten minutes", "60": "for an hour"}
"""For how many minutes nothing has happened to a document that is shown as standing still."""
_USUAL = "10"
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def time_text(seconds: float | None) -> str:
    """A time as people say it; a dash for none."""
    if seconds is None:
        return "-"
    for size, word in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {word}"
    return f"{seconds:.0f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


class Lines:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._store = parts.store
        self._view = QueueView(parts.store, parts.broker)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """The page; for who looks at it already, what stands still and what has failed."""
        minutes = visit.query("still", _USUAL)
        if minutes not in SPANS:
            raise Permanent(Code.BAD_REQUEST, "Choose one of the times that are offered.")
        have_failed, stand = await asyncio.gather(
            self._failed(visit), self._still(visit, timedelta(minutes=int(minutes)))
        )
        context = {
            "failed": [failed(it) for it in have_failed],
            "still": stand,
            "minutes": minutes,
            "spans": SPANS,
            "shown": _SHOWN,
        }
        if visit.is_swap:
            return visit.fragments("operations/_trouble.html", **context)
        return await visit.page(
            "operations/lines.html",
            **context,
            pace=await review_pace(self._store, visit.principal, visit.workspace),
            **await self._lines(visit),
        )

    async def refresh(self, visit: Visit) -> web.StreamResponse:
        """The lines alone."""
        return visit.fragments("operations/_lines.html", **await self._lines(visit))

    async def _lines(self, visit: Visit) -> dict[str, object]:
        sees_all = Scope.OPERATE in visit.principal.scopes and visit.workspace is None
        lines = await self._view.lines(None if sees_all else _tenant(visit))
        shown = [it for it in lines if it.lane is Lane.NORMAL or _is_busy(it)]
        return {"lines": shown, "sees_all": sees_all, "time_text": time_text}

    async def _failed(self, visit: Visit) -> list[Document]:
        query = Query({**_chosen(visit), "state": DocumentState.FAILED.value})
        return await self._store.of(visit.principal.tenant, DOCUMENTS).page(query, None, _SHOWN)

    async def _still(self, visit: Visit, span: timedelta) -> list[Troubled]:
        before = await self._store.now() - span
        query = Query(
            {**_chosen(visit), "desk": Desk.COMING.value}, created_before=before, oldest_first=True
        )
        tenant = visit.principal.tenant
        found = await self._store.of(tenant, DOCUMENTS).page(query, None, _SHOWN)
        stand = [it for it in found if _stands(it, before)]
        made = await self._store.of(tenant, EXTRACTIONS).get_many(
            [extraction_id(it) for it in stand if it.state is DocumentState.EXTRACTING]
        )
        by_document = {it.document: it for it in made}
        return [still(it, by_document.get(it.id)) for it in stand]


def line_routes(parts: IngestParts) -> list[Route]:
    """The page and its lines."""
    lines = Lines(parts)
    return [
        Route("GET", "/operations", lines.show, Scope.READ),
        Route("GET", "/operations/lines", lines.refresh, Scope.READ),
    ]


def _chosen(visit: Visit) -> dict[str, str]:
    return {"workspace": visit.workspace} if visit.workspace else {}


def _tenant(visit: Visit) -> Tenant:
    if visit.workspace is None:
        return visit.principal.tenant
    return Tenant(visit.principal.organization, frozenset({visit.workspace}))


def _is_busy(line: Line) -> bool:
    return bool(line.depth or line.postponed)


def _stands(document: Document, before: datetime) -> bool:
    """Whether nothing was written to it of late either: one that is begun anew is no old one."""
    return document.updated < before
