"""Documents: list, look, delete, cancel, process anew."""

from collections.abc import Callable

from aiohttp import web

from services.ingest.calling_off import stop_extraction
from services.ingest.changes import change
from services.ingest.children import cancel_children
from services.ingest.document_lists import FILTERS, document_page, read_list
from services.ingest.document_types import DocumentTypes
from services.ingest.parts import IngestParts, document_of, path_id
from services.ingest.processing import Again, Processing
from services.ingest.removal import remove_document
from services.ingest.resources.document_models import DocumentList, ReprocessRequest
from services.ingest.resources.document_views import document_views
from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of
from shared.http.filters import given_filters
from shared.http.json import json_answer, json_body
from shared.models.document import Document, DocumentState
from shared.stages import lifecycle
from shared.store.collections import DOCUMENTS


class Documents:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """Documents, newest first."""
        principal = principal_of(request)
        filters = given_filters(request, FILTERS)
        asked = self._parts.pager.asked(request, principal, filters)
        wanted = await read_list(self._parts.store, principal, filters)
        page = await document_page(
            self._parts.pager, asked, self._parts.documents(principal), wanted
        )
        views = await document_views(self._parts.store, principal.tenant, page.rows)
        return page.answer(DocumentList(documents=views))

    async def get(self, request: web.Request) -> web.Response:
        """One document with its fields."""
        return await self._answer(request, await document_of(self._parts, request))

    async def delete(self, request: web.Request) -> web.Response:
        """Remove a document and everything made of it."""
        document = await document_of(self._parts, request)
        await remove_document(self._parts.store, self._parts.blobs, document)
        return web.Response(status=204)

    async def cancel(self, request: web.Request) -> web.Response:
        """Call a document off, and what it was unpacked to; if all is final that is a conflict."""
        called_off = 0
        container = await document_of(self._parts, request)
        if container.container is not None:
            called_off = await cancel_children(self._parts.store, self._parts.outbox, container)

        now = await self._parts.store.now()

        def step(document: Document) -> Document:
            if document.state is DocumentState.CANCELLED or (document.is_final and called_off):
                return document
            if document.is_final:
                raise Permanent(Code.CONFLICT, f"The document is {document.state.value}.")
            return lifecycle.cancel(document, now)

        stored = await self._change(request, step)
        await stop_extraction(self._parts.store, stored)
        return await self._answer(request, stored)

    async def reprocess(self, request: web.Request) -> web.Response:
        """Process a document anew, as another type if asked to."""
        wish = ReprocessRequest()
        if request.can_read_body:
            wish = await json_body(request, ReprocessRequest)
        given = "type" in wish.model_fields_set
        how = Again(wish.type or "" if given else None, wish.mode)
        document = await document_of(self._parts, request)
        types = DocumentTypes(self._parts.store, self._parts.types)
        processing = Processing(self._parts.store, self._parts.outbox, types)
        stored = await processing.again(principal_of(request), document, how)
        return await self._answer(request, stored, status=202)

    async def _change(self, request: web.Request, step: Callable[[Document], Document]) -> Document:
        documents = self._parts.documents(principal_of(request))
        stored = await change(documents, path_id(request), step)
        self._parts.outbox.nudge(DOCUMENTS, stored)
        return stored

    async def _answer(
        self, request: web.Request, document: Document, status: int = 200
    ) -> web.Response:
        principal: Principal = principal_of(request)
        views = await document_views(
            self._parts.store, principal.tenant, [document], with_children=True
        )
        return json_answer(views[0], status)
