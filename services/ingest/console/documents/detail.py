"""The page of one document: how it stands, what was found, its pages and files."""

from dataclasses import dataclass

from aiohttp import web

from services.ingest.children import children_of
from services.ingest.console.documents.rows import (
    SOURCES,
    document_row,
    has_pages,
    source_of,
    type_title,
)
from services.ingest.console.visit import Visit
from services.ingest.console.words import field_label
from services.ingest.document_types import DocumentTypes
from services.ingest.parts import IngestParts
from shared.errors import Code, Permanent
from shared.models.document import Document, Event
from shared.models.extraction import Extraction, Field, Fields
from shared.models.schema import FieldSpec, Schema
from shared.store.collections import DOCUMENTS, EXTRACTIONS

_MOST_EVENTS = 12


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field with its name for people; ``rows`` where it is a list, under ``columns``."""

    label: str
    field: Field | None = None
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Field | None, ...], ...] = ()


class DocumentDetail:
    """Shows it."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._types = DocumentTypes(parts.store, parts.types)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """The page; for a script the part that changes."""
        store, tenant = self._parts.store, visit.principal.tenant
        documents = store.of(tenant, DOCUMENTS)
        document = await documents.get(visit.request.match_info["id"])
        if document is None:
            if visit.is_swap:
                return visit.notice("The document is gone.", 404, error=True)
            raise Permanent(Code.NOT_FOUND)
        extraction: Extraction | None = None
        if document.extraction is not None:
            extraction = await store.of(tenant, EXTRACTIONS).get(document.extraction)
        types = await self._types.all(visit.principal)
        children = await children_of(documents, [document])
        fields = extraction.current_fields if extraction else {}
        context = {
            "document": document,
            "row": document_row(document, types),
            "type": type_title(document.type.name, types) if document.type else "",
            "types": types,
            "fields": _shown(fields, types.get(document.type.name) if document.type else None),
            "source": SOURCES[source_of(document)],
            "children": [document_row(it, types) for it in children.values()],
            "page": _page(visit, document),
            "events": _events(document),
        }
        if visit.is_swap:
            return visit.fragments("documents/_detail.html", **context)
        return await visit.page("documents/detail.html", **context)


def _page(visit: Visit, document: Document) -> int | None:
    """The page whose picture is shown, from 0."""
    if not has_pages(document) or not document.pages:
        return None
    given = visit.query("page", "1")
    number = int(given) if given.isdecimal() and len(given) < 6 else 1  # noqa: PLR2004
    return min(max(number, 1), document.pages) - 1


def _events(document: Document) -> list[Event]:
    return document.events[-_MOST_EVENTS:][::-1]


def _shown(fields: Fields, schema: Schema | None) -> list[ShownField]:
    """In the order of the schema; what it does not have comes last."""
    specs = {it.name: it for it in schema.fields} if schema else {}
    order = [*(it for it in specs if it in fields), *(it for it in fields if it not in specs)]
    return [_field(name, fields, specs.get(name)) for name in order]


def _field(name: str, fields: Fields, spec: FieldSpec | None) -> ShownField:
    value = fields[name]
    if isinstance(value, Field):
        return ShownField(field_label(name), value)
    known = [it.name for it in spec.fields] if spec else []
    used = {column for row in value for column in row}
    columns = [*(it for it in known if it in used), *sorted(used - set(known))]
    rows = tuple(tuple(row.get(it) for it in columns) for row in value)
    return ShownField(field_label(name), None, tuple(map(field_label, columns)), rows)
