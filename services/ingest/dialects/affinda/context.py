"""What the handlers of this dialect work with."""

from dataclasses import dataclass

from aiohttp import web

from services.ingest.dialects.affinda.numbers import Numbers
from services.ingest.document_types import DocumentTypes
from services.ingest.given_data import GivenData
from services.ingest.intake import Intake
from services.ingest.modelling.writer import PythonModels
from services.ingest.reviews import Reviews
from services.ingest.spool import Spool
from services.ingest.watch import DocumentWatch
from services.ingest.workspaces import Workspaces
from shared.blobs.port import Blobs
from shared.broker.port import Broker
from shared.config import Settings
from shared.errors import Code, Permanent
from shared.http.auth import Authenticator
from shared.http.context import Principal, principal_of
from shared.http.links import LinkSigner
from shared.http.paths import path_id
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction
from shared.models.tenancy import Organization, Workspace
from shared.stages.outbox import Outbox
from shared.store.collections import DOCUMENTS, EXTRACTIONS, ORGANIZATIONS, WORKSPACES
from shared.store.port import Repository, Store
from shared.telemetry.metrics import IntakeMetrics

V3, V2 = "/v3", "/v2"
CHANNEL = "affinda"
IDENTIFIER = "identifier"
"""The name of the id in paths."""


@dataclass(frozen=True)
class AffindaParts:
    """Ports and application parts. ``secret`` peppers keys and signs."""

    settings: Settings
    secret: bytes
    store: Store
    blobs: Blobs
    broker: Broker
    outbox: Outbox
    intake: Intake
    given: GivenData
    spool: Spool
    watch: DocumentWatch
    reviews: Reviews
    types: DocumentTypes
    metrics: IntakeMetrics
    authenticator: Authenticator
    links: LinkSigner
    numbers: Numbers
    workspace_records: Workspaces
    models: PythonModels

    def documents(self, principal: Principal) -> Repository[Document]:
        """The documents that a principal may see."""
        return self.store.of(principal.tenant, DOCUMENTS)

    def extractions(self, principal: Principal) -> Repository[Extraction]:
        """The extractions that a principal may see."""
        return self.store.of(principal.tenant, EXTRACTIONS)

    def workspaces(self, principal: Principal) -> Repository[Workspace]:
        """The workspaces that a principal may see."""
        return self.store.of(principal.tenant, WORKSPACES)

    def base_url(self, request: web.Request) -> str:
        """How the caller reaches us, without a slash at its end."""
        return self.settings.public_url.rstrip("/") or f"{request.scheme}://{request.host}"


async def document_of(parts: AffindaParts, request: web.Request) -> Document:
    """The document in the path; raises ``Permanent(NOT_FOUND)``, for others' ones as well."""
    return await named_document(parts, principal_of(request), path_id(request, IDENTIFIER))


async def named_document(
    parts: AffindaParts, principal: Principal, identifier: str, field: str | None = None
) -> Document:
    """The document of that identifier, given as ``field``; raises ``Permanent(NOT_FOUND)``."""
    document = await parts.documents(principal).get(identifier.strip().lower())
    if document is None or document.state is DocumentState.EXPIRED:
        raise Permanent(Code.NOT_FOUND, "Document not found.", field=field)
    return document


async def workspace_of(parts: AffindaParts, request: web.Request) -> Workspace:
    """The workspace in the path; raises ``Permanent(NOT_FOUND)``, for others' ones as well."""
    return await named_workspace(parts, principal_of(request), path_id(request, IDENTIFIER))


async def named_workspace(
    parts: AffindaParts, principal: Principal, identifier: str, field: str | None = None
) -> Workspace:
    """The workspace of that identifier, given as ``field``; raises ``Permanent(NOT_FOUND)``."""
    workspace = await parts.workspaces(principal).get(identifier.strip().lower())
    if workspace is None:
        raise Permanent(Code.NOT_FOUND, "Workspace not found.", field=field)
    return workspace


async def organization_of(parts: AffindaParts, principal: Principal) -> Organization:
    """The organization of a principal; raises ``Permanent(NOT_FOUND)`` if it is being removed."""
    organizations = parts.store.of(principal.tenant, ORGANIZATIONS)
    found = await organizations.get(principal.organization)
    if found is None:
        raise Permanent(Code.NOT_FOUND, "Organization not found.")
    return found


def check_organization(principal: Principal, identifier: str, field: str = "organization") -> None:
    """Return if the identifier is that of the principal's own organization.

    Raises ``Permanent(NOT_FOUND)``: others do not exist here.
    """
    if identifier.strip().lower() != principal.organization:
        raise Permanent(Code.NOT_FOUND, "Organization not found.", field=field)
