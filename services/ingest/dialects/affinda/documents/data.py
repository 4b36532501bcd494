"""A document's data: what was found on it, and what somebody gave in place of that."""

from dataclasses import dataclass
from typing import Any

from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.documents.annotations import Annotated
from services.ingest.dialects.affinda.documents.briefs import Briefs
from services.ingest.dialects.affinda.numbers import Kind
from services.ingest.dialects.affinda.resume_data import resume_data
from services.ingest.dialects.affinda.types.identifiers import identifier_of
from services.ingest.modelling.values import plain_fields
from shared.http.context import Principal
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction
from shared.models.schema import Schema
from shared.schemas import GENERIC

RAW_TEXT = "rawText"
RESUME = "resume"
"""A type whose data have a shape of their own, and the word by which clients know that shape."""


@dataclass(frozen=True, slots=True)
class Told:
    """Data, and the word by which clients know their shape."""

    values: dict[str, Any]
    extractor: str


class DocumentData:
    """The data of documents."""

    def __init__(self, parts: AffindaParts, briefs: Briefs) -> None:
        self._parts = parts
        self._briefs = briefs

    async def of(self, principal: Principal, document: Document, *, compact: bool) -> Told:
        """Plain values, or annotations, and the text; of a résumé, its shape of old.

        That goes for what was found alone: what clients give may be of any shape.
        """
        text: dict[str, Any] = {RAW_TEXT: await self._briefs.text(document)}
        given = await self._parts.given.of(document) or {}
        annotated = await self.annotated(principal, document)
        extractor = extractor_of(document)
        if annotated is None:
            return Told(text | given, extractor)
        if compact:
            return Told(text | plain_fields(annotated.schema, annotated.fields), extractor)
        if annotated.schema.name == RESUME:
            found = text | _present(resume_data(annotated.fields))
            return Told(found | given, extractor) if given else Told(found, RESUME)
        return Told(text | await self._annotations(document, annotated) | given, extractor)

    async def annotated(self, principal: Principal, document: Document) -> Annotated | None:
        """The fields of a document with their schema; ``None`` where there are none."""
        if document.extraction is None:
            return None
        extraction = await self._parts.extractions(principal).get(document.extraction)
        if extraction is None:
            return None
        schema = await self._schema(principal, document, extraction)
        return Annotated(
            document=document.id,
            schema=schema,
            fields=extraction.current_fields,
            confirmed=document.review.done,
            passed=document.state is DocumentState.READY and not document.review.done,
        )

    async def _annotations(self, document: Document, annotated: Annotated) -> dict[str, Any]:
        numbers = await self._parts.numbers.of_parts(
            document.organization, Kind.DOCUMENT, document.id, annotated.names()
        )
        values = annotated.data(numbers)
        raw_text = values.pop(RAW_TEXT, None)
        return values if raw_text is None else values | {RAW_TEXT: raw_text.parsed}

    async def _schema(
        self, principal: Principal, document: Document, extraction: Extraction
    ) -> Schema:
        """That of an order, which another dialect may have placed, goes before the type's."""
        if extraction.order is not None:
            return extraction.order.fields_schema
        name = document.type.name if document.type else GENERIC
        found = await self._parts.types.find(principal, name)
        return found or self._parts.types.built_in[GENERIC]


def type_name(document: Document) -> str | None:
    """The type of a document, or the one it is said to be of."""
    return document.type.name if document.type else document.requested_type


def extractor_of(document: Document) -> str:
    """The identifier of its type: never one of the words that mean a shape of data."""
    kind = type_name(document)
    return identifier_of(kind) if kind else ""


def _present(data: dict[str, Any]) -> dict[str, Any]:
    """Without a text of its own where none was found, so that the document's stays."""
    return {name: it for name, it in data.items() if name != RAW_TEXT or it}
