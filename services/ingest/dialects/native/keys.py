"""API keys: made (shown once), listed, revoked."""

from aiohttp import web

from services.ingest.api_keys import ApiKeys
from services.ingest.parts import IngestParts, path_id
from services.ingest.resources.document_views import PREFIX
from services.ingest.resources.tenancy_models import (
    KeyList,
    KeyRequest,
    KeyView,
    NewKeyView,
)
from services.ingest.tenants import KeyRights
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.tenancy import ApiKey, Scope
from shared.store.port import Query

_ORGANIZATION = Parameter("organization", "another organization, by id; for operators")


class Keys:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._keys = ApiKeys(parts.store, parts.authenticator, parts.secret)

    async def list(self, request: web.Request) -> web.Response:
        """An organization's keys."""
        principal = principal_of(request)
        organization = _organization(request)
        keys = await self._keys.of(principal, organization)
        filters = {"organization": organization} if organization else {}
        asked = self._parts.pager.asked(request, principal, filters)
        page = await self._parts.pager.page(asked, keys, Query())
        return page.answer(KeyList(keys=[KeyView(**_values(it)) for it in page.rows]))

    async def create(self, request: web.Request) -> web.Response:
        """A new key; the answer is the only place where it is ever shown."""
        wish = await json_body(request, KeyRequest)
        workspaces = None if wish.workspaces is None else tuple(dict.fromkeys(wish.workspaces))
        scopes = tuple(dict.fromkeys(wish.scopes))
        rights = KeyRights(wish.name, scopes, workspaces, wish.user, wish.expires)
        principal = principal_of(request)
        record, key = await self._keys.issue(principal, rights, wish.organization or "")
        return json_answer(NewKeyView(**_values(record), key=key), status=201)

    async def get(self, request: web.Request) -> web.Response:
        """One key's record."""
        keys = await self._keys.of(principal_of(request), _organization(request))
        record = await keys.get(path_id(request))
        if record is None:
            raise Permanent(Code.NOT_FOUND)
        return json_answer(KeyView(**_values(record)))

    async def revoke(self, request: web.Request) -> web.Response:
        """Revoke a key, for good."""
        principal = principal_of(request)
        await self._keys.revoke(principal, path_id(request), _organization(request))
        return web.Response(status=204)


def key_operations(parts: IngestParts) -> list[Operation]:
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


def _organization(request: web.Request) -> str:
    return request.query.get("organization", "")


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
