"""The handlers of splitters and of splitting by hand."""

from aiohttp import web

from services.ingest.children import children_of
from services.ingest.dialects.affinda.context import AffindaParts, document_of
from services.ingest.dialects.affinda.documents.views import Views
from services.ingest.dialects.affinda.numbers import Kind
from services.ingest.dialects.affinda.splitters import SPLITTERS
from services.ingest.dialects.affinda.splitting.models import SplitterView, SplitWish
from services.ingest.dialects.affinda.wire import answer, asked_part, read_body
from services.ingest.splitting import split_document
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.models.document import Document

SECONDS = 30.0
"""How long is waited for the documents that are made."""

_TYPE = "extractor"


class Splitting:
    """The handlers and what they work with."""

    def __init__(self, parts: AffindaParts) -> None:
        self._parts = parts
        self._views = Views(parts)

    async def splitters(self, request: web.Request) -> web.Response:
        """The splitters that a workspace can have."""
        part = asked_part(request)
        return answer(list(_splitters()[part.offset : part.offset + part.limit]))

    async def splitter(self, request: web.Request) -> web.Response:
        """One of them."""
        wanted = request.match_info["identifier"]
        found = next((it for it in _splitters() if it.identifier == wanted), None)
        if found is None:
            raise Permanent(Code.NOT_FOUND, "Document splitter not found.")
        return answer(found)

    async def split(self, request: web.Request) -> web.Response:
        """Have documents made of a document's pages; tells what is known of them by then."""
        parts, principal = self._parts, principal_of(request)
        document = await document_of(parts, request)
        pieces = await self._pieces(document, await read_body(request, SplitWish))
        made = [document]
        if pieces != [list(range(document.pages or 0))]:
            stored = await split_document(parts.store, parts.outbox, principal, document.id, pieces)
            documents = parts.documents(principal)
            done = await parts.watch.until_final(documents, [stored], SECONDS)
            whole = done.get(stored.id, stored)
            known = await children_of(documents, [whole])
            listed = whole.container.children if whole.container else []
            made = [known[it.id] for it in listed if it.id in known]
        views = await self._views.of(principal, parts.base_url(request), made)
        return answer([it.meta for it in views])

    async def _pieces(self, document: Document, wish: SplitWish) -> list[list[int]]:
        numbers = self._parts.numbers
        own = await numbers.of(document.organization, Kind.DOCUMENT, document.id)
        pieces: list[list[int]] = []
        for split in wish.splits:
            places = [numbers.page_of(it.id) for it in split.pages]
            if any(number != own for number, _ in places):
                raise Permanent(Code.BAD_REQUEST, "No page of this document.", field="splits")
            pieces.append([page for _, page in places])
        return pieces


def _splitters() -> list[SplitterView]:
    return [
        SplitterView(identifier=identifier, name=name, type=_TYPE)
        for identifier, name in SPLITTERS.values()
    ]
