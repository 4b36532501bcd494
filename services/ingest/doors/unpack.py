"""The unpack stage: what lies in a container comes through the same door as an upload.

A child process takes the container apart and hands over each file's bytes as it comes to them;
here they go to the spool, counted, hashed and looked at, and are accepted as documents one by
one. A crash in between loses none and makes none twice, as their ids follow from their bytes and
where they lay.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from services.ingest.children import cancel_children
from services.ingest.intake import Intake
from services.ingest.names import display_name
from services.ingest.removal import remove_children
from services.ingest.spool import Spool
from services.ingest.unpacking.budget import UnpackLimits
from services.ingest.unpacking.cutting import Corners, Sheets, cut, pages_of
from services.ingest.unpacking.items import FileBegun, FileEnded, Item, MessageFacts, Omitted
from services.ingest.unpacking.unpack import unpack
from shared.blobs import keys
from shared.blobs.port import Blobs
from shared.compute.pool import ComputePool
from shared.errors import Code, Permanent, Quota, Transient
from shared.models.container import MAX_LEFT_OUT, Child, ContainerKind, LeftOut
from shared.models.document import Document, DocumentState
from shared.models.page import Page
from shared.models.source_email import SourceEmail
from shared.models.work import StageName
from shared.stages.failpoints import Failpoints
from shared.stages.job import JobContext
from shared.stages.outbox import Outbox
from shared.stages.unpacking import Unpacked, merged_email
from shared.store.collections import DOCUMENTS
from shared.store.port import Store, Tenant

PIECE_SECONDS = 30.0
"""How long a child process may be silent: to parse a message of 100 MB takes two of it."""
Items = AsyncGenerator[Item, None]


@dataclass(frozen=True)
class UnpackParts:
    """What the stage works with; ``pool`` is its own, so that no document being read delays it."""

    pool: ComputePool
    spool: Spool
    blobs: Blobs
    store: Store
    intake: Intake
    outbox: Outbox
    failpoints: Failpoints
    limits: UnpackLimits = field(default_factory=UnpackLimits)


class UnpackStage:
    """Makes documents of what lies in a container."""

    name = StageName.UNPACK

    def __init__(self, parts: UnpackParts) -> None:
        self._parts = parts

    async def run(self, record: Document, context: JobContext[Document]) -> Unpacked:
        """Accept all that is in it.

        Raises ``Permanent`` for a container that cannot be opened or is none that is taken,
        ``Transient`` when a store is down or there is no room.
        """
        try:
            unpacked = await self._unpack(record, context)
        except BaseException:
            with contextlib.suppress(Transient):  # what ends the job is what counts
                await asyncio.shield(self._follow(record))
            raise
        await self._follow(record)
        return unpacked

    async def _unpack(self, record: Document, context: JobContext[Document]) -> Unpacked:
        taking = _Taking(self._parts, record)
        sheets = await self._sheets(record)
        async with (
            self._parts.blobs.as_file(record.blob, record.sha256) as path,
            aclosing(self._items(record, path, sheets)) as items,
        ):
            await context.reach("fetched")
            async for item in items:
                await taking.take(item, items)
        return taking.outcome()

    async def _sheets(self, record: Document) -> dict[int, list[Corners]]:
        """The corners of the sheets of paper on photos of several."""
        pieces = record.container.pieces if record.container is not None else []
        sheets: dict[int, list[Corners]] = {}
        for number in {it.pages[0] for it in pieces if it.region is not None}:
            key = keys.page_key(record.organization, record.id, record.revision, number)
            page = Page.model_validate_json(await self._parts.blobs.get(key))
            sheets[number] = [[(it.x, it.y) for it in region.corners] for region in page.regions]
        return sheets

    def _items(self, record: Document, path: Path, sheets: Sheets) -> Items:
        if record.container is not None and record.container.kind is ContainerKind.BUNDLE:
            wanted = (record.name, record.container.pieces, sheets)
            return self._parts.pool.each(
                cut, str(path), record.media_type, *wanted, timeout=PIECE_SECONDS
            )
        arguments = (str(path), record.media_type, self._parts.limits)
        return self._parts.pool.each(unpack, *arguments, timeout=PIECE_SECONDS)

    async def _follow(self, record: Document) -> None:
        """Whoever removed or called off the container meanwhile did not know all children."""
        parts = self._parts
        documents = parts.store.of(Tenant(record.organization), DOCUMENTS)
        present = await documents.get(record.id)
        if present is None:
            await remove_children(parts.store, parts.blobs, record)
        elif present.state is DocumentState.CANCELLED:
            await cancel_children(parts.store, parts.outbox, record)


class _Taking:
    """One container's files on their way in."""

    def __init__(self, parts: UnpackParts, record: Document) -> None:
        self._parts = parts
        self._record = record
        self._children: list[Child] = []
        self._left_out: list[LeftOut] = []
        self._left_out_count = 0
        self._email: SourceEmail | None = None
        self._is_introduced = False

    def outcome(self) -> Unpacked:
        """What came of it."""
        return Unpacked(self._children, self._left_out, self._left_out_count, self._email)

    async def take(self, item: Item, items: Items) -> None:
        """One item, and of a file those behind it up to its end."""
        if isinstance(item, FileBegun):
            await self._file(item, items)
        elif isinstance(item, Omitted):
            self._leave_out(item.name, item.code, item.detail)
        elif isinstance(item, MessageFacts) and not self._is_introduced:
            self._is_introduced = True  # those that come behind it are of messages in this one
            if self._is_mail and item != MessageFacts():
                self._email = _source_email(item)

    @property
    def _is_mail(self) -> bool:
        container = self._record.container
        return container is not None and container.kind is ContainerKind.EMAIL

    async def _file(self, begun: FileBegun, items: Items) -> None:
        pieces = _Pieces(items)
        if begun.stand_in and self._has_any_of(begun.message):
            await pieces.drop()
            return
        try:
            await self._accept(begun, pieces)
        except Quota as error:  # nobody is there to come back later
            raise Transient(error.code, error.detail, retry_after=error.retry_after) from None
        except Permanent as error:
            await pieces.drop()
            self._leave_out(begun.name, error.code, error.detail)

    def _has_any_of(self, message: str) -> bool:
        prefix = f"{message}/" if message else ""
        return any(it.part.startswith(prefix) for it in self._children)

    async def _accept(self, begun: FileBegun, pieces: "_Pieces") -> None:
        file = await self._parts.spool.take(begun.name, pieces.bytes())
        try:
            await self._parts.failpoints.reach("unpack.computed", self._record.id)
            if pieces.ended.code is not None:
                raise Permanent(pieces.ended.code, pieces.ended.detail)
            email = _source_email(begun.email) if begun.email else None
            if self._is_mail and email == self._email:
                email = merged_email(self._record.source_email, email)
            pages = pages_of(self._record, begun.part)
            child = await self._parts.intake.accept_child(
                self._record, begun.part, file, email, pages
            )
        finally:
            file.discard()
        self._children.append(Child(id=child.id, name=child.name, part=begun.part))
        await self._parts.failpoints.reach("unpack.child", self._record.id)

    def _leave_out(self, name: str, code: Code, detail: str) -> None:
        self._left_out_count += 1
        if len(self._left_out) < MAX_LEFT_OUT:
            self._left_out.append(LeftOut(name=display_name(name), code=code, detail=detail))


class _Pieces:
    """The bytes of one file, out of all items; ``ended`` says how they ended."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._open = True
        self.ended = FileEnded()

    async def bytes(self) -> AsyncIterator[bytes]:
        """Up to the end of the file."""
        while self._open:
            item = await anext(self._items, FileEnded(Code.FILE_CORRUPT))
            if isinstance(item, bytes):
                yield item
            elif isinstance(item, FileEnded):
                self._open, self.ended = False, item

    async def drop(self) -> None:
        """Let those go that were not taken."""
        async for _ in self.bytes():
            pass


def _source_email(said: MessageFacts) -> SourceEmail:
    return SourceEmail(
        sender=said.sender,
        recipients=said.recipients,
        subject=said.subject,
        date=said.date,
        message_id=said.message_id,
    )
