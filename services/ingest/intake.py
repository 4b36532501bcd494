"""The one door: a spooled file becomes a document, durably, or an error says why not.

All ways in end here. A document is accepted when its file and its record are both stored;
waking the stages comes after, and is made up for by the relay if it fails. A URL is accepted
when its record is: the file comes through the spool too, but as a job of the fetch stage.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import timedelta

from services.ingest.bundles import read_before
from services.ingest.duplicates import DuplicateError, Duplicates, refused_duplicate
from services.ingest.known import known, winner
from services.ingest.new_documents import (
    as_turned,
    child_document,
    document_of_file,
    document_of_url,
    once_split,
)
from services.ingest.order import Known as Known  # noqa: PLC0414 - also for those who send
from services.ingest.order import Order as Order  # noqa: PLC0414 - the same
from services.ingest.spool import SpooledFile
from shared.blobs.keys import document_prefix
from shared.blobs.port import Blobs
from shared.errors import Transient
from shared.http.context import Principal
from shared.models.document import Document
from shared.models.policies import Policies
from shared.models.source_email import SourceEmail
from shared.stages import lifecycle
from shared.stages.outbox import Outbox
from shared.store.collections import DOCUMENTS, WORKSPACES
from shared.store.port import AlreadyExistsError, Store, Tenant
from shared.telemetry.metrics import IntakeMetrics


class Intake:
    """Takes files in. ``channel`` is the door they came through."""

    def __init__(self, store: Store, blobs: Blobs, outbox: Outbox, metrics: IntakeMetrics) -> None:
        self._store = store
        self._blobs = blobs
        self._outbox = outbox
        self._metrics = metrics
        self._duplicates = Duplicates(store)

    async def accept(
        self,
        principal: Principal,
        file: SpooledFile,
        order: Order,
        idempotency_key: str | None = None,
        channel: str = "upload",
    ) -> Document:
        """Store a file and its record; the same key and bytes again give the same document.

        Raises ``Permanent(IDEMPOTENCY_KEY_REUSED)`` for other bytes under a key,
        ``DuplicateError`` if the workspace has the file and wants it once, and
        ``Transient`` when a store is down; then nothing was accepted.
        """
        documents = self._store.of(Tenant(principal.organization), DOCUMENTS)

        def is_same(document: Document) -> bool:
            return document.sha256 == file.sha256

        existing = await known(documents, principal, idempotency_key, is_same)
        if existing is not None:
            return existing
        document = document_of_file(
            principal, file, order, idempotency_key, await self._store.now()
        )
        reach = self._outbox.failpoints.reach
        await reach("ingest.spooled", document.id)
        document = await self._governed(document, order.policies)
        try:
            await self._duplicates.check(document)
        except DuplicateError as error:
            if not order.keeps_refused:
                raise
            document = refused_duplicate(document, error)
        # If what follows fails, the stored file stays behind: the record may exist all the
        # same, and a file without a record does less harm than a record without its file.
        await self._blobs.put_file(document.blob, file.path, document.media_type)
        await reach("ingest.stored", document.id)
        try:
            document = await self._insert(document, keeps_refused=order.keeps_refused)
        except DuplicateError:
            await self._blobs.delete_all(document_prefix(document.organization, document.id))
            raise
        except AlreadyExistsError:
            await self._blobs.delete_all(document_prefix(document.organization, document.id))
            return await winner(documents, principal, idempotency_key, is_same)
        await reach("ingest.inserted", document.id)
        self._metrics.accepted(channel, file.size)
        await self._wake(document, order.confirm_seconds)
        await reach("ingest.answering", document.id)
        return document

    async def accept_child(
        self,
        parent: Document,
        part: str,
        file: SpooledFile,
        email: SourceEmail | None = None,
        pages: Sequence[int] = (),
    ) -> Document:
        """Store what was in a container, as a document that is wanted in the same way.

        ``part`` says where in it; ``pages`` are those of the container that it consists of, where
        they have been read, so that they need not be read again. The same part and bytes again
        give the same document, which its id sees to, so that none is made twice however often its
        container is unpacked.
        Raises ``DuplicateError`` as ``accept`` does, and ``Transient`` when a store is down; then
        nothing was accepted.
        """
        child = child_document(parent, part, file, email, await self._store.now())
        document = as_turned(once_split(await self._governed(child), parent), parent, pages)
        documents = self._store.of(Tenant(parent.organization), DOCUMENTS)
        existing = await documents.get(document.id)
        if existing is not None:
            return existing
        await self._duplicates.check(document)
        read = await read_before(self._blobs, parent, document, pages)
        await self._blobs.put_file(document.blob, file.path, document.media_type)
        try:
            document = await self._duplicates.insert(document, read)
        except DuplicateError:
            await self._blobs.delete_all(document_prefix(document.organization, document.id))
            raise
        except AlreadyExistsError:  # by another that unpacks it too; the file is the same
            return await documents.get(document.id) or document
        self._metrics.accepted(parent.container.kind if parent.container else "child", file.size)
        await self._wake(document, 0)
        return document

    async def accept_url(
        self, principal: Principal, url: str, order: Order, idempotency_key: str | None = None
    ) -> Document:
        """Store the record of a file that is to be fetched; a key works as for files.

        Raises ``Permanent(IDEMPOTENCY_KEY_REUSED)`` for another URL, or a file, under a key,
        and ``Transient`` when the store is down; then nothing was accepted.
        """
        documents = self._store.of(Tenant(principal.organization), DOCUMENTS)

        def is_same(document: Document) -> bool:
            return document.source is not None and document.source.url == url

        existing = await known(documents, principal, idempotency_key, is_same)
        if existing is not None:
            return existing
        document = document_of_url(principal, url, order, idempotency_key, await self._store.now())
        governed = await self._governed(document, order.policies)
        document = lifecycle.receive(governed, document.created)
        try:
            await documents.insert(document)
        except AlreadyExistsError:
            return await winner(documents, principal, idempotency_key, is_same)
        self._metrics.accepted("url", 0)
        await self._wake(document, order.confirm_seconds)
        return document

    async def _insert(self, document: Document, *, keeps_refused: bool) -> Document:
        if not document.is_final:
            try:
                return await self._duplicates.insert(document)
            except DuplicateError as error:
                if not keeps_refused:
                    raise
                document = refused_duplicate(document, error)
        await self._store.of(Tenant(document.organization), DOCUMENTS).insert(document)
        return document

    async def _governed(self, document: Document, policies: Policies | None = None) -> Document:
        """The document under the policies of its workspace, which it keeps."""
        if policies is None:
            workspaces = self._store.of(Tenant(document.organization), WORKSPACES)
            workspace = await workspaces.get(document.workspace)
            policies = workspace.policies if workspace is not None else Policies()
        if policies == Policies():
            return document
        expires = document.expires
        if policies.retention_days is None:
            return document.copy_with(policies=policies)
        end = document.created + timedelta(days=policies.retention_days)
        expires = end if expires is None else min(expires, end)
        return document.copy_with(policies=policies, expires=expires, keeps_found=False)

    async def _wake(self, document: Document, confirm_seconds: float) -> None:
        if confirm_seconds <= 0:
            self._outbox.nudge(DOCUMENTS, document)
            return
        with contextlib.suppress(Transient, TimeoutError):  # left to the relay
            async with asyncio.timeout(confirm_seconds):
                await self._outbox.carry_out(DOCUMENTS, document)
