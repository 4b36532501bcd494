"""The stages' lines, refreshed while somebody looks, and documents that fail or stand still."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from services.ingest.console.operations.advice import advice
from services.ingest.console.screens import Route
from services.ingest.console.visit import Visit
from services.ingest.parts import IngestParts
from services.ingest.queues import Line, QueueView
from shared.models.document import Desk, Document, DocumentState
from shared.models.tenancy import Scope
from shared.models.work import Lane
from shared.store.collections import DOCUMENTS
from shared.store.port import Query, Tenant

_SHOWN = 20
SLOW = timedelta(minutes=10)
"""A document that is not done after so long is shown as one that stands still."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Troubled:
    """A document that has failed or stands still, why, and what can be done."""

    document: Document
    why: str
    advice: str


def time_text(seconds: float | None) -> str:
    """A time as people say it; a dash for none."""
    if seconds is None:
        return "-"
    for size, word in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {word}"
    return f"{seconds:.0f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def troubled(document: Document) -> Troubled:
    """Why a document is where it is, as its record has it."""
    problem = document.error or next(
        (it.work.problem for it in document.parts if it.work.problem is not None), None
    )
    if problem is None:
        return Troubled(document, "", "It waits its turn: look at the lines above.")
    return Troubled(document, problem.detail or problem.code, advice(problem.code))


class Lines:
    """The handlers and what they work with."""

    def __init__(self, native: IngestParts) -> None:
        self._store = native.store
        self._view = QueueView(native.store, native.broker)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """The page."""
        failed, slow = await asyncio.gather(self._failed(visit), self._slow(visit))
        return await visit.page(
            "operations/lines.html",
            failed=[troubled(it) for it in failed],
            slow=[troubled(it) for it in slow],
            now=await self._store.now(),
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

    async def _slow(self, visit: Visit) -> list[Document]:
        before = await self._store.now() - SLOW
        query = Query(
            {**_chosen(visit), "desk": Desk.COMING.value}, created_before=before, oldest_first=True
        )
        found = await self._store.of(visit.principal.tenant, DOCUMENTS).page(query, None, _SHOWN)
        return [it for it in found if _stands(it, before)]


def line_routes(native: IngestParts) -> list[Route]:
    """The page and its lines."""
    lines = Lines(native)
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
