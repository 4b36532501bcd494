"""What the gateway's handlers work with, in every dialect of ours and in the console."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from services.ingest.intake import Intake
from services.ingest.modelling.writer import PythonModels
from services.ingest.spool import Spool
from services.ingest.watch import DocumentWatch
from services.ingest.workspace_removal import Removal
from services.ingest.workspaces import Workspaces
from shared.blobs.port import Blobs
from shared.broker.port import Broker
from shared.broker.readers import Readers
from shared.config import Settings
from shared.errors import Code, Permanent
from shared.http.auth import Authenticator
from shared.http.context import Principal, principal_of
from shared.http.links import LinkSigner
from shared.http.paging import Pager
from shared.http.paths import path_id as path_id  # noqa: PLC0414 - also for our neighbours
from shared.http.result_messages import ResultMessages
from shared.models.document import Document
from shared.models.schema import Schema
from shared.stages.outbox import Outbox
from shared.store.collections import DOCUMENTS
from shared.store.port import Repository, Store
from shared.telemetry.metrics import IntakeMetrics


@dataclass(frozen=True)
class IngestParts:
    """Ports and application parts, and the built-in types."""

    settings: Settings
    secret: bytes
    store: Store
    blobs: Blobs
    outbox: Outbox
    intake: Intake
    spool: Spool
    watch: DocumentWatch
    pager: Pager
    authenticator: Authenticator
    metrics: IntakeMetrics
    types: Mapping[str, Schema]
    broker: Broker
    readers: Readers
    links: LinkSigner
    messages: ResultMessages
    removal: Removal
    workspaces: Workspaces
    models: PythonModels

    def documents(self, principal: Principal) -> Repository[Document]:
        """The documents that a principal may see."""
        return self.store.of(principal.tenant, DOCUMENTS)


async def document_of(parts: IngestParts, request: web.Request) -> Document:
    """The document in the path; raises ``Permanent(NOT_FOUND)``, for others' ones as well."""
    document = await parts.documents(principal_of(request)).get(path_id(request))
    if document is None:
        raise Permanent(Code.NOT_FOUND)
    return document
