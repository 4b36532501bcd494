"""Documents with their fields as a file to keep."""

from aiohttp import web

from services.ingest.document_exports import MEDIA_TYPES, ExportForm, export_file
from services.ingest.document_types import DocumentTypes
from services.ingest.parts import IngestParts
from services.ingest.resources.document_views import document_views
from shared.http.context import Principal
from shared.http.files import send_bytes
from shared.models.document import Document

_BATCH = 100


class ExportDownloads:
    """Makes them."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._types = DocumentTypes(parts.store, parts.types)

    async def file(
        self, principal: Principal, form: ExportForm, ids: list[str], kind: str | None = None
    ) -> web.Response:
        """Those of the documents that there are, in the order of the ids, as a download."""
        known: dict[str, Document] = {}
        documents = self._parts.documents(principal)
        for start in range(0, len(ids), _BATCH):
            rows = await documents.get_many(ids[start : start + _BATCH])
            known |= {it.id: it for it in rows}
        found = [known[it] for it in dict.fromkeys(ids) if it in known]
        views = await document_views(self._parts.store, principal.tenant, found)
        types = (await self._types.all(principal)).values()
        data = await export_file(form, views, types, kind)
        return send_bytes(data, MEDIA_TYPES[form], f"documents.{form.value}")
