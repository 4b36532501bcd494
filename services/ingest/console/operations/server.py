"""How this server is, for its operators: seen from inside, and by the doctor on its machine."""

from aiohttp import web

from services.ingest.checkup import Checkup, FindingStatus
from services.ingest.console.operations.findings import OwnFindings
from services.ingest.console.screens import Route
from services.ingest.console.visit import Visit
from services.ingest.parts import IngestParts
from shared.errors import Transient
from shared.http.health import version
from shared.models.tenancy import Scope

_PATH = "/operations/server"
STATUS_WORDS = {
    FindingStatus.OK: ("OK", "good"),
    FindingStatus.WARNING: ("Warning", "ask"),
    FindingStatus.FAILURE: ("Problem", "bad"),
    FindingStatus.SKIPPED: ("Skipped", "calm"),
}
NAMES = {
    "store": "Database",
    "blobs": "Files",
    "queue": "Waiting documents",
    "dead": "Dead letters",
    "key": "Key",
    "reading": "Engines that read",
    "models": "Models that read",
    "limits": "Open files",
    "scratch": "Room for children",
    "disk": "Room for data",
    "llm": "Language model",
    "vlm": "Model that sees pages",
}
"""What people read for the doctor's names; others as they are."""


class ServerPage:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._own = OwnFindings(parts)
        self._checkup = Checkup(parts.settings)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """What is seen from inside, asked now; a script asks for the check-up."""
        return await self._page(visit)

    async def check_up(self, visit: Visit) -> web.StreamResponse:
        """The same with the check-up, which takes a few seconds."""
        seen: dict[str, object] = {"machine": None, "problem": ""}
        try:
            seen["machine"] = await self._checkup.findings()
        except Transient as error:
            seen["problem"] = error.detail
        if visit.is_swap:
            return visit.fragments("operations/_checkup.html", **seen, **_words())
        return await self._page(visit, **seen)

    async def _page(self, visit: Visit, **more: object) -> web.Response:
        ready, own = await self._own.of(visit.principal)
        context: dict[str, object] = {"ready": ready, "own": own, "version": version()}
        context |= {"machine": None, "problem": "", **more, **_words()}
        return await visit.page("operations/server.html", **context)


def server_routes(parts: IngestParts) -> list[Route]:
    """The page, and the part of it that takes longer."""
    page = ServerPage(parts)
    return [
        Route("GET", _PATH, page.show, Scope.OPERATE),
        Route("GET", f"{_PATH}/check-up", page.check_up, Scope.OPERATE),
    ]


def _words() -> dict[str, object]:
    return {"statuses": STATUS_WORDS, "names": NAMES}
