"""The list of types, and one type as it is read."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from services.ingest.console.screens import Route
from services.ingest.console.types.trying import Trying
from services.ingest.console.visit import Visit
from services.ingest.document_types import DocumentTypes
from services.ingest.parts import IngestParts
from shared.errors import Code, Permanent
from shared.models.schema import DocumentType, Schema
from shared.models.tenancy import Scope, Workspace
from shared.store.collections import DOCUMENTS
from shared.store.port import Query

_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A line of the list. ``documents`` counts up to 10,000; ``place`` is whose the type is."""

    schema: Schema
    is_own: bool
    place: str
    documents: int
    trained: bool

    @property
    def is_many(self) -> bool:
        """Whether there are more documents than were counted."""
        return self.documents >= _COUNTED


class TypeList:
    """Lists types with what is made of them."""

    def __init__(self, parts: IngestParts, trying: Trying) -> None:
        self._parts = parts
        self._trying = trying
        self._types = DocumentTypes(parts.store, parts.types)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """All types that the key reaches, own ones first."""
        own = {it.name: it for it in await self._types.all_own(visit.principal)}
        schemas = await self._types.all(visit.principal)
        seen = await visit.seen(visit.principal)
        names = sorted(schemas, key=lambda it: (it not in own, _title(schemas[it])))
        rows = await asyncio.gather(
            *(self._row(visit, schemas[it], own.get(it), seen) for it in names)
        )
        recent = await self._trying.recent(visit)
        return await visit.page(
            "types/list.html", rows=rows, recent=recent, templates=self._templates()
        )

    def _templates(self) -> list[Schema]:
        return sorted(self._types.built_in.values(), key=_title)

    async def _row(
        self, visit: Visit, schema: Schema, own: DocumentType | None, seen: list[Workspace]
    ) -> TypeRow:
        chosen = {"workspace": visit.workspace} if visit.workspace else {}
        documents = self._parts.store.of(visit.principal.tenant, DOCUMENTS)
        count = await documents.count(Query({"type": schema.name, **chosen}), _COUNTED)
        names = {it.id: it.name for it in seen}
        place = "Built in" if own is None else "All workspaces"
        if own is not None and own.workspace is not None:
            place = names.get(own.workspace, "One workspace")
        trained = any(schema.name in it.trainings for it in seen if _chosen(visit, it))
        return TypeRow(schema, own is not None, place, count, trained)


async def find_type(
    types: DocumentTypes, visit: Visit, name: str
) -> tuple[Schema, DocumentType | None]:
    """A type by its name, with its record if it is an own one; raises ``Permanent(NOT_FOUND)``."""
    own = await types.own(visit.principal, name)
    schema = own.fields_schema if own is not None else types.built_in.get(name)
    if schema is None:
        raise Permanent(Code.NOT_FOUND)
    return schema, own


def list_routes(parts: IngestParts, trying: Trying) -> list[Route]:
    """The list."""
    return [Route("GET", "/types", TypeList(parts, trying).show, Scope.READ)]


def _title(schema: Schema) -> str:
    return (schema.title or schema.name).casefold()


def _chosen(visit: Visit, workspace: Workspace) -> bool:
    return visit.workspace in (None, workspace.id)
