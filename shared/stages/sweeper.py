"""The sweeper: finds work that nobody will ever be woken for, and queues it again.

It may not double a healthy queue, so the grace it gives grows with the messages that wait
in the stage's queues; a broker that was wiped has none, so there it acts after the base.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from shared.broker.topology import EVENTS_QUEUE, job_queue
from shared.config import JOB_SECONDS
from shared.models.delivery import Delivery
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction
from shared.models.outbox import Aggregate, OutboxEntry, OutboxKind
from shared.models.work import FINAL_WORK_STATES, Lane, StageName, Work
from shared.stages import lifecycle
from shared.stages import work as works
from shared.stages.context import Runtime
from shared.stages.outbox import Outbox
from shared.store.collections import COLLECTIONS, DOCUMENTS, EXTRACTIONS, Collection
from shared.store.port import Pointer, Tenant

BATCH = 200
HORIZON = timedelta(days=1)
"""Further ahead than any lease lasts."""

SECONDS_PER_WAITING_JOB: dict[StageName, float] = {
    stage: seconds / 4 for stage, seconds in JOB_SECONDS.items()
}
"""What one message ahead in the queue adds to the grace: generous, for a single worker."""


@dataclass(slots=True)
class SweepReport:
    """What one sweep did."""

    requeued: int = 0
    announced: int = 0


class Sweeper:
    """Looks through the store for what stands still."""

    def __init__(self, runtime: Runtime, outbox: Outbox, grace: timedelta) -> None:
        self._runtime = runtime
        self._outbox = outbox
        self._grace = grace
        self._collections: dict[str, Collection[Any]] = {it.name: it for it in COLLECTIONS}
        self._log = structlog.get_logger("docstage.sweeper")

    async def step(self) -> SweepReport:
        """One sweep; raises ``Transient`` when broker or store are down."""
        report = SweepReport()
        now = await self._runtime.store.now()
        for stage in StageName:
            before = now - await self._patience(stage)
            for pointer in await self._runtime.store.backlog.idle(stage, before, BATCH):
                report.requeued += await self._requeue(pointer, now, break_leases=False)
        before = now - self._grace - await self._events_patience()
        report.announced = await self._announce(before, now)
        if report.requeued or report.announced:
            self._log.warning("swept", requeued=report.requeued, announced=report.announced)
        return report

    async def recover(self) -> SweepReport:
        """Queue everything unfinished at once, breaking leases.

        Only for a start-up that knows that no other process works on this store.
        """
        report = SweepReport()
        now = await self._runtime.store.now()
        horizon = now + HORIZON
        for stage in StageName:
            seen: set[str] = set()
            while True:
                limit = len(seen) + BATCH
                idle = await self._runtime.store.backlog.idle(stage, horizon, limit)
                fresh = [pointer for pointer in idle if pointer.id not in seen]
                if not fresh:
                    break
                for pointer in fresh:
                    report.requeued += await self._requeue(pointer, now, break_leases=True)
                seen.update(pointer.id for pointer in fresh)
        report.announced = await self._announce(horizon, now)
        return report

    async def _patience(self, stage: StageName) -> timedelta:
        """The grace of a stage at its present backlog."""
        depth = 0
        for lane in Lane:
            depth += await self._runtime.broker.depth(job_queue(stage, lane))
        return self._grace + timedelta(seconds=depth * SECONDS_PER_WAITING_JOB[stage])

    async def _events_patience(self) -> timedelta:
        return timedelta(seconds=float(await self._runtime.broker.depth(EVENTS_QUEUE)))

    async def _requeue(self, pointer: Pointer, now: datetime, *, break_leases: bool) -> bool:
        collection = self._collections[pointer.collection]
        records = self._runtime.store.of(Tenant(pointer.organization), collection)
        record = await records.get(pointer.id)
        if record is None:
            return False
        if isinstance(record, Document) and await self._is_being_extracted(record):
            touched = record.copy_with(enqueued=now)
            await records.replace(touched)
            return False
        changed = requeued(record, now, break_leases=break_leases)
        stored = await records.replace(changed) if changed is not record else None
        if stored is None:
            return False
        await self._outbox.carry_out(collection, stored)
        return True

    async def _is_being_extracted(self, document: Document) -> bool:
        """Whether the document's extraction exists and looks after itself."""
        if document.state is not DocumentState.EXTRACTING:
            return False
        extractions = self._runtime.store.of(Tenant(document.organization), EXTRACTIONS)
        extraction = await extractions.get(lifecycle.extraction_id(document))
        return extraction is not None and extraction.work.state not in FINAL_WORK_STATES

    async def _announce(self, before: datetime, now: datetime) -> int:
        count = 0
        for pointer in await self._runtime.store.backlog.unannounced(before, BATCH):
            documents = self._runtime.store.of(Tenant(pointer.organization), DOCUMENTS)
            document = await documents.get(pointer.id)
            if document is None:
                continue
            stored = await documents.replace(lifecycle.announce_again(document, now))
            if stored is not None:
                await self._outbox.carry_out(DOCUMENTS, stored)
                count += 1
        return count


def requeued(record: Aggregate, now: datetime, *, break_leases: bool) -> Aggregate:
    """The record with a fresh outbox entry for each piece of work that stands still."""
    if isinstance(record, Document):
        return _requeued_document(record, now, break_leases=break_leases)
    if isinstance(record, Extraction | Delivery):
        stage = StageName.EXTRACT if isinstance(record, Extraction) else StageName.NOTIFY
        work = works.requeue(record.work, now, break_lease=break_leases)
        entry = OutboxEntry(kind=OutboxKind.JOB, stage=stage, target=record.id, not_before=now)
        return record.copy_with(work=work, outbox=[*record.outbox, entry])
    return record


def _requeued_document(document: Document, now: datetime, *, break_leases: bool) -> Document:
    if document.state is DocumentState.EXTRACTING:
        return lifecycle.queue_extraction(document, now)
    changed = _requeued_fetch(document, now, break_leases=break_leases)
    for part in document.parts:
        if not _stands_still(part.work, now, break_leases=break_leases):
            continue
        work = works.requeue(part.work, now, break_lease=break_leases)
        changed = lifecycle.with_part(changed, part.copy_with(work=work))
        changed = lifecycle.queue_part(changed, part.index, now)
    return changed


def _requeued_fetch(document: Document, now: datetime, *, break_leases: bool) -> Document:
    source = document.source
    if source is None or not _stands_still(source.work, now, break_leases=break_leases):
        return document
    work = works.requeue(source.work, now, break_lease=break_leases)
    changed = document.copy_with(source=source.copy_with(work=work))
    return lifecycle.queue_fetch(changed, now)


def _stands_still(work: Work, now: datetime, *, break_leases: bool) -> bool:
    live = work.lease is not None and work.lease.until > now
    return work.state not in FINAL_WORK_STATES and (break_leases or not live)
