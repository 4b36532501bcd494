"""What the handlers of this dialect work with."""

from dataclasses import dataclass

from aiohttp import web

from services.ingest.induced import InducedSchemas
from services.ingest.intake import Intake
from services.ingest.ordered import OrderedExtractions
from services.ingest.reviews import Reviews
from services.ingest.spool import Spool
from services.ingest.usage import Ledger
from shared.blobs.port import Blobs
from shared.errors import Code, Permanent
from shared.http.auth import Authenticator
from shared.http.context import Principal, principal_of
from shared.http.paths import path_id
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction
from shared.models.time import utc_now
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Repository, Store
from shared.telemetry.metrics import IntakeMetrics

PREFIX = "/documind/api/v1"
CHANNEL = "documind"
MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_UPLOAD_BYTES = 500 * 1024 * 1024
MAX_FILES = 100


@dataclass(frozen=True)
class DocumindParts:
    """Ports and application parts.

    ``wait_seconds`` is how long an extraction is waited for, ``upload_seconds`` how long a body
    may take, ``retention_days`` how long a document is kept. ``secret`` peppers keys.
    """

    store: Store
    blobs: Blobs
    intake: Intake
    spool: Spool
    orders: OrderedExtractions
    reviews: Reviews
    ledger: Ledger
    induced: InducedSchemas
    metrics: IntakeMetrics
    authenticator: Authenticator
    secret: bytes
    wait_seconds: float
    upload_seconds: float
    retention_days: int

    def documents(self, principal: Principal) -> Repository[Document]:
        """The documents that a principal may see."""
        return self.store.of(principal.tenant, DOCUMENTS)

    def extractions(self, principal: Principal) -> Repository[Extraction]:
        """The extractions that a principal may see."""
        return self.store.of(principal.tenant, EXTRACTIONS)


def is_gone(document: Document) -> bool:
    """Whether the document's time is over, and with it its file."""
    is_over = document.expires is not None and document.expires <= utc_now()
    return is_over or document.state is DocumentState.EXPIRED


async def document_of(parts: DocumindParts, request: web.Request) -> Document:
    """The document in the path, with its file.

    Raises ``Permanent(NOT_FOUND)``, for others' ones and those whose time is over as well.
    """
    document = await parts.documents(principal_of(request)).get(path_id(request))
    if document is None or is_gone(document):
        raise Permanent(Code.NOT_FOUND, "Document not found")
    return document


async def extraction_of(parts: DocumindParts, request: web.Request) -> Extraction:
    """The extraction in the path; raises ``Permanent(NOT_FOUND)``, for others' ones as well."""
    extraction = await parts.extractions(principal_of(request)).get(path_id(request))
    order = extraction.order if extraction else None
    if extraction is None or order is None or order.channel != CHANNEL:
        raise Permanent(Code.NOT_FOUND, "Extraction not found")
    return extraction
