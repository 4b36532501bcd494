"""The one door: a spooled file becomes a document, durably, or an error says why not.

All ways in end here. A document is accepted when its file and its record are both stored;
waking the stages comes after, and is made up for by the relay if it fails. A URL is accepted
when its record is: the file comes through the spool too, but as a job of the fetch stage.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from yarl import URL

from services.ingest.bundles import read_before
from services.ingest.duplicates import DuplicateError, Duplicates
from services.ingest.known import known, winner
from services.ingest.names import display_name
from services.ingest.spool import SpooledFile
from shared.blobs.keys import document_prefix, original_key
from shared.blobs.port import Blobs
from shared.errors import Code, Transient
from shared.http.context import Principal
from shared.models.container import ContainerKind
from shared.models.document import Callback, Document, Source
from shared.models.extraction import ExtractionMode
from shared.models.ids import derived_id
from shared.models.policies import Policies, SplitPolicy
from shared.models.source_email import SourceEmail
from shared.models.time import utc_now
from shared.models.work import Lane
from shared.stages import lifecycle
from shared.stages.outbox import Outbox
from shared.store.collections import DOCUMENTS, WORKSPACES
from shared.store.port import AlreadyExistsError, Store, Tenant
from shared.telemetry.metrics import IntakeMetrics

_OF_SENDERS = frozenset({Code.SENDER_NOT_AUTHENTICATED, Code.SENDER_NOT_ALLOWED})
"""Warnings that hold for everything in a message."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the sender wants done with a file, beside the file.

    ``on_request``: nothing is to be found on it before somebody asks for something.
    ``policies``: those of the workspace, from whoever has it at hand, so that it is not asked for.
    ``keeps_found``: what was found stays when it expires, unless its workspace says otherwise.
    ``confirm_seconds``: how long to wait, at most, for the broker to confirm that the
    stages are woken. A broker that does not is no error: the document is accepted.
    """

    workspace: str
    lane: Lane = Lane.NORMAL
    requested_type: str | None = None
    mode: ExtractionMode = ExtractionMode.ADVANCED
    reference: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    expires: datetime | None = None
    requested_class: str | None = None
    tags: list[str] = field(default_factory=list)
    callback: Callback | None = None
    source_email: SourceEmail | None = None
    warnings: tuple[str, ...] = ()
    on_request: bool = False
    keeps_found: bool = False
    policies: Policies | None = None
    confirm_seconds: float = 0.0


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
        document = _document(principal.organization, file, order, idempotency_key)
        document = await self._governed(document, order.policies)
        await self._duplicates.check(document)
        # If what follows fails, the stored file stays behind: the record may exist all the
        # same, and a file without a record does less harm than a record without its file.
        await self._blobs.put_file(document.blob, file.path, document.media_type)
        try:
            document = await self._duplicates.insert(document)
        except DuplicateError:
            await self._blobs.delete_all(document_prefix(document.organization, document.id))
            raise
        except AlreadyExistsError:
            await self._blobs.delete_all(document_prefix(document.organization, document.id))
            return await winner(documents, principal, idempotency_key, is_same)
        self._metrics.accepted(channel, file.size)
        await self._wake(document, order.confirm_seconds)
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
        document = _once_split(await self._governed(_child(parent, part, file, email)), parent)
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
        document = _elsewhere(principal.organization, url, order, idempotency_key)
        governed = await self._governed(document, order.policies)
        document = lifecycle.receive(governed, document.created)
        try:
            await documents.insert(document)
        except AlreadyExistsError:
            return await winner(documents, principal, idempotency_key, is_same)
        self._metrics.accepted("url", 0)
        await self._wake(document, order.confirm_seconds)
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


def _document(
    organization: str, file: SpooledFile, order: Order, idempotency_key: str | None
) -> Document:
    now = utc_now()
    ordered = _ordered(organization, file.name, order, idempotency_key, now)
    return ordered.copy_with(
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        blob=original_key(organization, ordered.id),
    )


def _child(parent: Document, part: str, file: SpooledFile, email: SourceEmail | None) -> Document:
    now = utc_now()
    document = Document(
        id=derived_id("child", parent.id, part, file.sha256),
        organization=parent.organization,
        created=now,
        updated=now,
        workspace=parent.workspace,
        name=file.name,
        lane=parent.lane,
        parent=parent.id,
        source_email=email,
        warnings=[it for it in parent.warnings if it in _OF_SENDERS],
        reference=parent.reference,
        metadata=parent.metadata,
        requested_type=parent.requested_type,
        requested_class=parent.requested_class,
        mode=parent.mode,
        expires=parent.expires,
        keeps_found=parent.keeps_found,
        tags=parent.tags,
        callback=parent.callback,
        on_request=parent.on_request,
        enqueued=now,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
    )
    return document.copy_with(blob=original_key(document.organization, document.id))


def _once_split(document: Document, parent: Document) -> Document:
    """What was made of a bundle holds one document, whatever it looks like."""
    is_piece = parent.container is not None and parent.container.kind is ContainerKind.BUNDLE
    if document.policies is None or not is_piece:
        return document
    return document.copy_with(policies=document.policies.copy_with(split=SplitPolicy.OFF))


def _elsewhere(organization: str, url: str, order: Order, idempotency_key: str | None) -> Document:
    now = utc_now()
    ordered = _ordered(organization, display_name(URL(url).name), order, idempotency_key, now)
    return ordered.copy_with(source=Source(url=url))


def _ordered(
    organization: str, name: str, order: Order, idempotency_key: str | None, now: datetime
) -> Document:
    return Document(
        organization=organization,
        created=now,
        updated=now,
        workspace=order.workspace,
        name=name,
        lane=order.lane,
        reference=order.reference,
        metadata=order.metadata,
        idempotency_key=idempotency_key,
        requested_type=order.requested_type,
        mode=order.mode,
        expires=order.expires,
        requested_class=order.requested_class,
        tags=order.tags,
        callback=order.callback,
        source_email=order.source_email,
        warnings=list(order.warnings),
        on_request=order.on_request,
        keeps_found=order.keeps_found,
        enqueued=now,
    )
