"""Retention: documents whose time is over lose their files and pages, and are marked expired.

What was found on them stays. The files go first, so that a crash in between leaves a document that
is found again; deleting them twice does no harm.
"""

import structlog

from shared.blobs.keys import document_prefix
from shared.blobs.port import Blobs
from shared.models.document import Document
from shared.stages import lifecycle
from shared.stages.context import Runtime
from shared.stages.outbox import Outbox, entry_ids
from shared.store.collections import DOCUMENTS
from shared.store.port import Pointer, Tenant

BATCH = 500


class Retention:
    """Looks for documents whose time is over."""

    def __init__(self, runtime: Runtime, outbox: Outbox, blobs: Blobs) -> None:
        self._runtime = runtime
        self._outbox = outbox
        self._blobs = blobs
        self._log = structlog.get_logger("docstage.retention")

    async def step(self) -> None:
        """Have some of them expire; raises ``Transient`` when a dependency is down."""
        now = await self._runtime.store.now()
        pointers = await self._runtime.store.backlog.expired(now, BATCH)
        count = 0
        for pointer in pointers:
            count += await self._expire(pointer)
        if count:
            self._log.info("expired", documents=count)

    async def _expire(self, pointer: Pointer) -> bool:
        now = await self._runtime.store.now()
        documents = self._runtime.store.of(Tenant(pointer.organization), DOCUMENTS)
        document = await documents.get(pointer.id)
        if document is None or lifecycle.expire(document, now) is document:
            return False  # it is gone, works anew, or was given more time
        await self._blobs.delete_all(document_prefix(document.organization, document.id))
        known: frozenset[str] = frozenset()

        def step(record: Document) -> Document:
            nonlocal known
            known = entry_ids(record)
            return lifecycle.expire(record, now)

        stored = await documents.change(document.id, step)
        if stored is not None:
            self._outbox.nudge(DOCUMENTS, stored, known)
        return stored is not None
