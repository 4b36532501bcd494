"""Signed links to reviews: whoever holds one reviews that document, without a key."""

from aiohttp import web

from services.ingest.console.errors import error_context
from services.ingest.console.rendering import Rendering
from services.ingest.console.security_headers import HEADERS, ROOT
from services.ingest.console.session import Sessions
from services.ingest.review_links import ReviewLinks
from shared.errors import Code, DocstageError, Permanent
from shared.http.context import REQUEST_ID, ROUTE
from shared.http.errors import failure_of
from shared.http.links import LinkSigner
from shared.http.paths import path_id
from shared.models.document import Document, DocumentState
from shared.models.review_link import ReviewLink
from shared.models.tenancy import Scope
from shared.models.time import utc_now
from shared.store.collections import DOCUMENTS
from shared.store.port import Store

PATH = "/review/{id}"
_OVER = "This link is no longer good. Ask for a new one, or sign in with a key."


class LinkOpening:
    """Opens them: the dialects' plain ones, and ours, which can be taken back."""

    def __init__(
        self,
        store: Store,
        links: ReviewLinks,
        signer: LinkSigner,
        sessions: Sessions,
        rendering: Rendering,
    ) -> None:
        self._store = store
        self._links = links
        self._signer = signer
        self._sessions = sessions
        self._rendering = rendering

    async def open(self, request: web.Request) -> web.StreamResponse:
        """To the review: in the session that there is, or in one for that document alone."""
        request[ROUTE] = PATH
        try:
            answer = await self._opened(request)
        except DocstageError as error:
            failure = failure_of(error)
            context = {**error_context(failure), "request_id": request.get(REQUEST_ID, "")}
            answer = self._rendering.response("error.html", failure.status, context)
        answer.headers.update({**HEADERS, "Cache-Control": "no-store"})
        return answer

    async def _opened(self, request: web.Request) -> web.Response:
        identity, now = path_id(request), utc_now()
        link = await self._links.followed(identity, request.query, now)
        if link is None and not self._signer.is_good(f"/review/{identity}", request.query, now):
            raise Permanent(Code.NOT_ENOUGH_PERMISSIONS, _OVER)
        document = await self._store.across(DOCUMENTS).get(identity)
        if document is None or document.state is DocumentState.EXPIRED:
            raise Permanent(Code.NOT_FOUND, "The document is gone.")
        target = f"{ROOT}/review/{identity}"
        answer = web.Response(status=303, headers={"Location": target})
        if not await self._is_seen(request, document, link):
            await self._sessions.open_for(request, document, answer, link)
        return answer

    async def _is_seen(
        self, request: web.Request, document: Document, link: ReviewLink | None
    ) -> bool:
        session = await self._sessions.find(request)
        if session is None or session.organization != document.organization:
            return False
        if session.document is not None:
            is_same = session.link == (link.id if link else None)
            return is_same and session.document == document.id
        try:
            principal = await self._sessions.principal(request, session, Scope.WRITE)
        except DocstageError:
            return False
        return principal.sees_workspace(document.workspace)
