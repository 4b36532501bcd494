"""What a document holds: its original, pages, previews and text."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from aiohttp import web

from services.ingest.dialects.native.context import NativeParts, document_of
from services.ingest.dialects.native.models import PageList
from services.ingest.dialects.native.stored_pages import (
    PAGES_AT_A_TIME,
    StoredPages,
    missing,
    page_number,
    parse_page,
    require_read,
)
from services.ingest.dialects.native.views import page_detail, page_view
from services.ingest.searchable import Searchable
from shared.errors import Code, DocstageError, Permanent
from shared.http.context import principal_of
from shared.http.files import send_bytes, send_file
from shared.http.json import json_answer
from shared.models.document import Document, DocumentState
from shared.models.page import Page
from shared.stages.on_demand import PATIENCE, OnDemand
from shared.stages.previews import PagePlace, Previews

MAX_TEXT_PAGES = 5_000


class Content:
    """The handlers and what they work with."""

    def __init__(self, parts: NativeParts) -> None:
        self._parts = parts
        self._pages = StoredPages(parts.blobs)
        patience = min(PATIENCE, parts.settings.wait_limit)
        on_demand = OnDemand(parts.blobs, parts.broker, patience)
        self._previews = Previews(parts.blobs, on_demand)
        self._searchable = Searchable(parts.blobs, on_demand)

    async def original(self, request: web.Request) -> web.StreamResponse:
        """The file as it came in."""
        document = await document_of(self._parts, request)
        if not document.has_file:
            raise _not_fetched(document)
        chunks = self._parts.blobs.stream(document.blob)
        return await send_file(request, chunks, document.size, document.media_type, document.name)

    async def pages(self, request: web.Request) -> web.Response:
        """The pages read so far, in order."""
        document = await document_of(self._parts, request)
        keys = await self._pages.keys(document)
        asked = self._parts.pager.asked(request, principal_of(request))
        page = self._parts.pager.slice(asked, keys, _page_name)
        views = [page_view(document.id, it) for it in await self._load(page.rows)]
        return page.answer(PageList(pages=views))

    async def page(self, request: web.Request) -> web.Response:
        """One page with its words, lines and tables."""
        document = await document_of(self._parts, request)
        number = page_number(request.match_info["number"])
        content = await self._pages.one(document, number)
        return json_answer(page_detail(document.id, parse_page(content)))

    async def preview(self, request: web.Request) -> web.Response:
        """The picture of a page, as WebP; it may take a moment to be drawn."""
        document = await document_of(self._parts, request)
        number = page_number(request.match_info["number"])
        try:
            place = PagePlace(document.organization, document.id, document.revision, number)
            picture = await self._previews.get(place)
        except DocstageError as error:
            raise missing(error, document, number) from None
        return send_bytes(picture, "image/webp")

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
            loaded = await self._load(keys[start : start + PAGES_AT_A_TIME])
            texts += [it.text for it in loaded]
        name = PurePosixPath(document.name).stem or "document"
        response = send_bytes("\f".join(texts).encode(), "text/plain", f"{name}.txt")
        response.charset = "utf-8"
        return response

    async def _load(self, keys: Sequence[str]) -> list[Page]:
        return [parse_page(it) for it in await self._pages.contents(keys)]


def _not_fetched(document: Document) -> DocstageError:
    if document.state is DocumentState.EXPIRED:
        return Permanent(Code.NOT_FOUND, "The document has expired; its file is gone.")
    if document.is_final:
        return Permanent(Code.NOT_FOUND, "The file was never fetched.")
    return Permanent(Code.NOT_READY, "The file has not been fetched yet.")


def _page_name(key: str) -> str:
    return PurePosixPath(key).stem
