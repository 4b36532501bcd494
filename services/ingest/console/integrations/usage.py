"""How much came in: documents and pages by day, and by workspace."""

from aiohttp import web

from services.ingest.console.screens import Route
from services.ingest.console.visit import Visit
from services.ingest.parts import IngestParts
from services.ingest.usage_by_day import MOST, usage_by_day
from shared.models.tenancy import Scope

_SPANS = {"7": 7, "14": 14, "30": 30}


class UsagePage:
    """The handler and what it works with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts

    async def show(self, visit: Visit) -> web.StreamResponse:
        """The last days."""
        days = _SPANS.get(visit.query("days"), 14)
        used = await usage_by_day(self._parts.store, visit.principal.tenant, visit.workspace, days)
        by_day = [(day, used.of_day(day)) for day in used.days]
        seen = await visit.seen(visit.principal)
        by_place = [(it.name, used.of_workspace(it.id)) for it in seen]
        return await visit.page(
            "integrations/usage.html",
            by_day=by_day,
            most=max((it.documents for _, it in by_day), default=0) or 1,
            by_place=sorted(by_place, key=lambda it: (-it[1].documents, it[0])),
            complete=used.complete,
            looked_at=MOST,
            spans=list(_SPANS),
            days=str(days),
        )


def usage_routes(parts: IngestParts) -> list[Route]:
    """The page."""
    return [Route("GET", "/integrations/usage", UsagePage(parts).show, Scope.ADMIN)]
