"""Document types: what can be found on which kind of document, and the rules for it."""

from aiohttp import web

from services.ingest.document_types import DocumentTypes
from services.ingest.parts import IngestParts
from services.ingest.reach import require_whole_organization
from services.ingest.resources.document_views import PREFIX
from services.ingest.resources.type_models import NewType, TypeChange, TypeList, TypeView
from services.ingest.workspaces import find_workspace
from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation
from shared.models.schema import DocumentType, Schema
from shared.models.tenancy import Scope

_ONE = "/types/{name}"


class Types:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._types = DocumentTypes(parts.store, parts.types)

    async def list(self, request: web.Request) -> web.Response:
        """The document types by name, an own one instead of the built-in one of its name."""
        principal = principal_of(request)
        asked = self._parts.pager.asked(request, principal)
        views = {name: _view(schema) for name, schema in self._types.built_in.items()}
        views |= {it.name: _own_view(it) for it in await self._types.all_own(principal)}
        page = self._parts.pager.slice(asked, sorted(views.values(), key=_name), _name)
        return page.answer(TypeList(types=page.rows))

    async def get(self, request: web.Request) -> web.Response:
        """One document type."""
        name = request.match_info["name"]
        own = await self._types.own(principal_of(request), name)
        if own is not None:
            return json_answer(_own_view(own))
        if name not in self._types.built_in:
            raise Permanent(Code.NOT_FOUND)
        return json_answer(_view(self._types.built_in[name]))

    async def create(self, request: web.Request) -> web.Response:
        """A new type of one's own."""
        principal = principal_of(request)
        wish = await json_body(request, NewType)
        workspace = await self._workspace(principal, wish.workspace)
        schema = Schema(name=wish.name, **wish.parts())
        made = await self._types.create(principal, schema, workspace)
        return json_answer(_own_view(made), status=201)

    async def replace(self, request: web.Request) -> web.Response:
        """Other fields for an own type; documents extracted before keep theirs."""
        principal = principal_of(request)
        wish = await json_body(request, TypeChange)
        await self._types.check_change(principal, request.match_info["name"])
        name = request.match_info["name"]
        stored = await self._types.replace(principal, name, wish.parts())
        return json_answer(_own_view(stored))

    async def delete(self, request: web.Request) -> web.Response:
        """Remove an own type."""
        principal = principal_of(request)
        await self._types.check_change(principal, request.match_info["name"])
        await self._types.delete(principal, request.match_info["name"])
        return web.Response(status=204)

    async def _workspace(self, principal: Principal, named: str | None) -> str | None:
        if named is None:
            require_whole_organization(principal)
            return None
        return (await find_workspace(self._parts.store, principal, named)).id


def type_operations(parts: IngestParts) -> list[Operation]:
    """The table."""
    api, one = Types(parts), Answer("the type", TypeView)
    return [
        Operation(
            method="GET",
            path="/types",
            handle=api.list,
            name="listTypes",
            summary="List document types",
            tag="types",
            scope=Scope.READ,
            answers={200: Answer("a page of types", TypeList)},
            paged=True,
        ),
        Operation(
            method="POST",
            path="/types",
            handle=api.create,
            name="createType",
            summary="Make a document type of your own: its fields, and rules for them",
            tag="types",
            scope=Scope.ADMIN,
            body=Body(NewType),
            answers={201: one},
            errors=(Code.CONFLICT, Code.UNKNOWN_WORKSPACE),
        ),
        Operation(
            method="GET",
            path=_ONE,
            handle=api.get,
            name="getType",
            summary="One document type with its fields",
            tag="types",
            scope=Scope.READ,
            answers={200: one},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="PUT",
            path=_ONE,
            handle=api.replace,
            name="replaceType",
            summary="Give an own document type other fields",
            tag="types",
            scope=Scope.ADMIN,
            body=Body(TypeChange),
            answers={200: one},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="DELETE",
            path=_ONE,
            handle=api.delete,
            name="deleteType",
            summary="Remove an own document type; its documents stay",
            tag="types",
            scope=Scope.ADMIN,
            answers={204: Answer("removed")},
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _name(view: TypeView) -> str:
    return view.name


def _own_view(own: DocumentType) -> TypeView:
    return _view(own.fields_schema, own.workspace, built_in=False)


def _view(schema: Schema, workspace: str | None = None, *, built_in: bool = True) -> TypeView:
    return TypeView(
        name=schema.name,
        title=schema.title,
        description=schema.description,
        titles=schema.titles,
        version=schema.version,
        built_in=built_in,
        workspace=workspace,
        engine=schema.engine,
        fields=schema.fields,
        links={
            "self": f"{PREFIX}/types/{schema.name}",
            "collection": f"{PREFIX}/types",
            "models": f"{PREFIX}/types/{schema.name}/models",
        },
    )
