"""The extractions of a document: every one that was made of it, by its type and by orders."""

from aiohttp import web
from pydantic import Field

from services.ingest.parts import IngestParts, document_of
from services.ingest.resources.document_views import PREFIX
from shared.errors import Code
from shared.http.context import principal_of
from shared.http.operations import Answer, Operation
from shared.models.base import Model
from shared.models.document import Document
from shared.models.extraction import Extraction, ExtractionMode, Fields, ReviewReason, TypeGuess
from shared.models.schema import Schema
from shared.models.tenancy import Scope
from shared.models.time import Timestamp
from shared.models.work import Problem, WorkState
from shared.store.collections import EXTRACTIONS
from shared.store.port import Query


class ExtractionView(Model):
    """An extraction; ``fields`` are the machine's, ``reviewed_fields`` a person's."""

    id: str
    document: str
    revision: int = Field(description="of the document; older ones are of an earlier reading")
    present: bool = Field(description="whether it is the one that the document shows")
    state: WorkState
    mode: ExtractionMode
    engine: str
    type: TypeGuess | None
    ordered: Schema | None = Field(description="the fields that were asked for, if not the type's")
    fields: Fields
    reasons: list[ReviewReason]
    warnings: list[str]
    reviewed_fields: Fields | None
    error: Problem | None
    created: Timestamp
    updated: Timestamp
    links: dict[str, str]


class ExtractionList(Model):
    """Extractions, newest first."""

    extractions: list[ExtractionView]


class DocumentExtractions:
    """The handler and what it works with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """All extractions of a document, newest first."""
        document, principal = await document_of(self._parts, request), principal_of(request)
        page = await self._parts.pager.page(
            self._parts.pager.asked(request, principal),
            self._parts.store.of(principal.tenant, EXTRACTIONS),
            Query({"document": document.id}),
        )
        return page.answer(ExtractionList(extractions=[_view(document, it) for it in page.rows]))


def extraction_operations(parts: IngestParts) -> list[Operation]:
    """The table."""
    return [
        Operation(
            method="GET",
            path="/documents/{id}/extractions",
            handle=DocumentExtractions(parts).list,
            name="listExtractions",
            summary="All extractions of a document, by its type and by any schema",
            tag="documents",
            scope=Scope.READ,
            answers={200: Answer("a page of extractions", ExtractionList)},
            errors=(Code.NOT_FOUND,),
            paged=True,
        ),
    ]


def _view(document: Document, extraction: Extraction) -> ExtractionView:
    own = f"{PREFIX}/documents/{document.id}"
    return ExtractionView(
        id=extraction.id,
        document=extraction.document,
        revision=extraction.revision,
        present=extraction.id == document.extraction,
        state=extraction.work.state,
        mode=extraction.mode,
        engine=extraction.engine,
        type=extraction.type,
        ordered=extraction.order.fields_schema if extraction.order else None,
        fields=extraction.fields,
        reasons=extraction.reasons,
        warnings=extraction.warnings,
        reviewed_fields=extraction.reviewed.fields if extraction.reviewed else None,
        error=extraction.work.problem,
        created=extraction.created,
        updated=extraction.updated,
        links={"collection": f"{own}/extractions", "document": own},
    )
