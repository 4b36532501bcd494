"""Signing in and out, and choosing a workspace."""

from urllib.parse import urlsplit

from aiohttp import web

from services.ingest.console import csrf
from services.ingest.console.gate import SIGN_IN
from services.ingest.console.live import Live
from services.ingest.console.rendering import Rendering
from services.ingest.console.screens import Route, Screen
from services.ingest.console.security_headers import ROOT
from services.ingest.console.session import Sessions
from services.ingest.console.visit import Visit, read_fields
from shared.errors import Code, DocstageError, Permanent
from shared.http.context import REQUEST_ID, ROUTE
from shared.http.errors import failure_of

_NOT_KNOWN = "This key is not known here, or it was revoked or has expired."


class SignIn:
    """The one page for people without a session."""

    def __init__(self, sessions: Sessions, rendering: Rendering, public_url: str) -> None:
        self._sessions = sessions
        self._rendering = rendering
        self._public_url = public_url

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Ask for a key; who has a session goes on."""
        request[ROUTE] = SIGN_IN
        onwards = page_of_ours(request.query.get("next", ""))
        session = await self._sessions.find(request)
        if session is not None:
            return _see(onwards)
        try:
            self._sessions.check_line(request)
        except DocstageError as error:
            return self._form(request, onwards, error)
        return self._form(request, onwards)

    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        """Begin a session, or say what is wrong with the key."""
        request[ROUTE] = SIGN_IN
        fields = await read_fields(request)
        onwards = page_of_ours(fields.text("next"))
        answer = _see(onwards)
        try:
            csrf.check_site(request, self._public_url)
            await self._sessions.open(request, fields.text("key"), answer)
        except DocstageError as error:
            return self._form(request, onwards, error)
        return answer

    def _form(
        self, request: web.Request, onwards: str, error: DocstageError | None = None
    ) -> web.Response:
        failure = None if error is None else failure_of(error)
        detail = ""
        if failure is not None:
            detail = _NOT_KNOWN if failure.code is Code.WRONG_AUTH else failure.detail
        context = {
            "visit": None,
            "onwards": onwards,
            "detail": detail,
            "request_id": request.get(REQUEST_ID, ""),
        }
        status = 200 if failure is None else failure.status
        answer = self._rendering.response("session/sign_in.html", status, context)
        if failure is not None:
            answer.headers.update(failure.headers)
            answer.headers.pop("WWW-Authenticate", None)
        return answer


def session_screen(sessions: Sessions, live: Live) -> Screen:
    """What those who have signed in do with their session."""

    async def first(visit: Visit) -> web.StreamResponse:
        """The first page that the key may open."""
        return visit.go(visit.rendering.navigation(visit.principal)[0].url)

    async def sign_out(visit: Visit) -> web.StreamResponse:
        await sessions.close(visit.session)
        live.end(visit.session.id)
        answer = visit.go(SIGN_IN)
        sessions.remove_cookie(visit.request, answer)
        return answer

    async def choose(visit: Visit) -> web.StreamResponse:
        fields = await visit.fields()
        wanted = fields.text("workspace") or None
        if wanted is not None and wanted not in {it.id for it in await visit.seen(visit.principal)}:
            raise Permanent(Code.UNKNOWN_WORKSPACE)
        await sessions.choose_workspace(visit.session, wanted)
        return visit.go(page_of_ours(fields.text("next")))

    return Screen(
        "session",
        [
            Route("GET", "", first),
            Route("GET", "/", first),
            Route("POST", "/sign-out", sign_out),
            Route("POST", "/workspace", choose),
            Route("GET", "/live", live.serve),
        ],
    )


def page_of_ours(url: str) -> str:
    """The address if it is one of the console's pages, else that of the console."""
    parts = urlsplit(url)
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith(f"{ROOT}/")
    is_plain = url.isascii() and url.isprintable() and "\\" not in url and "/sign-" not in url
    return url if is_ours and is_plain else ROOT


def _see(url: str) -> web.Response:
    return web.Response(status=303, headers={"Location": url})
