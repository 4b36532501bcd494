"""Removing a workspace with all that is in it.

The record goes last, so that whoever is told of a failure can ask again and have the rest
removed; what came in meanwhile is removed after it.
"""

from dataclasses import dataclass
from typing import Any

from services.ingest.pulling import PullQueue
from services.ingest.removal import remove_document
from shared.blobs.keys import training_prefix
from shared.blobs.port import Blobs
from shared.broker.port import Broker
from shared.broker.readers import Readers
from shared.broker.topology import result_queue_name
from shared.models.delivery import QueueMode, ResultQueue
from shared.models.schema import MAX_TYPES
from shared.models.tenancy import Workspace
from shared.store.collections import (
    COLLECTIONS,
    DOCUMENT_TYPES,
    DOCUMENTS,
    RESULT_QUEUES,
    WORKSPACES,
    Collection,
)
from shared.store.port import Query, Store, Tenant

_BATCH = 100


@dataclass(frozen=True, slots=True)
class Removal:
    """Removes what has more to it than a record."""

    store: Store
    blobs: Blobs
    broker: Broker
    readers: Readers

    async def result_queue(self, queue: ResultQueue) -> None:
        """Remove a queue with its messages and its reader."""
        name = result_queue_name(queue.organization, queue.name)
        if queue.mode is QueueMode.PUSH:
            await self.readers.revoke(name)
            await self.broker.delete_result_queue(name)
        await self.store.of(Tenant(queue.organization), RESULT_QUEUES).delete(queue.id)
        if queue.mode is QueueMode.PUSH:
            # Again: a message on its way would have made it anew as long as it was on record.
            await self.broker.delete_result_queue(name)
        else:
            await PullQueue(self.store, queue).abandon()

    async def workspace(self, workspace: Workspace) -> None:
        """Remove a workspace, what comes into it and goes out of it, and its documents."""
        tenant = Tenant(workspace.organization, frozenset({workspace.id}))
        await self._contents(tenant, workspace)
        await self.store.of(tenant, WORKSPACES).delete(workspace.id)
        await self._contents(tenant, workspace)

    async def _contents(self, tenant: Tenant, workspace: Workspace) -> None:
        queues = self.store.of(tenant, RESULT_QUEUES)
        while rows := await queues.page(Query(), None, _BATCH):
            for row in rows:
                await self.result_queue(row)
        for collection in COLLECTIONS:
            if collection.by_workspace and collection.name != DOCUMENTS.name:
                await self._records(tenant, collection)
        documents = self.store.of(tenant, DOCUMENTS)
        while found := await documents.page(Query(), None, _BATCH):
            for document in found:
                await remove_document(self.store, self.blobs, document)
        await self.blobs.delete_all(training_prefix(workspace.organization, workspace.id))
        await self._types(workspace)

    async def _records(self, tenant: Tenant, collection: Collection[Any]) -> None:
        records = self.store.of(tenant, collection)
        while rows := await records.page(Query(), None, _BATCH):
            for row in rows:
                await records.delete(row.id)

    async def _types(self, workspace: Workspace) -> None:
        types = self.store.of(Tenant(workspace.organization), DOCUMENT_TYPES)
        for own in await types.page(Query(), None, MAX_TYPES):
            if own.workspace == workspace.id:
                await types.delete(own.id)
