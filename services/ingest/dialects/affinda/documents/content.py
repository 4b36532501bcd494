"""Files of documents: those that signed links lead to, without a key, and the redacted one."""

from pathlib import PurePosixPath

from aiohttp import web

from services.ingest.dialects.affinda.context import IDENTIFIER, AffindaParts, document_of
from services.ingest.dialects.affinda.documents.links import PDF
from services.ingest.personal import Redacted
from services.ingest.searchable import Searchable
from shared.errors import Code, DocstageError, Permanent
from shared.http.files import send_bytes, send_file
from shared.http.paths import path_id
from shared.models.document import Document
from shared.stages.on_demand import PATIENCE, OnDemand
from shared.stages.previews import PagePlace, Previews
from shared.store.collections import DOCUMENTS

_MOST_DIGITS = 6


class Content:
    """The handlers and what they work with."""

    def __init__(self, parts: AffindaParts) -> None:
        self._parts = parts
        on_demand = OnDemand(parts.blobs, parts.broker, min(PATIENCE, parts.settings.wait_limit))
        self._previews = Previews(parts.blobs, on_demand)
        self._searchable = Searchable(parts.blobs, on_demand)
        self._redacted = Redacted(parts.store, parts.blobs, on_demand)

    async def redacted(self, request: web.Request) -> web.StreamResponse:
        """The document as a PDF without what is personal; it may take a moment to be made."""
        document = await document_of(self._parts, request)
        if not document.is_read:
            raise Permanent(Code.NOT_READY if not document.is_final else Code.NOT_FOUND)
        made = await self._redacted.get(document)
        chunks = self._parts.blobs.stream(made.key)
        # Not under the document's name, which is often the person's.
        return await send_file(request, chunks, made.size, PDF, "redacted.pdf")

    async def file(self, request: web.Request) -> web.StreamResponse:
        """The file as it came in."""
        return await self._original(request, await self._linked(request))

    async def pdf(self, request: web.Request) -> web.StreamResponse:
        """The document as PDF: the file itself where it is one, else one made of its pages."""
        document = await self._linked(request)
        if document.media_type == PDF:
            return await self._original(request, document)
        if not document.is_read:
            raise Permanent(Code.NOT_FOUND, "The document was not read.")
        made = await self._searchable.get(document)
        name = f"{PurePosixPath(document.name).stem or 'document'}.pdf"
        chunks = self._parts.blobs.stream(made.key)
        return await send_file(request, chunks, made.size, PDF, name)

    async def page(self, request: web.Request) -> web.StreamResponse:
        """The picture of a page, as WebP; it may take a moment to be drawn."""
        document, text = await self._linked(request), request.match_info["number"]
        if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
            raise Permanent(Code.NOT_FOUND, "There is no such page.")
        place = PagePlace(document.organization, document.id, document.revision, int(text))
        try:
            picture = await self._previews.get(place)
        except DocstageError as error:
            if error.code is Code.BLOB_MISSING:
                raise Permanent(Code.NOT_FOUND, "There is no such page.") from None
            raise
        return send_bytes(picture, "image/webp")

    async def _original(self, request: web.Request, document: Document) -> web.StreamResponse:
        if not document.has_file or not document.blob:
            raise Permanent(Code.NOT_FOUND, "The document has no file.")
        chunks = self._parts.blobs.stream(document.blob)
        return await send_file(request, chunks, document.size, document.media_type, document.name)

    async def _linked(self, request: web.Request) -> Document:
        now = await self._parts.store.now()
        if not self._parts.links.is_good(request.path.rstrip("/"), request.query, now):
            raise Permanent(Code.NOT_FOUND, "The link is wrong, or has expired.")
        identity = path_id(request, IDENTIFIER)
        document = await self._parts.store.across(DOCUMENTS).get(identity)
        if document is None:
            raise Permanent(Code.NOT_FOUND, "Document not found.")
        return document
