"""Documents and tasks: list, look."""

from pathlib import PurePath

from aiohttp import web

from services.ingest.dialects.docdigitizer.annotations import as_csv
from services.ingest.dialects.docdigitizer.classes import class_of
from services.ingest.dialects.docdigitizer.context import (
    DocDigitizerParts,
    document_of,
    find_document,
)
from services.ingest.dialects.docdigitizer.lists import list_documents, list_tasks
from services.ingest.dialects.docdigitizer.models import (
    AnnotationsAnswer,
    AnnotationStatus,
    AnnotationsView,
    AssetList,
    AssetView,
    DocumentAnswer,
    DocumentList,
    TaskAnswer,
    TaskList,
)
from services.ingest.dialects.docdigitizer.tasks import document_of_task
from services.ingest.dialects.docdigitizer.views import (
    annotation_status,
    document_links,
    document_views,
    schemas_of,
    task_view,
    values_of,
)
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.files import send_bytes, send_file
from shared.http.json import json_answer
from shared.http.paths import path_id
from shared.models.document import Document
from shared.models.ids import derived_id
from shared.store.collections import EXTRACTIONS

FORMATS = ("json", "csv")


class Documents:
    """The handlers and what they work with."""

    def __init__(self, parts: DocDigitizerParts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """Documents, newest first."""
        page = await list_documents(self._parts, request)
        views = await document_views(self._parts, principal_of(request), page.rows)
        return page.answer(DocumentList(documents=views))

    async def get(self, request: web.Request) -> web.Response:
        """One document with its annotations."""
        document = await document_of(self._parts, request)
        views = await document_views(self._parts, principal_of(request), [document])
        return json_answer(DocumentAnswer(document=views[0]))

    async def tasks(self, request: web.Request) -> web.Response:
        """Tasks, newest first."""
        page = await list_tasks(self._parts, request)
        return page.answer(TaskList(tasks=[task_view(self._parts, it) for it in page.rows]))

    async def task(self, request: web.Request) -> web.Response:
        """One task, with its document once that is annotated."""
        document = await find_document(self._parts, request, document_of_task(path_id(request)))
        task = task_view(self._parts, document)
        if annotation_status(document) is not AnnotationStatus.SUCCESS:
            return json_answer(TaskAnswer(task=task), without=frozenset({"document"}))
        views = await document_views(self._parts, principal_of(request), [document])
        return json_answer(TaskAnswer(task=task, document=views[0]))

    async def annotations(self, request: web.Request) -> web.Response:
        """The annotations, also while there are none yet."""
        document = await document_of(self._parts, request)
        output = request.query.getall("output_format", ["json"])[-1]
        if output not in FORMATS:
            raise Permanent(Code.INVALID_OUTPUT_FORMAT)
        answer = await self._annotations(request, document)
        if output == "json":
            return json_answer(answer)
        name = f"{PurePath(document.name).stem or 'document'}.csv"
        response = send_bytes(as_csv(answer.annotations).encode(), "text/csv", name)
        response.charset = "utf-8"
        return response

    async def assets(self, request: web.Request) -> web.Response:
        """The original files: there is one, as soon as it was fetched."""
        document = await document_of(self._parts, request)
        assets = [_asset(document)] if document.has_file else []
        return json_answer(AssetList(assets=assets))

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """An original file, as it came in."""
        document = await document_of(self._parts, request)
        if path_id(request, "asset") != _asset_id(document) or not document.has_file:
            raise Permanent(Code.NOT_FOUND)
        chunks = self._parts.blobs.stream(document.blob)
        return await send_file(request, chunks, document.size, document.media_type, document.name)

    async def _annotations(self, request: web.Request, document: Document) -> AnnotationsAnswer:
        principal = principal_of(request)
        extraction = None
        if document.extraction is not None:
            extractions = self._parts.store.of(principal.tenant, EXTRACTIONS)
            extraction = await extractions.get(document.extraction)
        schemas = await schemas_of(self._parts, principal, [extraction] if extraction else [])
        values = values_of(document, extraction, schemas)
        view = AnnotationsView(
            status=annotation_status(document),
            document_class=class_of(document),
            reviewed=document.review.done,
            data=values.data,
            confidence=values.confidence,
            warnings=document.warnings,
            created=extraction.work.finished if extraction else None,
        )
        return AnnotationsAnswer(annotations=view, links=document_links(document))


def _asset_id(document: Document) -> str:
    return derived_id("asset", document.id)


def _asset(document: Document) -> AssetView:
    links = document_links(document)
    identity = _asset_id(document)
    return AssetView(
        id=identity,
        name=document.name,
        media_type=document.media_type,
        size=document.size,
        sha256=document.sha256,
        links={"self": f"{links['assets']}/{identity}", "document": links["self"]},
    )
