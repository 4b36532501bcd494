"""Requests for the schema of a document, which is made in a child process and stored."""

import asyncio

from services.extract.attached import embedded_of
from services.extract.child import induce_stored
from services.extract.contract import StoredDocument
from shared.blobs.keys import page_key, schema_key
from shared.blobs.port import Blobs
from shared.compute.pool import ComputePool
from shared.config import JOB_SECONDS
from shared.models.document import Document
from shared.models.messages import INDUCTION_VERSION, SchemaMessage
from shared.models.work import StageName
from shared.stages.requests import asked_document
from shared.store.port import Store

MAX_PAGES = 20
"""Pages of a sample that are looked at: the rest is of the same kind, or of another."""


class Samples:
    """Makes schemas; each is stored, so that the next who asks has it at once."""

    def __init__(self, store: Store, blobs: Blobs, pool: ComputePool) -> None:
        self._store = store
        self._blobs = blobs
        self._pool = pool

    async def make(self, asked: SchemaMessage) -> None:
        """Store the schema of a document; nothing where it is gone, or not read.

        Raises ``Transient`` when a dependency is down.
        """
        document = await asked_document(self._store, asked)
        if document is None or document.pages is None:
            return
        place = (document.organization, document.id, document.revision)
        pages = await asyncio.gather(*(self._page(document, it) for it in _numbers(document)))
        sample = StoredDocument(
            pages, await embedded_of(self._blobs, *place), region=document.region
        )
        seconds = JOB_SECONDS[StageName.EXTRACT] * 0.9
        made = await self._pool.run(induce_stored, sample, timeout=seconds)
        key = schema_key(*place, INDUCTION_VERSION)
        await self._blobs.put(key, made, "application/json")
        if await asked_document(self._store, asked) is None:  # nothing may outlive its document
            await self._blobs.delete(key)

    async def _page(self, document: Document, number: int) -> bytes:
        place = (document.organization, document.id, document.revision)
        return await self._blobs.get(page_key(*place, number))


def _numbers(document: Document) -> range:
    return range(min(document.pages or 0, MAX_PAGES))
