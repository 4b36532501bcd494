"""What this server depends on, for its operators."""

from aiohttp import web

from services.ingest.console.screens import Route
from services.ingest.console.visit import Visit
from services.ingest.dependencies import dependencies
from services.ingest.parts import IngestParts
from shared.http.health import version
from shared.models.tenancy import Scope

_WORDS = {
    "store": ("Database", "Nothing can be taken in or looked at without it."),
    "blobs": ("Files", "Nothing can be taken in or read without them."),
    "broker": ("Broker", "Documents are taken in and wait; they go on when it is back."),
}


class ServerPage:
    """The handler and what it works with."""

    def __init__(self, native: IngestParts) -> None:
        self._native = native
        self._health = dependencies(native.store, native.blobs, native.broker)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Each dependency, asked now."""
        ready, body = await self._health.readiness()
        return await visit.page(
            "operations/server.html",
            ready=ready,
            checks=body["checks"],
            words=_WORDS,
            version=version(),
            skew=self._native.store.skew,
        )


def server_routes(native: IngestParts) -> list[Route]:
    """The page."""
    return [Route("GET", "/operations/server", ServerPage(native).show, Scope.OPERATE)]
