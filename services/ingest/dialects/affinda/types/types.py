"""The handlers of document types."""

from typing import Any

from aiohttp import web

from services.ingest.dialects.affinda.context import (
    IDENTIFIER,
    AffindaParts,
    check_organization,
    named_workspace,
)
from services.ingest.dialects.affinda.types.book import (
    TypeEntry,
    changeable,
    require_whole,
    type_book,
)
from services.ingest.dialects.affinda.types.models import (
    DocumentTypeCreate,
    DocumentTypeUpdate,
    DocumentTypeView,
)
from services.ingest.dialects.affinda.wire import answer, read_body
from services.ingest.modelling.json_schema import Json, data_schema
from services.ingest.modelling.keys import is_class_name
from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of

RAW_TEXT: Json = {
    "rawText": {"type": ["string", "null"], "description": "All text of the document"}
}
"""What compact data has beside the fields."""


class TypeHandlers:
    """The handlers and what they work with."""

    def __init__(self, parts: AffindaParts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """All types, or those that documents of a workspace can be of."""
        principal = principal_of(request)
        book = await type_book(self._parts.types, principal)
        if organization := request.query.get("organization", ""):
            check_organization(principal, organization)
        found = book.all()
        if named := request.query.get("workspace", ""):
            workspace = await named_workspace(self._parts, principal, named, "workspace")
            found = book.of_workspace(workspace)
        return answer([_view(it, principal) for it in found])

    async def get(self, request: web.Request) -> web.Response:
        """One type."""
        return answer(_view(await self._entry(request), principal_of(request)))

    async def create(self, request: web.Request) -> web.Response:
        """A new type; its fields come by other ways."""
        principal, wish = principal_of(request), await read_body(request, DocumentTypeCreate)
        check_organization(principal, wish.organization)
        require_whole(principal)
        made = await self._parts.types.create_titled(
            principal, wish.name, wish.description or "", workspace=None
        )
        book = await type_book(self._parts.types, principal)
        return answer(_view(book.find(made.name), principal), 201)

    async def change(self, request: web.Request) -> web.Response:
        """Another name or description; the identifier stays."""
        principal = principal_of(request)
        entry = changeable(principal, await self._entry(request))
        wish = await read_body(request, DocumentTypeUpdate)
        changes: dict[str, Any] = {}
        if wish.name is not None:
            changes["title"] = wish.name
        if "description" in wish.model_fields_set:
            changes["description"] = wish.description or ""
        if changes:
            await self._parts.types.replace(principal, entry.schema.name, changes)
        return answer(_view(await self._entry(request), principal))

    async def delete(self, request: web.Request) -> web.Response:
        """Remove a type; documents of it stay."""
        principal = principal_of(request)
        entry = changeable(principal, await self._entry(request))
        await self._parts.types.delete(principal, entry.schema.name)
        return web.Response(status=204)

    async def json_schema(self, request: web.Request) -> web.Response:
        """A JSON Schema of the type's compact data."""
        return answer(await self._schema(request, "title"))

    async def pydantic_models(self, request: web.Request) -> web.Response:
        """Pydantic models of the type's compact data."""
        schema = await self._schema(request, "model_name")
        return answer({"code": await self._parts.models.write(schema)})

    async def _entry(self, request: web.Request) -> TypeEntry:
        book = await type_book(self._parts.types, principal_of(request))
        return book.find(request.match_info[IDENTIFIER])

    async def _schema(self, request: web.Request, parameter: str) -> Json:
        entry = await self._entry(request)
        title = request.query.get(parameter, "").strip() or entry.model
        if not is_class_name(title):
            detail = "Must be a name of letters, digits and underscores, such as Invoice."
            raise Permanent(Code.BAD_REQUEST, detail, field=parameter)
        return data_schema(entry.schema, title, further=RAW_TEXT)


def _view(entry: TypeEntry, principal: Principal) -> DocumentTypeView:
    return DocumentTypeView(
        identifier=entry.identifier,
        name=entry.title,
        organization=principal.organization,
        description=entry.schema.description or None,
    )
