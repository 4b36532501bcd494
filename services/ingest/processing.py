"""Having documents processed anew."""

from dataclasses import dataclass

from services.ingest.calling_off import stop_extraction
from services.ingest.changes import change
from services.ingest.document_types import DocumentTypes
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.models.document import Document, DocumentState
from shared.models.extraction import ExtractionMode
from shared.stages import lifecycle
from shared.stages.outbox import Outbox
from shared.store.collections import DOCUMENTS
from shared.store.port import Store


@dataclass(frozen=True, slots=True)
class Again:
    """How: as the type ``type``; ``""`` has it classified, ``None`` leaves that as it was."""

    type: str | None = None
    mode: ExtractionMode | None = None


@dataclass(frozen=True, slots=True)
class Processing:
    """Begins the next revision of documents."""

    store: Store
    outbox: Outbox
    types: DocumentTypes

    async def again(self, principal: Principal, document: Document, how: Again) -> Document:
        """The document in its next revision.

        Raises ``Permanent``: UNKNOWN_TYPE, NOT_FOUND, CONFLICT for one that has expired.
        """
        requested = await self.types.known(principal, how.type or "", document.workspace)
        before: Document | None = None
        now = await self.store.now()

        def step(stored: Document) -> Document:
            nonlocal before
            if stored.state is DocumentState.EXPIRED:
                raise Permanent(Code.CONFLICT, "The document has expired.")
            before = stored
            if how.type is not None:
                stored = stored.copy_with(requested_type=None, requested_class=None)
            if how.mode is not None:
                stored = stored.copy_with(mode=how.mode)
            return lifecycle.reprocess(stored, now, requested)

        documents = self.store.of(principal.tenant, DOCUMENTS)
        stored = await change(documents, document.id, step)
        self.outbox.nudge(DOCUMENTS, stored)
        if before is not None:
            await stop_extraction(self.store, before)
        return stored
