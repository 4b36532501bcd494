"""The pages of a document as they were read."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from aiohttp import web

from services.ingest.parts import IngestParts, document_of
from services.ingest.resources.document_models import PageList
from services.ingest.resources.document_views import page_detail, page_view
from services.ingest.stored_pages import StoredPages, page_number, parse_page
from shared.http.context import principal_of
from shared.http.json import json_answer
from shared.models.page import Page


class Content:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._pages = StoredPages(parts.blobs)

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

    async def _load(self, keys: Sequence[str]) -> list[Page]:
        return [parse_page(it) for it in await self._pages.contents(keys)]


def _page_name(key: str) -> str:
    return PurePosixPath(key).stem
