"""Signing in with an API key, and the sessions that follow.

The key is looked up once and kept nowhere: a session knows its id and its digest, so that it
ends when the key is revoked, expires or loses its licence.
"""

import hashlib
import ipaddress
import secrets
from datetime import timedelta

from aiohttp import web

from services.ingest.console import csrf
from services.ingest.review_links import LINK_PREFIX, ReviewLinks
from shared.config import Settings
from shared.errors import Code, Permanent, Quota
from shared.http.auth import Authenticator
from shared.http.context import PRINCIPAL, Principal
from shared.http.rates import Buckets, Rate
from shared.models.document import Document, DocumentState
from shared.models.review_link import ReviewLink
from shared.models.session import Session
from shared.models.tenancy import Scope
from shared.models.time import utc_now
from shared.store.collections import DOCUMENTS, SESSIONS
from shared.store.port import Query, Store, Tenant

LIFETIME = timedelta(hours=12)
LINKED_LIFETIME = timedelta(hours=2)
"""Of who came by a signed link."""
_BY_LINK = frozenset({Scope.READ, Scope.WRITE})
SECURE_COOKIE = "__Host-docstage"
LOOPBACK_COOKIE = "docstage-console"
"""Without the prefix, which browsers only take over HTTPS; not for other machines to see."""
_ATTEMPTS = Rate(per_second=0.5, burst=20)
_OLD_AT_ONCE = 100
_LOCALHOST = "localhost"


class Sessions:
    """Opens, finds and closes sessions, which all replicas know."""

    def __init__(
        self, store: Store, authenticator: Authenticator, settings: Settings, links: ReviewLinks
    ) -> None:
        self._store = store
        self._links = links
        self._authenticator = authenticator
        self._settings = settings
        self._attempts = Buckets(_ATTEMPTS)

    async def open(self, request: web.Request, key: str, answer: web.StreamResponse) -> Session:
        """Begin a session, and put its cookie on ``answer``; one under way ends.

        Raises ``Quota(RATE_LIMITED)`` for who tries too often, ``Permanent(BAD_REQUEST)`` where
        the line is not safe, and what ``Authenticator.admit`` raises.
        """
        self.check_line(request)
        wait = self._attempts.take(request.remote or "")
        if wait > 0:
            raise Quota(Code.RATE_LIMITED, retry_after=wait)
        digest = self._authenticator.digest_of(key)
        principal = await self._authenticator.admit(request, digest, Scope.READ)
        before = await self.find(request)
        if before is not None:
            await self.close(before)
        await self._remove_old()
        cookie = secrets.token_urlsafe(32)
        session = _session(cookie, principal, digest)
        await self._store.of(Tenant(session.organization), SESSIONS).insert(session)
        self._set_cookie(request, answer, cookie)
        return session

    async def open_for(
        self,
        request: web.Request,
        document: Document,
        answer: web.StreamResponse,
        link: ReviewLink | None = None,
    ) -> None:
        """Begin a session of who has a signed link to a document, for that document alone.

        It lasts no longer than ``link``, where it is one that can be taken back.
        Raises ``Permanent(BAD_REQUEST)`` where the line is not safe.
        """
        self.check_line(request)
        cookie, until = secrets.token_urlsafe(32), utc_now() + LINKED_LIFETIME
        session = Session(
            id=_session_id(cookie),
            organization=document.organization,
            key=f"{LINK_PREFIX}{link.id if link else document.id}",
            key_digest="",
            csrf=csrf.new_secret(),
            expires=min(link.expires, until) if link else until,
            document=document.id,
            link=link.id if link else None,
        )
        await self._store.of(Tenant(session.organization), SESSIONS).insert(session)
        self._set_cookie(request, answer, cookie)

    async def find(self, request: web.Request) -> Session | None:
        """The session of a request's cookie, unless it is over."""
        cookie = request.cookies.get(self._cookie_name(request), "")
        if not cookie:
            return None
        session = await self._store.across(SESSIONS).get(_session_id(cookie))
        return session if session is not None and session.expires > utc_now() else None

    async def principal(self, request: web.Request, session: Session, scope: Scope) -> Principal:
        """Put the session's principal on the request.

        Raises what ``Authenticator.admit`` does.
        """
        if session.document is not None:
            return await self._of_link(request, session, scope)
        return await self._authenticator.admit(request, session.key_digest, scope)

    async def _of_link(self, request: web.Request, session: Session, scope: Scope) -> Principal:
        """Who has a link sees its document's workspace; the gate lets through to that document."""
        tenant = Tenant(session.organization)
        document = await self._store.of(tenant, DOCUMENTS).get(session.document or "")
        if document is None or document.state is DocumentState.EXPIRED:
            raise Permanent(Code.WRONG_AUTH)
        if session.link and not await self._links.holds(session.organization, session.link):
            raise Permanent(Code.WRONG_AUTH)
        if scope not in _BY_LINK:
            raise Permanent(Code.NOT_ENOUGH_PERMISSIONS)
        only = Tenant(session.organization, frozenset({document.workspace}))
        principal = Principal(session.key, only, _BY_LINK)
        request[PRINCIPAL] = principal
        await self._authenticator.require_licence(session.organization)
        return principal

    async def close(self, session: Session) -> None:
        """End it: its cookie is worth nothing from now on."""
        await self._store.of(Tenant(session.organization), SESSIONS).delete(session.id)

    async def choose_workspace(self, session: Session, workspace: str | None) -> None:
        """Remember which workspace its pages are about, ``None`` for all."""
        sessions = self._store.of(Tenant(session.organization), SESSIONS)
        await sessions.change(session.id, lambda it: it.copy_with(workspace=workspace))

    def remove_cookie(self, request: web.Request, answer: web.StreamResponse) -> None:
        """Have the browser forget it."""
        name = self._cookie_name(request)
        answer.del_cookie(name, path="/", secure=self._is_secure(request), httponly=True)

    def check_line(self, request: web.Request) -> None:
        """Raise ``Permanent(BAD_REQUEST)`` where others could read a key on its way.

        HTTPS, this machine itself, or an operator's word that plain HTTP is meant.
        """
        known = self._settings.public_url.startswith("http://")
        if not (self._is_secure(request) or known or _is_loopback(request)):
            raise Permanent(
                Code.BAD_REQUEST,
                "The console takes keys over HTTPS only, or on this machine itself. Start it with "
                "--tls, or set DOCSTAGE_PUBLIC_URL to the address that people use.",
            )

    def _is_secure(self, request: web.Request) -> bool:
        public = self._settings.public_url
        return public.startswith("https://") if public else request.secure

    def _cookie_name(self, request: web.Request) -> str:
        return SECURE_COOKIE if self._is_secure(request) else LOOPBACK_COOKIE

    def _set_cookie(self, request: web.Request, answer: web.StreamResponse, cookie: str) -> None:
        answer.set_cookie(
            self._cookie_name(request),
            cookie,
            max_age=int(LIFETIME.total_seconds()),
            path="/",
            secure=self._is_secure(request),
            httponly=True,
            samesite="Lax",
        )

    async def _remove_old(self) -> None:
        """Those that are over; all live equally long, so they are the ones begun first."""
        sessions = self._store.across(SESSIONS)
        old = Query(created_before=utc_now() - LIFETIME, oldest_first=True)
        for session in await sessions.page(old, None, _OLD_AT_ONCE):
            await sessions.delete(session.id)


def _session(cookie: str, principal: Principal, digest: str) -> Session:
    only = principal.tenant.workspaces
    return Session(
        id=_session_id(cookie),
        organization=principal.organization,
        key=principal.key,
        key_digest=digest,
        csrf=csrf.new_secret(),
        expires=utc_now() + LIFETIME,
        workspace=next(iter(only)) if only is not None and len(only) == 1 else None,
    )


def _session_id(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


def _is_loopback(request: web.Request) -> bool:
    host = request.url.host or ""
    if host == _LOCALHOST:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
