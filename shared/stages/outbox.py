"""The outbox: carrying out what a commit set in motion.

The committing process does it right away, so an idle system waits for no timer; the relay
does it again for whatever was left, so a crash between commit and publish loses nothing.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import structlog

from shared.broker.port import Message, RefusedError
from shared.broker.topology import job_queue
from shared.errors import Transient
from shared.models.dead_letter import DeadLetter
from shared.models.document import Document
from shared.models.extraction import Extraction
from shared.models.ids import new_id
from shared.models.messages import EventMessage, JobMessage
from shared.models.outbox import Aggregate, OutboxEntry, OutboxKind
from shared.models.trace import HEADER
from shared.models.work import StageName
from shared.stages import lifecycle
from shared.stages.clearing import Clearing
from shared.stages.context import Background, Runtime
from shared.stages.failpoints import Failpoints
from shared.stages.letters import Letters
from shared.store.collections import DOCUMENTS, Collection
from shared.store.port import Tenant

R = TypeVar("R", bound=Aggregate)


class Outbox:
    """Carries out the outbox entries of records; ``on_letter`` hears of new dead letters.

    ``on_left`` hears, for each try that failed, why an entry was left: the broker ``refused``
    its message, or it was ``unanswered``.
    """

    def __init__(
        self,
        runtime: Runtime,
        failpoints: Failpoints | None = None,
        on_letter: Callable[[DeadLetter], None] = lambda _: None,
        on_left: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._runtime = runtime
        self.failpoints = failpoints or Failpoints()
        """Those of the process, for whoever has the outbox."""
        self._letters = Letters(runtime, self.failpoints)
        self._on_letter = on_letter
        self._on_left = on_left
        self._background = Background()
        self._clearing = Clearing(runtime, self.failpoints)
        self._log = structlog.get_logger("docstage.outbox")

    async def carry_out(
        self, collection: Collection[R], record: R, known: frozenset[str] = frozenset()
    ) -> None:
        """Carry out the entries of ``record`` that are due, and have them removed.

        ``known`` are ids of entries that were there before the caller's write: whoever made
        them carries them out, or the relay does.

        Raises ``Transient`` when the broker or the store does not answer; the entries that
        were not carried out stay, and the relay finds them.
        """
        now = await self._runtime.store.now()
        due = [it for it in record.outbox if it.not_before <= now and it.id not in known]
        if not due:
            return
        about = record.id if isinstance(record, Document) else _document_of(record)
        await self.failpoints.reach("outbox.publishing", about)
        if len(due) == 1:
            troubles = [await self._try(record, due[0], now)]
        else:  # begun in their order, confirmed at the same time
            troubles = await asyncio.gather(*(self._try(record, entry, now) for entry in due))
        await self.failpoints.reach("outbox.published", about)
        # One that is refused for a day must not have the others repeated all day.
        done = [it.id for it, trouble in zip(due, troubles, strict=True) if trouble is None]
        self._clearing.add(collection, record, done)
        if failed := [it for it in troubles if it is not None]:
            raise next((it for it in failed if not isinstance(it, RefusedError)), failed[0])

    async def rescue(self, collection: Collection[R], record: R) -> None:
        """``carry_out`` of what this process has not carried out a moment ago."""
        await self.carry_out(collection, record, self._clearing.pending(collection, record))

    def nudge(
        self, collection: Collection[R], record: R, known: frozenset[str] = frozenset()
    ) -> None:
        """``attempt`` beside the caller."""
        self._background.start(self.attempt(collection, record, known))

    async def drain(self, seconds: float = 5.0) -> None:
        """Finish what was begun, at most so long."""
        await self._background.drain(seconds)
        await self._clearing.drain(seconds)

    async def attempt(
        self, collection: Collection[R], record: R, known: frozenset[str] = frozenset()
    ) -> None:
        """``carry_out``; trouble is left to the relay."""
        try:
            await self.carry_out(collection, record, known)
        except Transient as error:
            self._log.info("outbox_left_to_relay", collection=collection.name, code=error.code)

    async def _try(self, record: Aggregate, entry: OutboxEntry, now: datetime) -> Transient | None:
        try:
            await self._carry_out(record, entry, now)
        except Transient as trouble:
            self._on_left("refused" if isinstance(trouble, RefusedError) else "unanswered")
            return trouble
        return None

    async def _carry_out(self, record: Aggregate, entry: OutboxEntry, now: datetime) -> None:
        if entry.kind is OutboxKind.JOB and entry.stage is not None:
            await self._publish_job(record, entry, entry.stage)
        elif entry.kind is OutboxKind.EVENT and isinstance(record, Document):
            await self._publish_event(record, entry)
        elif entry.kind is OutboxKind.SETTLE and isinstance(record, Extraction):
            await self._settle(record, now)
        elif entry.kind is OutboxKind.LETTER:
            letter = await self._letters.carry_out(record, entry)
            if letter is not None:
                self._on_letter(letter)

    async def _publish_job(self, record: Aggregate, entry: OutboxEntry, stage: StageName) -> None:
        job = JobMessage(
            id=entry.id,
            stage=stage,
            lane=record.lane,
            organization=record.organization,
            document=record.id if isinstance(record, Document) else _document_of(record),
            revision=getattr(record, "revision", 0),
            part=entry.part,
            target=entry.target,
        )
        headers = {HEADER: record.trace} if record.trace else {}
        message = Message(new_id(), job.model_dump_json().encode(), headers)
        await self._runtime.broker.send(job_queue(stage, record.lane), message)

    async def _publish_event(self, document: Document, entry: OutboxEntry) -> None:
        event = next((it for it in document.events if it.id == entry.event), None)
        if event is None:
            return
        told = EventMessage(
            id=event.id,
            name=event.name,
            organization=document.organization,
            workspace=document.workspace,
            document=document.id,
            sequence=event.sequence,
            callback=document.callback is not None,
        )
        headers = {HEADER: document.trace} if document.trace else {}
        message = Message(new_id(), told.model_dump_json().encode(), headers)
        await self._runtime.broker.announce(event.name.value, message)

    async def _settle(self, extraction: Extraction, now: datetime) -> None:
        documents = self._runtime.store.of(Tenant(extraction.organization), DOCUMENTS)
        known: frozenset[str] = frozenset()

        def settle(document: Document) -> Document:
            nonlocal known
            known = entry_ids(document)
            return lifecycle.settle(document, extraction, now)

        stored = await documents.change(extraction.document, settle)
        if stored is not None:
            self.nudge(DOCUMENTS, stored, known)


def entry_ids(record: Aggregate) -> frozenset[str]:
    """The ids of a record's outbox entries."""
    return frozenset(entry.id for entry in record.outbox)


def _document_of(record: Aggregate) -> str:
    document: str = getattr(record, "document", record.id)
    return document
