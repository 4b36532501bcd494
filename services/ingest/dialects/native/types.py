"""Document types: what can be found on which kind of document."""

from aiohttp import web
from pydantic import Field

from services.ingest.dialects.native.context import NativeParts
from services.ingest.dialects.native.views import PREFIX
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.json import json_answer
from shared.http.operations import Answer, Operation
from shared.models.base import Model
from shared.models.schema import FieldSpec, Schema
from shared.models.tenancy import Scope


class TypeView(Model):
    """A document type with its fields."""

    name: str
    title: str
    version: int
    built_in: bool = Field(description="comes with the product")
    fields: list[FieldSpec]
    links: dict[str, str]


class TypeList(Model):
    """Document types by name."""

    types: list[TypeView]


class Types:
    """The handlers and what they work with."""

    def __init__(self, parts: NativeParts) -> None:
        self._parts = parts
        self._sorted = sorted(parts.types.values(), key=_name)

    async def list(self, request: web.Request) -> web.Response:
        """The document types, by name."""
        asked = self._parts.pager.asked(request, principal_of(request))
        page = self._parts.pager.slice(asked, self._sorted, _name)
        return page.answer(TypeList(types=[_view(it) for it in page.rows]))

    async def get(self, request: web.Request) -> web.Response:
        """One document type."""
        schema = self._parts.types.get(request.match_info["name"])
        if schema is None:
            raise Permanent(Code.NOT_FOUND)
        return json_answer(_view(schema))


def type_operations(parts: NativeParts) -> list[Operation]:
    """The table."""
    api = Types(parts)
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
            method="GET",
            path="/types/{name}",
            handle=api.get,
            name="getType",
            summary="One document type with its fields",
            tag="types",
            scope=Scope.READ,
            answers={200: Answer("the type", TypeView)},
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _name(schema: Schema) -> str:
    return schema.name


def _view(schema: Schema) -> TypeView:
    return TypeView(
        name=schema.name,
        title=schema.title,
        version=schema.version,
        built_in=True,
        fields=schema.fields,
        links={"self": f"{PREFIX}/types/{schema.name}", "collection": f"{PREFIX}/types"},
    )
