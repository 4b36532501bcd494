"""API keys: made (shown once), listed, renamed, revoked."""

from datetime import timedelta

from aiohttp import web

from services.ingest.changes import change
from services.ingest.dialects.documind.context import DocumindParts
from services.ingest.dialects.documind.usage_models import (
    KeyChange,
    KeyList,
    KeyRequest,
    KeyView,
    NewKeyView,
)
from services.ingest.tenants import KeyRights, issue_key
from services.ingest.workspaces import find_workspace
from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of
from shared.http.json import json_answer, json_body
from shared.http.keys import generate_key
from shared.http.paths import path_id
from shared.models.tenancy import ApiKey, Scope
from shared.models.time import utc_now
from shared.store.collections import API_KEYS
from shared.store.port import Query

MOST_KEYS = 1_000
SCOPES = {
    "extractions:read": Scope.READ,
    "extractions:write": Scope.WRITE,
    "admin": Scope.ADMIN,
}
_OLDER_NAMES = {
    "read_extractions": Scope.READ,
    "read:extractions": Scope.READ,
    "write_extractions": Scope.WRITE,
    "write:extractions": Scope.WRITE,
}
_DEFAULT = ("extractions:read", "extractions:write")


class Keys:
    """The handlers and what they work with."""

    def __init__(self, parts: DocumindParts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """The organization's keys."""
        keys = self._parts.store.of(_whole(principal_of(request)).tenant, API_KEYS)
        rows = await keys.page(Query(), None, MOST_KEYS)
        return json_answer(KeyList([KeyView(**_values(it)) for it in rows]))

    async def create(self, request: web.Request) -> web.Response:
        """A new key; the answer is the only place where it is ever shown."""
        principal = _whole(principal_of(request))
        wish = await json_body(request, KeyRequest)
        scopes = tuple(dict.fromkeys(_scope(it) for it in wish.scopes or _DEFAULT))
        days = wish.expires_in_days
        rights = KeyRights(
            name=wish.name,
            scopes=scopes,
            workspaces=await self._workspaces(principal, wish),
            user=principal.user,
            expires=utc_now() + timedelta(days=days) if days else None,
            description=wish.description,
        )
        new = generate_key(self._parts.secret)
        record = await issue_key(self._parts.store, principal.organization, new, rights)
        return json_answer(NewKeyView(**_values(record), key=new.key), status=201)

    async def get(self, request: web.Request) -> web.Response:
        """One key's record."""
        keys = self._parts.store.of(_whole(principal_of(request)).tenant, API_KEYS)
        record = await keys.get(path_id(request))
        if record is None:
            raise Permanent(Code.NOT_FOUND, "API key not found")
        return json_answer(KeyView(**_values(record)))

    async def change(self, request: web.Request) -> web.Response:
        """Rename a key, or revoke it for good."""
        principal = _whole(principal_of(request))
        wish = await json_body(request, KeyChange)
        keys = self._parts.store.of(principal.tenant, API_KEYS)
        stored = await change(keys, path_id(request), lambda key: _changed(key, wish))
        self._parts.authenticator.forget(stored.digest)
        return json_answer(KeyView(**_values(stored)))

    async def _workspaces(self, principal: Principal, wish: KeyRequest) -> tuple[str, ...] | None:
        if wish.project_name:
            return ((await find_workspace(self._parts.store, principal, wish.project_name)).id,)
        return None if wish.org_wide else ((await find_workspace(self._parts.store, principal)).id,)


def _whole(principal: Principal) -> Principal:
    """Refuses keys that are limited to some workspaces: nobody hands out more than they hold."""
    if principal.tenant.workspaces is not None:
        raise Permanent(Code.NOT_ENOUGH_PERMISSIONS)
    return principal


def _scope(name: str) -> Scope:
    known = {**SCOPES, **_OLDER_NAMES}
    if name not in known:
        raise Permanent(Code.BAD_REQUEST, f"scopes must be of {', '.join(SCOPES)}.")
    return known[name]


def _changed(key: ApiKey, wish: KeyChange) -> ApiKey:
    if wish.is_active and key.revoked is not None:
        raise Permanent(Code.BAD_REQUEST, "A revoked key cannot be made active again.")
    revoked = key.revoked or (utc_now() if wish.is_active is False else None)
    return key.copy_with(
        name=wish.name or key.name,
        description=key.description if wish.description is None else wish.description,
        revoked=revoked,
    )


def _values(key: ApiKey) -> dict[str, object]:
    over = key.expires is not None and key.expires <= utc_now()
    names = {scope: name for name, scope in SCOPES.items()}
    return {
        "id": key.id,
        "name": key.name,
        "description": key.description,
        "prefix": key.prefix or f"…{key.last_four}",
        "scopes": [names.get(it, it.value) for it in key.scopes],
        "is_active": key.revoked is None and not over,
        "is_revoked": key.revoked is not None,
        "expires_at": key.expires,
        "last_used_at": key.last_used,
        "created_at": key.created,
        "updated_at": key.updated,
    }
