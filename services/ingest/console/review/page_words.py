"""The words of a page as boxes."""

from aiohttp import web

from services.ingest.console.visit import Visit
from services.ingest.parts import IngestParts, path_id
from services.ingest.stored_pages import (
    StoredPages,
    page_number,
    parse_page,
)
from shared.errors import Code, Permanent
from shared.models.document import Document
from shared.store.collections import DOCUMENTS


class PageWords:
    """Sends them to whoever may see the document."""

    def __init__(self, parts: IngestParts) -> None:
        self._store = parts.store
        self._pages = StoredPages(parts.blobs)

    async def words(self, visit: Visit) -> web.StreamResponse:
        """A page's size and words, in points: ``[text, x0, y0, x1, y1, line]``."""
        document = await self._document(visit)
        number = page_number(visit.request.match_info["number"])
        page = parse_page(await self._pages.one(document, number))
        words = [
            [it.text, *(round(at, 2) for at in (it.x0, it.y0, it.x1, it.y1)), it.line]
            for it in page.words
        ]
        size = {"width": page.width, "height": page.height, "rotation": page.rotation}
        answer = web.json_response({**size, "sheets": len(page.regions), "words": words})
        answer.enable_compression()
        return answer

    async def _document(self, visit: Visit) -> Document:
        documents = self._store.of(visit.principal.tenant, DOCUMENTS)
        document = await documents.get(path_id(visit.request))
        if document is None:
            raise Permanent(Code.NOT_FOUND)
        return document
