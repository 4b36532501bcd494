"""The handlers of collections."""

from aiohttp import web

from services.ingest.dialects.affinda.collections.fields import (
    data_field,
    fields_layout,
    path_of,
    with_change,
    with_field,
)
from services.ingest.dialects.affinda.collections.models import (
    CollectionCreate,
    CollectionUpdate,
    CollectionWorkspace,
    DataFieldCreate,
    FieldUpdate,
    OwnerName,
    WholeCollectionView,
)
from services.ingest.dialects.affinda.context import (
    IDENTIFIER,
    AffindaParts,
    named_workspace,
    organization_of,
)
from services.ingest.dialects.affinda.types.book import TypeEntry, changeable, type_book
from services.ingest.dialects.affinda.wire import answer, read_body
from services.ingest.dialects.affinda.workspaces.views import extractor_view
from services.ingest.workspaces import find_workspace
from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of
from shared.models.tenancy import Organization, Workspace

DATA_POINT = "datapoint_identifier"


class CollectionHandlers:
    """The handlers and what they work with."""

    def __init__(self, parts: AffindaParts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """The types that documents of a workspace can be of; else of the key's own one."""
        principal = principal_of(request)
        named = request.query.get("workspace", "")
        if named:
            workspace = await named_workspace(self._parts, principal, named, "workspace")
        else:
            workspace = await find_workspace(self._parts.store, principal)
        book = await type_book(self._parts.types, principal)
        owner = await organization_of(self._parts, principal)
        return answer([_view(it, workspace, owner) for it in book.of_workspace(workspace)])

    async def get(self, request: web.Request) -> web.Response:
        """One type."""
        return await self._one(request, await self._entry(request))

    async def create(self, request: web.Request) -> web.Response:
        """A new type of a workspace, with the fields of another."""
        principal, wish = principal_of(request), await read_body(request, CollectionCreate)
        workspace = await named_workspace(self._parts, principal, wish.workspace, "workspace")
        book = await type_book(self._parts.types, principal)
        model = wish.extractor or wish.base_extractor
        fields = book.find(model.replace("-", "_"), "extractor").schema.fields if model else []
        made = await self._parts.types.create_titled(principal, wish.name, "", workspace.id)
        if fields:
            await self._parts.types.replace(principal, made.name, {"fields": fields})
        if workspace.policies.types:
            await self._parts.workspace_records.change(
                principal, workspace.id, lambda it: _allowing(it, made.name)
            )
        entry = (await type_book(self._parts.types, principal)).find(made.name)
        return await self._one(request, entry, 201)

    async def change(self, request: web.Request) -> web.Response:
        """Another name."""
        entry, wish = await self._own(request), await read_body(request, CollectionUpdate)
        if wish.name is not None:
            await self._replace(request, entry, {"title": wish.name})
        return await self._one(request, await self._entry(request))

    async def delete(self, request: web.Request) -> web.Response:
        """Remove an own type; its documents stay."""
        entry = await self._own(request)
        await self._parts.types.delete(principal_of(request), entry.schema.name)
        return web.Response(status=204)

    async def add_field(self, request: web.Request) -> web.Response:
        """One more field of an own type."""
        entry, wish = await self._own(request), await read_body(request, DataFieldCreate)
        name = entry.schema.name
        fields, path = with_field(entry.schema.fields, wish, name)
        await self._replace(request, entry, {"fields": fields})
        return answer(data_field(name, path, fields))

    async def field(self, request: web.Request) -> web.Response:
        """One field."""
        entry = await self._entry(request)
        name = entry.schema.name
        path = path_of(request.match_info[DATA_POINT], name)
        return answer(data_field(name, path, entry.schema.fields).field)

    async def change_field(self, request: web.Request) -> web.Response:
        """What a field is called, or whether it must be there."""
        entry, wish = await self._own(request), await read_body(request, FieldUpdate)
        name = entry.schema.name
        path = path_of(request.match_info[DATA_POINT], name)
        fields = with_change(entry.schema.fields, path, wish)
        await self._replace(request, entry, {"fields": fields})
        return answer(data_field(name, path, fields).field)

    async def _replace(
        self, request: web.Request, entry: TypeEntry, changes: dict[str, object]
    ) -> None:
        await self._parts.types.replace(principal_of(request), entry.schema.name, changes)

    async def _entry(self, request: web.Request) -> TypeEntry:
        book = await type_book(self._parts.types, principal_of(request))
        return book.find(request.match_info[IDENTIFIER])

    async def _own(self, request: web.Request) -> TypeEntry:
        return changeable(principal_of(request), await self._entry(request))

    async def _one(self, request: web.Request, entry: TypeEntry, status: int = 200) -> web.Response:
        principal = principal_of(request)
        workspace = await self._workspace(principal, entry)
        owner = await organization_of(self._parts, principal)
        return answer(_view(entry, workspace, owner), status)

    async def _workspace(self, principal: Principal, entry: TypeEntry) -> Workspace:
        """That of the type, else the one for documents that name none."""
        own = entry.own.workspace if entry.own else None
        if own is not None:
            return await named_workspace(self._parts, principal, own)
        seen = await self._parts.workspace_records.seen(principal)
        found = next((it for it in seen if it.default), seen[0] if seen else None)
        if found is None:
            raise Permanent(Code.NOT_FOUND, "Collection not found.")
        return found


def _allowing(workspace: Workspace, name: str) -> Workspace:
    types = list(dict.fromkeys([*workspace.policies.types, name]))
    return workspace.copy_with(policies=workspace.policies.copy_with(types=types))


def _view(entry: TypeEntry, workspace: Workspace, owner: Organization) -> WholeCollectionView:
    return WholeCollectionView(
        identifier=entry.identifier,
        name=entry.title,
        workspace=CollectionWorkspace(
            identifier=workspace.id,
            name=workspace.name,
            organization=OwnerName(identifier=owner.id, name=owner.name),
        ),
        extractor=extractor_view(entry),
        fields_layout=fields_layout(entry.schema.name, entry.schema.fields),
    )
