"""The console put together: its screens, their routes, what stands before them."""

from dataclasses import dataclass

from aiohttp import web

from services.ingest.console.assets import Assets
from services.ingest.console.documents.screen import documents_screen
from services.ingest.console.errors import ConsoleErrors
from services.ingest.console.gate import SIGN_IN, ConsoleGate
from services.ingest.console.integrations.screen import integrations_screen
from services.ingest.console.live import Live
from services.ingest.console.operations.screen import operations_screen
from services.ingest.console.rendering import Entry, Rendering
from services.ingest.console.review.screen import review_screen
from services.ingest.console.review_link import PATH as LINK_PATH
from services.ingest.console.review_link import LinkOpening
from services.ingest.console.screens import Screen
from services.ingest.console.security_headers import ROOT, add_security_headers
from services.ingest.console.session import Sessions
from services.ingest.console.sign_in import SignIn, session_screen
from services.ingest.console.types.screen import types_screen
from services.ingest.console.upload.screen import upload_screen
from services.ingest.parts import IngestParts
from services.ingest.review_links import ReviewLinks
from shared.http.context import ROUTE
from shared.http.load import Load
from shared.http.rates import Rates


@dataclass(frozen=True)
class ConsoleParts:
    """What the console works with: the application's parts, as the native API has them."""

    ingest: IngestParts
    rates: Rates
    load: Load


@dataclass(frozen=True)
class Console:
    """The console, ready to be added to an application."""

    parts: ConsoleParts
    sessions: Sessions
    assets: Assets
    rendering: Rendering
    screens: list[Screen]
    live: Live

    @property
    def errors(self) -> ConsoleErrors:
        """How errors under its path are shown."""
        return ConsoleErrors(self.rendering)


def build_console(parts: ConsoleParts) -> Console:
    """The console's parts and screens, in the order of the navigation."""
    ingest = parts.ingest
    links = ReviewLinks(ingest.store, ingest.links)
    sessions = Sessions(ingest.store, ingest.authenticator, ingest.settings, links)
    live = Live(ingest.broker, sessions)
    screens = [
        documents_screen(ingest),
        review_screen(ingest),
        upload_screen(ingest, parts.load),
        types_screen(ingest),
        integrations_screen(ingest),
        operations_screen(ingest),
        session_screen(sessions, live),
    ]
    assets = Assets()
    entries = [Entry(it.name, it.label, it.scope) for it in screens if it.label]
    return Console(parts, sessions, assets, Rendering(assets, entries), screens, live)


def add_console(app: web.Application, console: Console) -> None:
    """Serve it under ``/console``, and lead browsers there from ``/``."""
    ingest = console.parts.ingest
    public_url = ingest.settings.public_url
    gate = ConsoleGate(
        console.sessions, console.rendering, console.parts.rates, ingest.workspaces.seen, public_url
    )
    app.on_response_prepare.append(add_security_headers)
    app.on_shutdown.append(console.live.close)
    sign_in = SignIn(console.sessions, console.rendering, public_url)
    app.router.add_get(SIGN_IN, sign_in.show)
    app.router.add_post(SIGN_IN, sign_in.sign_in)
    opening = LinkOpening(
        ingest.store,
        ReviewLinks(ingest.store, ingest.links),
        ingest.links,
        console.sessions,
        console.rendering,
    )
    app.router.add_get(LINK_PATH, opening.open)
    app.router.add_get(f"{ROOT}/static/{{hash}}/{{name}}", console.assets.serve)
    for screen in console.screens:
        for route in screen.routes:
            handler = gate.guarded(screen.name, route)
            resource = app.router.add_resource(f"{ROOT}{route.path}")
            resource.add_route(route.method, handler)
            if route.method == "GET":
                resource.add_route("HEAD", handler)
    app.router.add_get("/", _to_console)


async def _to_console(request: web.Request) -> web.StreamResponse:
    request[ROUTE] = "/"
    if "text/html" not in request.headers.get("Accept", ""):
        raise web.HTTPNotFound
    return web.Response(status=303, headers={"Location": ROOT})
