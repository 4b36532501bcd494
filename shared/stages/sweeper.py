"""The sweeper: finds work that nobody will ever be woken for, and queues it again.

It may not double a healthy queue, so the grace it gives grows with the messages that wait
in the stage's queues; a broker that was wiped has none, so there it acts after the base.
"""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable
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
from shared.models.work import FINAL_WORK_STATES, Lane, StageName, Work, WorkState
from shared.stages import lifecycle, planning
from shared.stages import work as works
from shared.stages.context import Runtime, by_itself
from shared.stages.outbox import Outbox
from shared.store.collections import COLLECTIONS, DOCUMENTS, EXTRACTIONS, Collection
from shared.store.port import Pointer, Tenant

BATCH = 200
HORIZON = timedelta(days=1)
"""Further ahead than any lease lasts."""
MARGIN = timedelta(seconds=5)
StandsStill = Callable[[Work], bool]
"""Whether nobody works on a piece of work, as far as its record says."""

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
                work = self._requeue(pointer, now, _nobody_holds(now))
                report.requeued += await _counted(work, pointer)
        before = now - self._grace - await self._events_patience()
        for pointer in await self._runtime.store.backlog.unannounced(before, BATCH):
            report.announced += await _counted(self._announce(pointer, now), pointer)
        if report.requeued or report.announced:
            self._log.warning("swept", requeued=report.requeued, announced=report.announced)
        return report

    async def recover(self) -> SweepReport:
        """Queue everything unfinished at once, breaking the leases of others.

        Only for a start-up that knows that no other process works on this store; its own
        stages may be at work already.
        """
        report = SweepReport()
        now = await self._runtime.store.now()
        horizon, backlog = now + HORIZON, self._runtime.store.backlog

        def is_not_ours(work: Work) -> bool:
            ours = work.lease is not None and work.lease.worker == self._runtime.worker
            return _is_unfinished(work) and not ours

        def was_held(work: Work) -> bool:
            return work.lease is not None and is_not_ours(work)

        for stage in StageName:
            async for pointer in _each(functools.partial(backlog.idle, stage, horizon)):
                work = self._requeue(pointer, now, is_not_ours)
                report.requeued += await _counted(work, pointer)
        # What waits in an outbox keeps its time; but who held the work beside it is dead.
        soon = now + self._runtime.limits.lease + MARGIN
        async for pointer in _each(functools.partial(backlog.due, soon)):
            report.requeued += await _counted(self._requeue(pointer, now, was_held), pointer)
        async for pointer in _each(functools.partial(backlog.unannounced, horizon)):
            report.announced += await _counted(self._announce(pointer, now), pointer)
        return report

    async def _patience(self, stage: StageName) -> timedelta:
        """The grace of a stage at its present backlog."""
        depth = 0
        for lane in Lane:
            depth += await self._runtime.broker.depth(job_queue(stage, lane))
        return self._grace + timedelta(seconds=depth * SECONDS_PER_WAITING_JOB[stage])

    async def _events_patience(self) -> timedelta:
        return timedelta(seconds=float(await self._runtime.broker.depth(EVENTS_QUEUE)))

    async def _requeue(self, pointer: Pointer, now: datetime, stands_still: StandsStill) -> bool:
        collection = self._collections[pointer.collection]
        records = self._runtime.store.of(Tenant(pointer.organization), collection)
        record = await records.get(pointer.id)
        if record is None:
            return False
        extraction = await self._extraction(record) if isinstance(record, Document) else None
        if extraction is not None and extraction.work.state not in FINAL_WORK_STATES:
            await records.replace(record.copy_with(enqueued=now))  # it looks after itself
            return False
        changed = moved_on(record, extraction, now) or requeued(record, now, stands_still)
        stored = await records.replace(changed) if changed is not record else None
        if stored is None:
            return False
        await self._outbox.failpoints.reach("sweeper.requeued", pointer.id)
        await self._outbox.carry_out(collection, stored)
        return True

    async def _extraction(self, document: Document) -> Extraction | None:
        """The extraction that the document waits for, if it has begun."""
        if document.state is not DocumentState.EXTRACTING:
            return None
        extractions = self._runtime.store.of(Tenant(document.organization), EXTRACTIONS)
        return await extractions.get(lifecycle.extraction_id(document))

    async def _announce(self, pointer: Pointer, now: datetime) -> bool:
        documents = self._runtime.store.of(Tenant(pointer.organization), DOCUMENTS)
        document = await documents.get(pointer.id)
        if document is None:
            return False
        stored = await documents.replace(lifecycle.announce_again(document, now))
        if stored is None:
            return False
        await self._outbox.carry_out(DOCUMENTS, stored)
        return True


def moved_on(record: Aggregate, extraction: Extraction | None, now: datetime) -> Document | None:
    """A document whose extraction is over, and that was never told, or has forgotten it.

    As after the restore of a backup in which the document is older than its extraction: a job
    would only find the work done.
    """
    if extraction is None or not isinstance(record, Document):
        return None
    if extraction.work.state is WorkState.CANCELLED:
        return None
    settled = lifecycle.settle(record, extraction, now)
    return settled if settled is not record else None


def requeued(record: Aggregate, now: datetime, stands_still: StandsStill) -> Aggregate:
    """The record with a fresh outbox entry for each piece of work that stands still."""
    if isinstance(record, Document):
        return _requeued_document(record, now, stands_still)
    if isinstance(record, Extraction | Delivery) and stands_still(record.work):
        stage = StageName.EXTRACT if isinstance(record, Extraction) else StageName.NOTIFY
        work = works.requeue(record.work, now, break_lease=True)
        entry = OutboxEntry(kind=OutboxKind.JOB, stage=stage, target=record.id, not_before=now)
        return record.copy_with(work=work, outbox=[*record.outbox, entry])
    return record


def _requeued_document(document: Document, now: datetime, stands_still: StandsStill) -> Document:
    if document.state is DocumentState.EXTRACTING:
        waits = any(it.stage is StageName.EXTRACT for it in document.outbox)
        return document if waits else planning.queue_extraction(document, now)
    changed = _requeued_fetch(document, now, stands_still)
    changed = _requeued_unpacking(changed, now, stands_still)
    for part in document.parts:
        if not stands_still(part.work):
            continue
        work = works.requeue(part.work, now, break_lease=True)
        changed = planning.with_part(changed, part.copy_with(work=work))
        changed = planning.queue_part(changed, part.index, now)
    return changed


def _requeued_fetch(document: Document, now: datetime, stands_still: StandsStill) -> Document:
    source = document.source
    if source is None or not stands_still(source.work):
        return document
    work = works.requeue(source.work, now, break_lease=True)
    changed = document.copy_with(source=source.copy_with(work=work))
    return planning.queue_fetch(changed, now)


def _requeued_unpacking(document: Document, now: datetime, stands_still: StandsStill) -> Document:
    container = document.container
    if container is None or not stands_still(container.work):
        return document
    work = works.requeue(container.work, now, break_lease=True)
    changed = document.copy_with(container=container.copy_with(work=work))
    return planning.queue_unpacking(changed, now)


def _nobody_holds(now: datetime) -> StandsStill:
    def check(work: Work) -> bool:
        live = work.lease is not None and work.lease.until > now
        return _is_unfinished(work) and not live

    return check


def _is_unfinished(work: Work) -> bool:
    return work.state not in FINAL_WORK_STATES


async def _counted(work: Awaitable[bool], pointer: Pointer) -> bool:
    return bool(await by_itself(work, pointer, "not_swept"))


async def _each(find: Callable[[int], Awaitable[list[Pointer]]]) -> AsyncIterator[Pointer]:
    """All that ``find`` finds, each once, while it is changed."""
    seen: set[str] = set()
    while True:
        found = await find(len(seen) + BATCH)
        fresh = [pointer for pointer in found if pointer.id not in seen]
        if not fresh:
            return
        for pointer in fresh:
            yield pointer
        seen.update(pointer.id for pointer in fresh)
