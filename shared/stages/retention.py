"""Retention: documents whose time is over are removed, and a tombstone says so.

A document is marked first, by compare-and-set, so that nobody begins to process it while it is
taken apart; then what there is of it is counted, removed, and the tombstone finished. A crash in
between leaves a document that is found again; deleting twice does no harm.
"""

from typing import TypeVar

import structlog

from shared.blobs.keys import document_prefix
from shared.blobs.port import Blobs
from shared.models.base import Record
from shared.models.document import Document, EventName
from shared.models.extraction import Fields
from shared.models.numbered import DOCUMENT, numbered_id, subject_of
from shared.search.words import words_of
from shared.stages import expiring
from shared.stages.context import Runtime, by_itself
from shared.stages.outbox import Outbox, entry_ids
from shared.store.collections import (
    CHECKS,
    DEAD_LETTERS,
    DELIVERIES,
    DOCUMENTS,
    EXTRACTIONS,
    NUMBERED,
    REVIEW_LINKS,
    TAGGINGS,
    Collection,
)
from shared.store.port import Pointer, Query, Tenant

R = TypeVar("R", bound=Record)
BATCH = 500
_PAGE = 100


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
        erased = [await by_itself(self._expire(it), it, "not_expired") for it in pointers]
        if any(erased):
            self._log.info("expired", count=erased.count(True))

    async def _expire(self, pointer: Pointer) -> bool:
        """Have a document go, or its tombstone; whether it was erased now."""
        document = await self._mark(pointer)
        if document is None:
            return False
        if document.is_to_forget:
            documents = self._runtime.store.of(Tenant(document.organization), DOCUMENTS)
            await documents.delete(document.id)
            return False
        await self._erase(document)
        return True

    async def _mark(self, pointer: Pointer) -> Document | None:
        """The document, marked by now or earlier; ``None`` if it is gone or goes on."""
        now = await self._runtime.store.now()
        documents = self._runtime.store.of(Tenant(pointer.organization), DOCUMENTS)
        known: frozenset[str] = frozenset()

        def step(record: Document) -> Document:
            nonlocal known
            known = entry_ids(record)
            return expiring.expire(record, now)

        marked = await documents.change(pointer.id, step)
        if marked is not None:
            self._outbox.nudge(DOCUMENTS, marked, known)
            return marked
        found = await documents.get(pointer.id)
        if found is None or not (found.is_to_erase or found.is_to_forget):
            return None
        return found

    async def _erase(self, document: Document) -> None:
        tenant = Tenant(document.organization)
        documents = self._runtime.store.of(tenant, DOCUMENTS)
        prefix = document_prefix(document.organization, document.id)
        extractions = [] if document.keeps_found else await self._ids(EXTRACTIONS, document)
        deliveries = [] if document.keeps_found else await self._told(document)
        files = len(await self._blobs.list(prefix))
        await documents.change(
            document.id,
            lambda it: expiring.counted(it, files, len(extractions), len(deliveries)),
        )
        await self._forget_words(document)
        await self._blobs.delete_all(prefix)
        for extraction in extractions:
            await self._runtime.store.of(tenant, EXTRACTIONS).delete(extraction)
        for delivery in deliveries:
            await self._runtime.store.of(tenant, DELIVERIES).delete(delivery)
        for letter in await self._ids(DEAD_LETTERS, document):  # without a file, no second try
            await self._runtime.store.of(tenant, DEAD_LETTERS).delete(letter)
        if not document.keeps_found:
            await self._erase_beside(document)
        now = await self._runtime.store.now()
        await documents.change(document.id, lambda it: expiring.erased(it, now))

    async def _forget_words(self, document: Document) -> None:
        """What is left of it is found by its name, and by what else its record keeps."""
        kept = document if document.keeps_found else expiring.bared(document)
        fields: Fields = {}
        if document.keeps_found and document.extraction is not None:
            extractions = self._runtime.store.of(Tenant(document.organization), EXTRACTIONS)
            found = await extractions.get(document.extraction)
            fields = found.current_fields if found is not None else {}
        documents = self._runtime.store.of(Tenant(document.organization), DOCUMENTS)
        await documents.index(document.id, words_of(kept.headline, fields, ()))

    async def _erase_beside(self, document: Document) -> None:
        """Tags, checks, links and numbers: what people and clients noted of it."""
        tenant = Tenant(document.organization)
        for tagging in await self._ids(TAGGINGS, document):
            await self._runtime.store.of(tenant, TAGGINGS).delete(tagging)
        for check in await self._ids(CHECKS, document):
            await self._runtime.store.of(tenant, CHECKS).delete(check)
        for link in await self._ids(REVIEW_LINKS, document):
            await self._runtime.store.of(tenant, REVIEW_LINKS).delete(link)
        numbered = numbered_id(document.organization, subject_of(DOCUMENT, document.id))
        await self._runtime.store.of(tenant, NUMBERED).delete(numbered)

    async def _ids(self, collection: Collection[R], document: Document) -> list[str]:
        return [it.id for it in await self._all(collection, document)]

    async def _told(self, document: Document) -> list[str]:
        """What others were, or were to be, told of it, but for that it is gone."""
        rows = await self._all(DELIVERIES, document)
        return [it.id for it in rows if it.event_name is not EventName.EXPIRED]

    async def _all(self, collection: Collection[R], document: Document) -> list[R]:
        records = self._runtime.store.of(Tenant(document.organization), collection)
        query, found, skip = Query({"document": document.id}), list[R](), 0
        while rows := await records.page(query, None, _PAGE, skip):
            found += rows
            skip += len(rows)
        return found
