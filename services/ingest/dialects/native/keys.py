"""API keys: made (shown once), listed, revoked.

Nobody hands out more than they hold: neither scopes nor workspaces. Operators may name
another organization; to others it does not exist.
"""

from aiohttp import web

from services.ingest.changes import change
from services.ingest.dialects.native.context import NativeParts, path_id
from services.ingest.dialects.native.tenancy_models import (
    KeyList,
    KeyRequest,
    KeyView,
    NewKeyView,
)
from services.ingest.dialects.native.views import PREFIX
from services.ingest.dialects.native.workspaces import require_whole_organization
from services.ingest.tenants import KeyRights, issue_key
from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of
from shared.http.json import json_answer, json_body
from shared.http.keys import generate_key
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.tenancy import ApiKey, Scope
from shared.models.time import utc_now
from shared.store.collections import API_KEYS, ORGANIZATIONS, USERS, WORKSPACES
from shared.store.port import Query, Tenant

_ORGANIZATION = Parameter("organization", "another organization, by id; for operators")


class Keys:
    """The handlers and what they work with."""

    def __init__(self, parts: NativeParts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """An organization's keys."""
        principal = principal_of(request)
        organization = request.query.get("organization", "")
        tenant = await self._tenant(principal, organization)
        filters = {"organization": organization} if organization else {}
        asked = self._parts.pager.asked(request, principal, filters)
        page = await self._parts.pager.page(asked, self._parts.store.of(tenant, API_KEYS), Query())
        return page.answer(KeyList(keys=[KeyView(**_values(it)) for it in page.rows]))

    async def create(self, request: web.Request) -> web.Response:
        """A new key; the answer is the only place where it is ever shown."""
        principal = principal_of(request)
        wish = await json_body(request, KeyRequest)
        tenant = await self._tenant(principal, wish.organization or "")
        if not set(wish.scopes) <= _grantable(principal) or not _may_grant_to(principal, wish):
            raise Permanent(Code.NOT_ENOUGH_PERMISSIONS)
        await self._check(tenant, wish)
        new = generate_key(self._parts.secret)
        workspaces = None if wish.workspaces is None else tuple(dict.fromkeys(wish.workspaces))
        scopes = tuple(dict.fromkeys(wish.scopes))
        rights = KeyRights(wish.name, scopes, workspaces, wish.user, wish.expires)
        record = await issue_key(self._parts.store, tenant.organization, new, rights)
        return json_answer(NewKeyView(**_values(record), key=new.key), status=201)

    async def get(self, request: web.Request) -> web.Response:
        """One key's record."""
        tenant = await self._tenant(principal_of(request), request.query.get("organization", ""))
        record = await self._parts.store.of(tenant, API_KEYS).get(path_id(request))
        if record is None:
            raise Permanent(Code.NOT_FOUND)
        return json_answer(KeyView(**_values(record)))

    async def revoke(self, request: web.Request) -> web.Response:
        """Revoke a key, for good."""
        tenant = await self._tenant(principal_of(request), request.query.get("organization", ""))

        def step(key: ApiKey) -> ApiKey:
            return key if key.revoked else key.copy_with(revoked=utc_now())

        keys = self._parts.store.of(tenant, API_KEYS)
        stored = await change(keys, path_id(request), step)
        self._parts.authenticator.forget(stored.digest)
        return web.Response(status=204)

    async def _tenant(self, principal: Principal, organization: str) -> Tenant:
        require_whole_organization(principal)
        if organization in {"", principal.organization}:
            return principal.tenant
        if Scope.OPERATE not in principal.scopes:
            raise Permanent(Code.NOT_FOUND)
        if await self._parts.store.across(ORGANIZATIONS).get(organization) is None:
            raise Permanent(Code.NOT_FOUND)
        return Tenant(organization)

    async def _check(self, tenant: Tenant, wish: KeyRequest) -> None:
        wanted = set(wish.workspaces or ())
        found = await self._parts.store.of(tenant, WORKSPACES).get_many(sorted(wanted))
        if len(found) != len(wanted):
            raise Permanent(Code.UNKNOWN_WORKSPACE)
        if wish.user is not None:
            user = await self._parts.store.of(tenant, USERS).get(wish.user)
            if user is None:
                raise Permanent(Code.INCOHERENT_DATA, "There is no such user.")
        if wish.expires is not None and wish.expires <= utc_now():
            raise Permanent(Code.BAD_REQUEST, "expires must be in the future.")


def key_operations(parts: NativeParts) -> list[Operation]:
    """The table."""
    api = Keys(parts)
    return [
        Operation(
            method="GET",
            path="/keys",
            handle=api.list,
            name="listKeys",
            summary="List keys",
            tag="users and keys",
            scope=Scope.ADMIN,
            parameters=(_ORGANIZATION,),
            answers={200: Answer("a page of keys", KeyList)},
            errors=(Code.NOT_FOUND,),
            paged=True,
        ),
        Operation(
            method="POST",
            path="/keys",
            handle=api.create,
            name="createKey",
            summary="Make a key; it is shown this once",
            tag="users and keys",
            scope=Scope.ADMIN,
            body=Body(KeyRequest),
            answers={201: Answer("the key", NewKeyView)},
            errors=(Code.NOT_FOUND, Code.UNKNOWN_WORKSPACE, Code.INCOHERENT_DATA),
        ),
        Operation(
            method="GET",
            path="/keys/{id}",
            handle=api.get,
            name="getKey",
            summary="One key's record",
            tag="users and keys",
            scope=Scope.ADMIN,
            parameters=(_ORGANIZATION,),
            answers={200: Answer("the key's record", KeyView)},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="DELETE",
            path="/keys/{id}",
            handle=api.revoke,
            name="revokeKey",
            summary="Revoke a key, within 30 seconds everywhere",
            tag="users and keys",
            scope=Scope.ADMIN,
            parameters=(_ORGANIZATION,),
            answers={204: Answer("revoked")},
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _grantable(principal: Principal) -> set[Scope]:
    everything = set(Scope) - {Scope.OPERATE}
    return everything | ({Scope.OPERATE} & principal.scopes)


def _may_grant_to(principal: Principal, wish: KeyRequest) -> bool:
    """Who does not see every workspace hands out keys to nobody else: they might see more."""
    return not principal.tenant.hidden or wish.user == principal.user


def _values(key: ApiKey) -> dict[str, object]:
    own = f"{PREFIX}/keys/{key.id}"
    return {
        "id": key.id,
        "name": key.name,
        "last_four": key.last_four,
        "scopes": key.scopes,
        "workspaces": key.workspaces,
        "user": key.user,
        "created": key.created,
        "expires": key.expires,
        "revoked": key.revoked,
        "last_used": key.last_used,
        "links": {"self": own, "collection": f"{PREFIX}/keys"},
    }
