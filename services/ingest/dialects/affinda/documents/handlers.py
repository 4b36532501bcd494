"""Documents: list, look, change, delete."""

from typing import Any

from aiohttp import web

from services.ingest.dialects.affinda.context import AffindaParts, document_of
from services.ingest.dialects.affinda.documents.changes import Changes
from services.ingest.dialects.affinda.documents.listing import Listing, asked_documents
from services.ingest.dialects.affinda.documents.models import DocumentUpdate
from services.ingest.dialects.affinda.documents.views import Views, Wanted
from services.ingest.dialects.affinda.wire import (
    Found,
    answer,
    asked_part,
    paged,
    read_body,
    truth_asked,
)
from services.ingest.removal import remove_document
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.models.document import Document

_FORMATS = ("", "json")


class Documents:
    """The handlers and what they work with."""

    def __init__(self, parts: AffindaParts, views: Views) -> None:
        self._parts = parts
        self._views = views
        self._changes = Changes(parts)
        self._listing = Listing(parts, views)

    async def list(self, request: web.Request) -> web.Response:
        """Documents, newest first unless asked otherwise; without data unless asked for."""
        principal, part = principal_of(request), asked_part(request)
        asked = await asked_documents(self._parts, request, principal)
        count = truth_asked(request, "count") is not False
        found = await self._listing.part(principal, asked, part, count=count)
        wanted = Wanted(
            data=truth_asked(request, "include_data") or False,
            compact=truth_asked(request, "compact") or False,
        )
        base = self._parts.base_url(request)
        views: list[Any] = [*await self._views.of(principal, base, found.documents, wanted)]
        body = paged(request, base, part, Found(views, found.count if count else None, found.more))
        return answer(body, snake_case=_snake_case(request))

    async def get(self, request: web.Request) -> web.Response:
        """One document with its data."""
        if (form := request.query.get("format", "").strip().lower()) not in _FORMATS:
            detail = f"{form[:20]!r} is not made here; json is."
            raise Permanent(Code.BAD_REQUEST, detail, field="format")
        return await self._answer(request, await document_of(self._parts, request))

    async def update(self, request: web.Request) -> web.Response:
        """Change what is said of a document, and have it processed anew where that needs it."""
        update = await read_body(request, DocumentUpdate)
        document = await document_of(self._parts, request)
        changed = await self._changes.make(principal_of(request), document, update)
        return await self._answer(request, changed)

    async def delete(self, request: web.Request) -> web.Response:
        """Remove a document and everything made of it."""
        document = await document_of(self._parts, request)
        await remove_document(self._parts.store, self._parts.blobs, document)
        return web.Response(status=204)

    async def _answer(self, request: web.Request, document: Document) -> web.Response:
        wanted = Wanted(compact=truth_asked(request, "compact") or False)
        base, principal = self._parts.base_url(request), principal_of(request)
        (view,) = await self._views.of(principal, base, [document], wanted)
        return answer(view, snake_case=_snake_case(request))


def _snake_case(request: web.Request) -> bool:
    return truth_asked(request, "snake_case") or False
