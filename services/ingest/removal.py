"""Removing a document with everything made of it.

The record goes last, so that whoever is told of a failure can ask again and have the rest
removed; what a worker stored meanwhile is removed after it.
"""

from typing import TypeVar

from shared.blobs.keys import document_prefix
from shared.blobs.port import Blobs
from shared.models.base import Record
from shared.models.document import Document
from shared.models.numbered import DOCUMENT, numbered_id, subject_of
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
from shared.store.port import Query, Store, Tenant

R = TypeVar("R", bound=Record)
_BATCH = 100


async def remove_document(store: Store, blobs: Blobs, document: Document) -> None:
    """Remove a document's extractions, deliveries, files and record; first its children."""
    tenant = Tenant(document.organization)
    await remove_children(store, blobs, document)
    files = document_prefix(document.organization, document.id)
    await _remove_all(store, tenant, EXTRACTIONS, document.id)
    await _remove_all(store, tenant, DELIVERIES, document.id)
    await _remove_all(store, tenant, TAGGINGS, document.id)
    await _remove_all(store, tenant, CHECKS, document.id)
    await _remove_all(store, tenant, REVIEW_LINKS, document.id)
    await _remove_all(store, tenant, DEAD_LETTERS, document.id)
    await blobs.delete_all(files)
    numbered = numbered_id(document.organization, subject_of(DOCUMENT, document.id))
    await store.of(tenant, NUMBERED).delete(numbered)
    await store.of(tenant, DOCUMENTS).delete(document.id)
    await blobs.delete_all(files)
    await remove_children(store, blobs, document)  # who unpacked it did not know yet


async def remove_children(store: Store, blobs: Blobs, document: Document) -> None:
    """Remove what a container was unpacked to, with all of that."""
    if document.container is None:
        return
    documents = store.of(Tenant(document.organization), DOCUMENTS)
    while rows := await documents.page(Query({"parent": document.id}), None, _BATCH):
        for row in rows:
            await remove_document(store, blobs, row)


async def _remove_all(
    store: Store, tenant: Tenant, collection: Collection[R], document: str
) -> None:
    records = store.of(tenant, collection)
    while rows := await records.page(Query({"document": document}), None, _BATCH):
        for row in rows:
            await records.delete(row.id)
