"""Authentication: from a request's key to its principal.

All ways to fail give the same 401. Keys found are remembered for a few seconds, so a
revocation takes effect everywhere within ``CACHE_SECONDS``, and at once in the process
that made it.
"""

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from shared.errors import Code, DocstageError, Permanent, Transient
from shared.http.context import PRINCIPAL, Principal
from shared.http.keys import key_digest, may_be_key
from shared.models.tenancy import ApiKey, LicenceState, Organization, Scope, Workspace
from shared.models.time import utc_now
from shared.store.collections import API_KEYS, ORGANIZATIONS, USERS, WORKSPACES
from shared.store.port import Position, Query, Store, Tenant

CACHE_SECONDS = 10.0
_CACHE_SIZE = 4096
_PAGE = 500
_LAST_USED_STEP = timedelta(hours=1)
_SCHEMES = ("bearer", "api_key")

KeyReader = Callable[[Mapping[str, str]], str | None]
"""Finds the key among a request's headers, in a dialect's way; ``None`` without one."""


@dataclass(frozen=True, slots=True)
class _Known:
    key: ApiKey
    organization: Organization
    hidden: frozenset[str]
    until: float


def key_of_headers(headers: Mapping[str, str]) -> str | None:
    """The key a request carries, in any of the three ways, or ``None``."""
    scheme, _, key = headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() in _SCHEMES and key.strip():
        return key.strip()
    return headers.get("X-API-Key", "").strip() or None


class Authenticator:
    """Finds keys in the store, and remembers them for a short while."""

    def __init__(self, store: Store, secret: bytes) -> None:
        self._store = store
        self._secret = secret
        self._known: dict[str, _Known] = {}

    async def authenticate(
        self, request: web.Request, scope: Scope, key_of: KeyReader = key_of_headers
    ) -> Principal:
        """Put the principal on the request, if its key may do what ``scope`` names.

        Raises ``DocstageError``: WRONG_AUTH, NO_LICENCE, EXPIRED_LICENCE or
        NOT_ENOUGH_PERMISSIONS.
        """
        return await self.admit(request, self.digest_of(key_of(request.headers)), scope)

    def digest_of(self, key: str | None) -> str:
        """What is stored of a key; raises ``DocstageError(WRONG_AUTH)`` for what is none."""
        if key is None or not may_be_key(key):
            raise Permanent(Code.WRONG_AUTH)
        return key_digest(self._secret, key)

    async def admit(self, request: web.Request, digest: str, scope: Scope) -> Principal:
        """As ``authenticate``, for who is known to have had the key with this digest."""
        known = await self._find(digest)
        now = utc_now()
        if known is None or not known.key.is_good(now):
            raise Permanent(Code.WRONG_AUTH)
        principal = _principal(known.key, known.hidden)
        request[PRINCIPAL] = principal
        if scope is not Scope.OPERATE:  # operators must be able to grant a licence
            _require_licence(known.organization, now)
        if not _may(principal.scopes, scope):
            raise Permanent(Code.NOT_ENOUGH_PERMISSIONS)
        return principal

    async def require_licence(self, organization: str) -> None:
        """Raise ``DocstageError`` (NO_LICENCE, EXPIRED_LICENCE) unless it may use the service."""
        found = await self._store.across(ORGANIZATIONS).get(organization)
        if found is None:
            raise Permanent(Code.WRONG_AUTH)
        _require_licence(found, utc_now())

    def forget(self, digest: str) -> None:
        """Ask the store again for a key that was changed."""
        self._known.pop(digest, None)

    def forget_all(self) -> None:
        """Ask the store again for all keys, as a licence or a workspace's members were changed."""
        self._known.clear()

    async def _find(self, digest: str) -> _Known | None:
        known = self._known.get(digest)
        if known is not None and known.until > time.monotonic():
            return known
        self.forget(digest)
        found = await self._load(digest)
        if found is not None:
            if len(self._known) >= _CACHE_SIZE:
                self._known.clear()
            self._known[digest] = found
        return found

    async def _load(self, digest: str) -> _Known | None:
        until = time.monotonic() + CACHE_SECONDS
        key = await self._store.across(API_KEYS).find("digest", digest)
        if key is None or not hmac.compare_digest(key.digest, digest):
            return None
        organization = await self._store.across(ORGANIZATIONS).get(key.organization)
        if organization is None:
            return None
        hidden = await self._hidden(key)
        await self._note_use(key)
        return _Known(key, organization, hidden, until)

    async def _hidden(self, key: ApiKey) -> frozenset[str]:
        """The private workspaces that a person's key does not see: all, once she is removed."""
        if key.user is None:
            return frozenset()
        tenant = Tenant(key.organization)
        workspaces, found, after = self._store.of(tenant, WORKSPACES), list[Workspace](), None
        while rows := await workspaces.page(Query({"private": "true"}), after, _PAGE):
            found += rows
            after = Position(rows[-1].created, rows[-1].id)
        if not found:
            return frozenset()
        is_there = await self._store.of(tenant, USERS).get(key.user) is not None
        return frozenset(it.id for it in found if not is_there or key.user not in it.members)

    async def _note_use(self, key: ApiKey) -> None:
        now = utc_now()
        if key.last_used is not None and now - key.last_used < _LAST_USED_STEP:
            return
        try:
            await self._store.across(API_KEYS).replace(key.copy_with(last_used=now))
        except Transient:
            return  # only a note; the request itself will tell if the store is down


def _principal(key: ApiKey, hidden: frozenset[str]) -> Principal:
    workspaces = None if key.workspaces is None else frozenset(key.workspaces)
    tenant = Tenant(key.organization, workspaces, hidden)
    return Principal(key.id, tenant, frozenset(key.scopes), key.user)


def _may(scopes: frozenset[Scope], wanted: Scope) -> bool:
    if wanted in scopes:
        return True
    return wanted is not Scope.OPERATE and Scope.ADMIN in scopes


def _require_licence(organization: Organization, now: datetime) -> None:
    state = organization.licence.state(now)
    if state is LicenceState.NONE:
        raise DocstageError(Code.NO_LICENCE)
    if state is LicenceState.EXPIRED:
        raise DocstageError(Code.EXPIRED_LICENCE)
