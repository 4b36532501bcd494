"""What the handlers of this dialect work with."""

from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from services.ingest.document_types import DocumentTypes
from services.ingest.intake import Intake
from services.ingest.reviews import Reviews
from services.ingest.spool import Spool
from shared.blobs.port import Blobs
from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of
from shared.http.paging import Pager
from shared.http.paths import path_id
from shared.models.document import Document
from shared.store.collections import DOCUMENTS
from shared.store.port import Repository, Store
from shared.telemetry.metrics import IntakeMetrics

PREFIX = "/docdigitizer/api/v1"
CHANNEL = "docdigitizer"
MAX_FILE_BYTES = 25 * 1024 * 1024


@dataclass(frozen=True)
class DocDigitizerParts:
    """Ports and application parts.

    ``lead_time`` is how long a document may take, ``upload_seconds`` how long a body.
    """

    store: Store
    blobs: Blobs
    intake: Intake
    spool: Spool
    pager: Pager
    reviews: Reviews
    metrics: IntakeMetrics
    types: DocumentTypes
    lead_time: timedelta
    upload_seconds: float

    def documents(self, principal: Principal) -> Repository[Document]:
        """The documents that a principal may see."""
        return self.store.of(principal.tenant, DOCUMENTS)


async def find_document(parts: DocDigitizerParts, request: web.Request, identity: str) -> Document:
    """The document of that id; raises ``Permanent(NOT_FOUND)``, for others' ones as well."""
    document = await parts.documents(principal_of(request)).get(identity)
    if document is None:
        raise Permanent(Code.NOT_FOUND)
    return document


async def document_of(parts: DocDigitizerParts, request: web.Request) -> Document:
    """The document in the path; raises ``Permanent(NOT_FOUND)``."""
    return await find_document(parts, request, path_id(request))
