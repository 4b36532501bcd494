"""Moving a document to another workspace of its organization."""

from services.ingest.changes import change
from shared.models.document import Document
from shared.models.extraction import Extraction
from shared.store.collections import DOCUMENTS, EXTRACTIONS, WORKSPACES
from shared.store.port import Query, Store, Tenant

_BATCH = 100


async def move_document(store: Store, document: Document, workspace: str) -> Document:
    """The document in the other workspace, under its policies, with all that was made of it.

    The extractions go first: a key of the old workspace must not see them when it does not see
    the document any more. Raises ``Permanent(NOT_FOUND)``.
    """
    tenant = Tenant(document.organization)
    found = await store.of(tenant, WORKSPACES).get(workspace)

    def moved(extraction: Extraction) -> Extraction:
        return extraction.copy_with(workspace=workspace)

    await _move_children(store, document, workspace)
    extractions = store.of(tenant, EXTRACTIONS)
    skip = 0
    while rows := await extractions.page(Query({"document": document.id}), None, _BATCH, skip):
        for row in rows:
            await change(extractions, row.id, moved)
        skip += len(rows)
    policies = found.policies if found else None
    return await change(
        store.of(tenant, DOCUMENTS),
        document.id,
        lambda it: it.copy_with(workspace=workspace, policies=policies, content=None),
    )


async def _move_children(store: Store, document: Document, workspace: str) -> None:
    """What a container was unpacked to goes along."""
    if document.container is None:
        return
    documents = store.of(Tenant(document.organization), DOCUMENTS)
    skip = 0
    while rows := await documents.page(Query({"parent": document.id}), None, _BATCH, skip):
        for row in rows:
            await move_document(store, row, workspace)
        skip += len(rows)
