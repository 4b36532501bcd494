"""The files of a document: its original, pictures of its pages, as a searchable PDF, its text."""

from pathlib import PurePosixPath

from aiohttp import web

from services.ingest.page_pictures import PagePictures
from services.ingest.parts import IngestParts, document_of
from services.ingest.searchable import Searchable
from services.ingest.stored_pages import (
    PAGES_AT_A_TIME,
    StoredPages,
    page_number,
    parse_page,
    require_read,
)
from shared.errors import Code, DocstageError, Permanent
from shared.http.files import send_bytes, send_file
from shared.models.document import Document, DocumentState
from shared.stages.on_demand import PATIENCE, OnDemand

MAX_TEXT_PAGES = 5_000


class DocumentFiles:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._pages = StoredPages(parts.blobs)
        self._pictures = PagePictures(parts)
        patience = min(PATIENCE, parts.settings.wait_limit)
        self._searchable = Searchable(parts.blobs, OnDemand(parts.blobs, parts.broker, patience))

    async def original(self, request: web.Request) -> web.StreamResponse:
        """The file as it came in."""
        document = await document_of(self._parts, request)
        if not document.has_file:
            raise _not_fetched(document)
        chunks = self._parts.blobs.stream(document.blob)
        return await send_file(request, chunks, document.size, document.media_type, document.name)

    async def preview(self, request: web.Request) -> web.Response:
        """The picture of a page, as WebP; it may take a moment to be drawn."""
        document = await document_of(self._parts, request)
        number = page_number(request.match_info["number"])
        return await self._pictures.answer(request, document, number)

    async def searchable(self, request: web.Request) -> web.StreamResponse:
        """The document as a PDF that can be searched; it may take a moment to be made."""
        document = await document_of(self._parts, request)
        require_read(document)
        file = await self._searchable.get(document)
        name = PurePosixPath(document.name).stem or "document"
        chunks = self._parts.blobs.stream(file.key)
        return await send_file(
            request, chunks, file.size, "application/pdf", f"{name}-searchable.pdf"
        )

    async def text(self, request: web.Request) -> web.Response:
        """All text read so far, a form feed between pages."""
        document = await document_of(self._parts, request)
        keys = (await self._pages.keys(document))[:MAX_TEXT_PAGES]
        texts: list[str] = []
        for start in range(0, len(keys), PAGES_AT_A_TIME):
            some = await self._pages.contents(keys[start : start + PAGES_AT_A_TIME])
            texts += [parse_page(it).text for it in some]
        name = PurePosixPath(document.name).stem or "document"
        response = send_bytes("\f".join(texts).encode(), "text/plain", f"{name}.txt")
        response.charset = "utf-8"
        return response


def _not_fetched(document: Document) -> DocstageError:
    if document.state is DocumentState.EXPIRED:
        return Permanent(Code.NOT_FOUND, "The document has expired; its file is gone.")
    if document.is_final:
        return Permanent(Code.NOT_FOUND, "The file was never fetched.")
    return Permanent(Code.NOT_READY, "The file has not been fetched yet.")
