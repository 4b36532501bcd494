"""What a request passes before a page's handler: its session, its key's rights, its token."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from urllib.parse import quote

from aiohttp import web

from services.ingest.console import csrf
from services.ingest.console.errors import error_context
from services.ingest.console.rendering import Rendering
from services.ingest.console.screens import Route
from services.ingest.console.security_headers import ROOT
from services.ingest.console.session import Sessions
from services.ingest.console.visit import GO, SWAP, Seen, Visit, read_fields
from shared.errors import Code, DocstageError, Permanent
from shared.http.context import REQUEST_ID, ROUTE
from shared.http.errors import NativeErrors, failure_of
from shared.http.rates import Rates
from shared.models.session import Session
from shared.models.tenancy import Scope

_READS = frozenset({"GET", "HEAD"})
REVIEW_SCREEN, SESSION_SCREEN = "review", "session"
SIGN_IN, SIGN_OUT = f"{ROOT}/sign-in", f"{ROOT}/sign-out"


@dataclass(frozen=True)
class ConsoleGate:
    """Stands before every page but that for signing in."""

    sessions: Sessions
    rendering: Rendering
    rates: Rates
    seen: Seen
    public_url: str

    def guarded(
        self, screen: str, route: Route
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A route's handler behind this gate."""

        async def handle(request: web.Request) -> web.StreamResponse:
            request[ROUTE] = f"{ROOT}{route.path}"
            session = await self.sessions.find(request)
            if session is None:
                return self._to_sign_in(request)
            if not _reaches(session, screen, request):
                return self._without_visit(request, Permanent(Code.NOT_FOUND))
            try:
                principal = await self.sessions.principal(request, session, Scope.READ)
            except DocstageError as error:
                if error.code is not Code.WRONG_AUTH:
                    return self._without_visit(request, error)
                await self.sessions.close(session)
                return self._to_sign_in(request)
            visit = Visit(request, principal, session, screen, self.rendering, self.seen)
            try:
                await self.sessions.principal(request, session, route.scope)
                if request.method not in _READS:
                    await self._check(visit, route)
                return await route.handle(visit)
            except DocstageError as error:
                return await self._failed(visit, error)

        return handle

    async def _check(self, visit: Visit, route: Route) -> None:
        self.rates.check(visit.principal)
        request = visit.request
        csrf.check_site(request, self.public_url)
        token = request.headers.get(csrf.HEADER)
        if token is not None:
            visit.check_token(token)
        elif not route.checks_token:
            visit.check_token((await read_fields(request)).text(csrf.FIELD))

    def _to_sign_in(self, request: web.Request) -> web.Response:
        if not _wants_page(request):
            return web.Response(status=401, headers={GO: SIGN_IN})  # the script adds where it is
        onwards = f"?next={quote(request.path_qs, safe='')}" if request.method in _READS else ""
        return web.Response(status=303, headers={"Location": f"{SIGN_IN}{onwards}"})

    async def _failed(self, visit: Visit, error: DocstageError) -> web.StreamResponse:
        failure = replace(failure_of(error), request=visit.request.get(REQUEST_ID, ""))
        if _wants_json(visit.request):
            return NativeErrors().render(failure)
        if visit.is_swap:
            answer = visit.notice(failure.detail, failure.status, error=True)
        else:
            context = {**error_context(failure), "visit": visit}
            answer = await visit.page("error.html", failure.status, **context)
        answer.headers.update(failure.headers)
        answer.headers.pop("WWW-Authenticate", None)
        return answer

    def _without_visit(self, request: web.Request, error: DocstageError) -> web.Response:
        """For a key that may not do this, or nothing at all any more."""
        failure = replace(failure_of(error), request=request.get(REQUEST_ID, ""))
        if _wants_json(request):
            return NativeErrors().render(failure)
        context = error_context(failure)
        if _wants_page(request):
            return self.rendering.response("error.html", failure.status, context)
        shown = {"text": failure.detail, "is_error": True}
        answer = self.rendering.response("_notice.html", failure.status, shown)
        answer.headers[SWAP] = "fragments"
        return answer


def _reaches(session: Session, screen: str, request: web.Request) -> bool:
    """Whether a route is for this session: one that was begun by a link is for one document."""
    if session.document is None:
        return True
    if screen == SESSION_SCREEN:
        return request.path == SIGN_OUT
    return screen == REVIEW_SCREEN and request.match_info.get("id") == session.document


def _wants_json(request: web.Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _wants_page(request: web.Request) -> bool:
    return "text/html" in request.headers.get("Accept", "") and SWAP not in request.headers
