"""What a document holds: its original, pages, previews and text."""

import asyncio
from collections.abc import Sequence
from pathlib import PurePosixPath

from aiohttp import web
from pydantic import ValidationError

from services.ingest.dialects.native.context import NativeParts, document_of
from services.ingest.dialects.native.models import PageList
from services.ingest.dialects.native.views import page_detail, page_view
from services.ingest.previews import PATIENCE, Previews
from shared.blobs.keys import page_key, page_prefix
from shared.errors import Code, DocstageError, Permanent
from shared.http.context import principal_of
from shared.http.files import send_bytes, send_file
from shared.http.json import json_answer
from shared.models.document import Document
from shared.models.page import Page

MAX_TEXT_PAGES = 5_000
PAGES_AT_A_TIME = 16
_MAX_DIGITS = 6


class Content:
    """The handlers and what they work with."""

    def __init__(self, parts: NativeParts) -> None:
        self._parts = parts
        patience = min(PATIENCE, parts.settings.wait_limit)
        self._previews = Previews(parts.blobs, parts.broker, patience)

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
        keys = await self._page_keys(document)
        asked = self._parts.pager.asked(request, principal_of(request))
        page = self._parts.pager.slice(asked, keys, _page_name)
        views = [page_view(document.id, it) for it in await self._load(page.rows)]
        return page.answer(PageList(pages=views))

    async def page(self, request: web.Request) -> web.Response:
        """One page with its words, lines and tables."""
        document = await document_of(self._parts, request)
        number = _number(request)
        key = page_key(document.organization, document.id, document.revision, number)
        return json_answer(page_detail(document.id, await self._page(key, document, number)))

    async def preview(self, request: web.Request) -> web.Response:
        """The picture of a page, as JPEG; it may take a moment to be drawn."""
        document = await document_of(self._parts, request)
        number = _number(request)
        try:
            picture = await self._previews.get(document, number)
        except DocstageError as error:
            raise _missing(error, document, number) from None
        return send_bytes(picture, "image/jpeg")

    async def text(self, request: web.Request) -> web.Response:
        """All text read so far, a form feed between pages."""
        document = await document_of(self._parts, request)
        keys = (await self._page_keys(document))[:MAX_TEXT_PAGES]
        texts: list[str] = []
        for start in range(0, len(keys), PAGES_AT_A_TIME):
            loaded = await self._load(keys[start : start + PAGES_AT_A_TIME])
            texts += [it.text for it in loaded]
        name = PurePosixPath(document.name).stem or "document"
        response = send_bytes("\f".join(texts).encode(), "text/plain", f"{name}.txt")
        response.charset = "utf-8"
        return response

    async def _page_keys(self, document: Document) -> list[str]:
        prefix = page_prefix(document.organization, document.id, document.revision)
        return [it.key for it in await self._parts.blobs.list(prefix)]

    async def _load(self, keys: Sequence[str]) -> list[Page]:
        blobs = await asyncio.gather(*(self._parts.blobs.get(key) for key in keys))
        return [_parse(it) for it in blobs]

    async def _page(self, key: str, document: Document, number: int) -> Page:
        try:
            return _parse(await self._parts.blobs.get(key))
        except DocstageError as error:
            raise _missing(error, document, number) from None


def _parse(data: bytes) -> Page:
    try:
        return Page.model_validate_json(data)
    except ValidationError:
        raise DocstageError(Code.BLOB_CORRUPT, "A stored page cannot be read.") from None


def _not_fetched(document: Document) -> DocstageError:
    if document.is_final:
        return Permanent(Code.NOT_FOUND, "The file was never fetched.")
    return Permanent(Code.NOT_READY, "The file has not been fetched yet.")


def _missing(error: DocstageError, document: Document, number: int) -> DocstageError:
    if error.code is not Code.BLOB_MISSING:
        return error
    pending = not document.is_final and (document.pages is None or number < document.pages)
    detail = "The page has not been read yet." if pending else "There is no such page."
    return Permanent(Code.NOT_FOUND, detail)


def _number(request: web.Request) -> int:
    text = request.match_info["number"]
    if not text.isascii() or not text.isdigit() or len(text) > _MAX_DIGITS:
        raise Permanent(Code.NOT_FOUND)
    return int(text)


def _page_name(key: str) -> str:
    return PurePosixPath(key).stem
