"""What was read, as hOCR, ALTO or Markdown.

Written while it is sent, some pages at a time, by a thread: a page takes about a millisecond,
too long for the event loop when there are hundreds, and too little to be handed to a child
process of another service and kept.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import PurePosixPath

from aiohttp import web

from services.ingest.formats import About, Alto, Hocr, Markdown, PageWriter
from services.ingest.parts import IngestParts, document_of
from services.ingest.stored_pages import (
    PAGES_AT_A_TIME,
    StoredPages,
    page_number,
    parse_page,
    require_read,
)
from shared.errors import Code
from shared.http.files import send_file
from shared.http.health import version
from shared.http.operations import Answer, Handle, Operation, Parameter
from shared.models.document import Document
from shared.models.tenancy import Scope

_PDF = "application/pdf"
_PAGE = Parameter("page", "only this page; they count from 0", {"type": "integer", "minimum": 0})


class Exports:
    """The handlers, one per format."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._pages = StoredPages(parts.blobs)
        self._version = version()

    async def hocr(self, request: web.Request) -> web.StreamResponse:
        """The document, or a page of it, as hOCR."""
        return await self._send(request, Hocr())

    async def alto(self, request: web.Request) -> web.StreamResponse:
        """The document, or a page of it, as ALTO."""
        return await self._send(request, Alto())

    async def markdown(self, request: web.Request) -> web.StreamResponse:
        """The document, or a page of it, as Markdown."""
        return await self._send(request, Markdown())

    async def _send(self, request: web.Request, writer: PageWriter) -> web.StreamResponse:
        document = await document_of(self._parts, request)
        about = About(document.name, document.media_type != _PDF, self._version)
        name = PurePosixPath(document.name).stem or "document"
        asked = request.query.getall("page", [""])[-1]
        if asked:
            number = page_number(asked)
            chunks = self._one(document, number, writer, about)
            name = f"{name}-{number + 1}"
        else:
            require_read(document)
            chunks = self._all(await self._pages.keys(document), writer, about)
        return await send_file(
            request, chunks, None, f"{writer.media_type}; charset=utf-8", name + writer.suffix
        )

    async def _one(
        self, document: Document, number: int, writer: PageWriter, about: About
    ) -> AsyncIterator[bytes]:
        content = await self._pages.one(document, number)
        written = await asyncio.to_thread(_written, [content], writer, about, first=True)
        yield b"".join([writer.begin(about).encode(), written, writer.end().encode()])

    async def _all(
        self, keys: Sequence[str], writer: PageWriter, about: About
    ) -> AsyncIterator[bytes]:
        begin = writer.begin(about).encode()
        for start in range(0, len(keys), PAGES_AT_A_TIME):
            contents = await self._pages.contents(keys[start : start + PAGES_AT_A_TIME])
            yield begin + await asyncio.to_thread(
                _written, contents, writer, about, first=start == 0
            )
            begin = b""
        yield writer.end().encode()


def _written(contents: Sequence[bytes], writer: PageWriter, about: About, *, first: bool) -> bytes:
    pages = [
        writer.page(parse_page(content), about, first=first and place == 0)
        for place, content in enumerate(contents)
    ]
    return "".join(pages).encode()


def export_operations(parts: IngestParts) -> list[Operation]:
    """One operation per format."""
    exports = Exports(parts)
    return [
        _operation("hocr", exports.hocr, "getHocr", "What was read, as hOCR", Hocr()),
        _operation("alto", exports.alto, "getAlto", "What was read, as ALTO XML", Alto()),
        _operation(
            "markdown", exports.markdown, "getMarkdown", "What was read, as Markdown", Markdown()
        ),
    ]


def _operation(path: str, handle: Handle, name: str, summary: str, writer: PageWriter) -> Operation:
    return Operation(
        method="GET",
        path=f"/documents/{{id}}/{path}",
        handle=handle,
        name=name,
        summary=summary,
        tag="content",
        scope=Scope.READ,
        parameters=(_PAGE,),
        answers={200: Answer("all pages, or the one asked for", media_type=writer.media_type)},
        errors=(Code.NOT_FOUND,),
    )
