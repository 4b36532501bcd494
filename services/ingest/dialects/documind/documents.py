"""Documents: list, look, get back."""

from aiohttp import web

from services.ingest.dialects.documind.context import DocumindParts, document_of
from services.ingest.dialects.documind.listing import MOST_COUNTED, asked_part
from services.ingest.dialects.documind.models import DocumentPage, ModelList, ModelView
from services.ingest.dialects.documind.modes import CREDITS_BY_MODEL
from services.ingest.dialects.documind.views import document_view
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.files import send_file
from shared.http.json import json_answer
from shared.http.paths import path_id
from shared.store.port import Query


class Documents:
    """The handlers and what they work with."""

    def __init__(self, parts: DocumindParts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """Documents, newest first, whichever way they came in."""
        asked = asked_part(request)
        documents = self._parts.documents(principal_of(request))
        total = await documents.count(Query(), MOST_COUNTED)
        rows = await documents.page(Query(), None, asked.limit, asked.skip)
        views = [document_view(it) for it in rows]
        page = DocumentPage(items=views, total=total, skip=asked.skip, limit=asked.limit)
        return json_answer(page)

    async def get(self, request: web.Request) -> web.Response:
        """One document, also when its time is over."""
        document = await self._parts.documents(principal_of(request)).get(path_id(request))
        if document is None:
            raise Permanent(Code.NOT_FOUND, "Document not found")
        return json_answer(document_view(document))

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The file as it came in."""
        document = await document_of(self._parts, request)
        if not document.has_file:
            raise Permanent(Code.NOT_FOUND, "Document not found")
        chunks = self._parts.blobs.stream(document.blob)
        return await send_file(request, chunks, document.size, document.media_type, document.name)

    async def models(self, _: web.Request) -> web.Response:
        """The models that can be named."""
        models = [
            ModelView(name=name, credits_per_page=price) for name, price in CREDITS_BY_MODEL.items()
        ]
        return json_answer(ModelList(models=models))
