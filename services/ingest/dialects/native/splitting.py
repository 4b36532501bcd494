"""Splitting a document by hand."""

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from services.ingest.parts import IngestParts, document_of
from services.ingest.resources.document_models import DocumentView
from services.ingest.resources.document_views import document_views
from services.ingest.splitting import MAX_PIECES, split_document
from shared.errors import Code
from shared.http.context import principal_of
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation
from shared.models.tenancy import Scope


class SplitPiece(BaseModel):
    """One of the documents; its pages are counted from 0."""

    model_config = ConfigDict(extra="forbid")

    pages: list[int] = Field(min_length=1)


class SplitRequest(BaseModel):
    """The documents that a file holds."""

    model_config = ConfigDict(extra="forbid")

    pieces: list[SplitPiece] = Field(min_length=1, max_length=MAX_PIECES)


class Splitting:
    """The handler and what it works with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts

    async def split(self, request: web.Request) -> web.Response:
        """Have documents made of a document's pages."""
        document, principal = await document_of(self._parts, request), principal_of(request)
        wish = await json_body(request, SplitRequest)
        store, outbox = self._parts.store, self._parts.outbox
        pieces = [it.pages for it in wish.pieces]
        stored = await split_document(store, outbox, principal, document.id, pieces)
        views = await document_views(store, principal.tenant, [stored], with_children=True)
        return json_answer(views[0], 202)


def splitting_operations(parts: IngestParts) -> list[Operation]:
    """The table: one operation."""
    return [
        Operation(
            method="POST",
            path="/documents/{id}/split",
            handle=Splitting(parts).split,
            name="splitDocument",
            summary="Say which of a file's pages are which document",
            tag="documents",
            scope=Scope.WRITE,
            body=Body(SplitRequest),
            answers={202: Answer("the document, which becomes a container", DocumentView)},
            errors=(Code.NOT_FOUND, Code.CONFLICT, Code.INCOHERENT_DATA),
        )
    ]
