"""API keys: made and shown once, listed with their last use, revoked."""

from datetime import UTC, datetime, timedelta

from aiohttp import web

from services.ingest.api_keys import ApiKeys, grantable
from services.ingest.console.screens import Route
from services.ingest.console.security_headers import ROOT
from services.ingest.console.visit import Visit
from services.ingest.parts import IngestParts, path_id
from services.ingest.resources.tenancy_models import KeyRequest
from services.ingest.tenants import KeyRights
from shared.errors import Code, Permanent
from shared.http.json import model_of
from shared.models.tenancy import Scope
from shared.models.time import utc_now
from shared.store.port import Query

_PATH = "/integrations/keys"
_EXPIRIES = {"": None, "30": 30, "90": 90, "365": 365}


class KeysPage:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._keys = ApiKeys(parts.store, parts.authenticator, parts.secret)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """The organization's keys."""
        return await self._page(visit)

    async def make(self, visit: Visit) -> web.StreamResponse:
        """A new key; this answer is the only place where it is ever shown."""
        sent = await visit.fields()
        days = sent.text("expires")
        if days not in _EXPIRIES:
            raise Permanent(Code.BAD_REQUEST, "Choose when it expires.")
        wish = model_of(
            {
                "name": sent.text("name"),
                "scopes": sent.all("scope"),
                "workspaces": sent.all("workspace") or None,
                "expires": _after(_EXPIRIES[days]),
            },
            KeyRequest,
        )
        workspaces = None if wish.workspaces is None else tuple(wish.workspaces)
        rights = KeyRights(wish.name, tuple(wish.scopes), workspaces, None, wish.expires)
        record, key = await self._keys.issue(visit.principal, rights)
        return await self._page(visit, made=(record.name, key))

    async def revoke(self, visit: Visit) -> web.StreamResponse:
        """Revoke a key, for good."""
        await self._keys.revoke(visit.principal, path_id(visit.request))
        return visit.go(f"{ROOT}{_PATH}?done=revoked")

    async def _page(self, visit: Visit, made: tuple[str, str] | None = None) -> web.Response:
        keys = await self._keys.of(visit.principal)
        page = await self._parts.pager.page(
            self._parts.pager.asked(visit.request, visit.principal), keys, Query()
        )
        now = utc_now()
        seen = await visit.seen(visit.principal)
        context = {
            "page": page,
            "made": made,
            "states": {it.id: _state(it.revoked, it.expires, now) for it in page.rows},
            "scopes": [it for it in Scope if it in grantable(visit.principal)],
            "seen": seen,
            "names": {it.id: it.name for it in seen},
            "own": visit.principal.key,
        }
        if visit.is_swap:
            return visit.fragments("integrations/_keys.html", **context)
        return await visit.page("integrations/keys.html", **context)


def key_routes(parts: IngestParts) -> list[Route]:
    """The page and its buttons."""
    page = KeysPage(parts)
    return [
        Route("GET", _PATH, page.show, Scope.ADMIN),
        Route("POST", _PATH, page.make, Scope.ADMIN),
        Route("POST", f"{_PATH}/{{id}}/revoke", page.revoke, Scope.ADMIN),
    ]


def _state(revoked: datetime | None, expires: datetime | None, now: datetime) -> tuple[str, str]:
    """A word and its tone."""
    if revoked is not None:
        return "Revoked", "calm"
    if expires is not None and expires <= now:
        return "Expired", "calm"
    return "In use", "good"


def _after(days: int | None) -> datetime | None:
    return None if days is None else datetime.now(UTC) + timedelta(days=days)
