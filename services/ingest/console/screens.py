"""What a screen of the console consists of."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from services.ingest.console.visit import Visit
from shared.models.tenancy import Scope

Handle = Callable[[Visit], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """A page, a fragment or an action.

    ``path`` follows ``/console``; ``scope`` is what the session's key must be allowed to do.
    With ``checks_token`` the handler calls ``Visit.check_token`` itself, for bodies that nobody
    else may read (uploads); every other request but GET has been checked when it is called.
    """

    method: str
    path: str
    handle: Handle
    scope: Scope = Scope.READ
    checks_token: bool = False


@dataclass(frozen=True, slots=True)
class Screen:
    """A part of the console with its routes.

    ``name`` is its first path segment. With a ``label`` it stands in the navigation, for keys
    that have its ``scope``.
    """

    name: str
    routes: Sequence[Route]
    label: str = ""
    scope: Scope = Scope.READ


def of_request(handle: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Handle:
    """A handler of the native API as one of the console: it finds the same principal."""

    async def handle_visit(visit: Visit) -> web.StreamResponse:
        return await handle(visit.request)

    return handle_visit
