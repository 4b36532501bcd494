"""Pictures of a document's pages under addresses that browsers may keep."""

from collections.abc import Sequence

from aiohttp import web

from services.ingest.console.screens import Route
from services.ingest.console.visit import Visit
from services.ingest.page_pictures import FOR_EVER, PagePictures
from services.ingest.parts import IngestParts
from services.ingest.stored_pages import page_number
from shared.errors import Code, Permanent
from shared.http.paths import path_id

_SMALL_PATIENCE = 1.0
"""Seconds: a list asks for many, and a browser has few connections to wait on."""


class KeptPictures:
    """Sends them to whoever may see the document; the address names the revision."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._pictures = PagePictures(parts, _SMALL_PATIENCE)

    def routes(self, one: str) -> Sequence[Route]:
        """Below the address of a document: ``…/REVISION/pages/NUMBER.webp?size=…``."""
        return [Route("GET", f"{one}/{{revision}}/pages/{{number}}.webp", self._picture)]

    async def _picture(self, visit: Visit) -> web.StreamResponse:
        document = await self._parts.documents(visit.principal).get(path_id(visit.request))
        given = visit.request.match_info
        if document is None or given["revision"] != str(document.revision):
            raise Permanent(Code.NOT_FOUND)
        number = page_number(given["number"])
        return await self._pictures.answer(visit.request, document, number, FOR_EVER)
