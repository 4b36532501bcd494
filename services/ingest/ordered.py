"""Extractions that somebody asks for, of documents that are read or still to be."""

from datetime import timedelta

from services.ingest.watch import DocumentWatch
from shared.errors import DocstageError
from shared.http.context import Principal
from shared.models.document import Document
from shared.models.extraction import Extraction, ExtractionMode, ExtractionOrder
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.work import FINAL_WORK_STATES, Problem, StageName, Work, WorkState
from shared.stages import work as works
from shared.stages.outbox import Outbox
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Store

_UNREAD_DELAY = timedelta(seconds=20)
"""When the job of an unread document is published, should whoever waits for it be gone."""


class OrderedExtractions:
    """Places orders, and waits for what comes of them.

    Every order is a record of its own with its own job, so a document has as many extractions
    as were asked for, and none of them reads it again.
    """

    def __init__(self, store: Store, outbox: Outbox, watch: DocumentWatch) -> None:
        self._store = store
        self._outbox = outbox
        self._watch = watch

    async def place(
        self, principal: Principal, document: Document, order: ExtractionOrder, mode: ExtractionMode
    ) -> Extraction:
        """Have fields found; of a document that is still being read, afterwards (``hasten``)."""
        now = await self._store.now()
        due = now if document.is_final else now + _UNREAD_DELAY
        record = Extraction(
            organization=document.organization,
            workspace=document.workspace,
            lane=document.lane,
            trace=document.trace,
            document=document.id,
            document_name=document.name,
            revision=document.revision,
            pages=document.pages or 0,
            mode=mode,
            region=document.region,
            order=order,
            work=Work(enqueued=now),
        )
        job = OutboxEntry(
            kind=OutboxKind.JOB, stage=StageName.EXTRACT, target=record.id, not_before=due
        )
        placed = record.copy_with(outbox=[job])
        await self._store.of(principal.tenant, EXTRACTIONS).insert(placed)
        if due == now:
            self._outbox.nudge(EXTRACTIONS, placed)
        return placed

    async def read(self, principal: Principal, document: Document, seconds: float) -> Document:
        """The document when nothing more happens to it by itself, or when the time is over."""
        documents = self._store.of(principal.tenant, DOCUMENTS)
        found = await self._watch.until_final(documents, [document], seconds)
        return found.get(document.id, document)

    async def hasten(self, principal: Principal, extraction: Extraction) -> None:
        """The document is read: have the job published now."""
        now = await self._store.now()

        def step(record: Extraction) -> Extraction:
            outbox = [
                it.copy_with(not_before=min(it.not_before, now))
                if it.kind is OutboxKind.JOB
                else it
                for it in record.outbox
            ]
            return record.copy_with(outbox=outbox)

        extractions = self._store.of(principal.tenant, EXTRACTIONS)
        stored = await extractions.change(extraction.id, step)
        if stored is not None:
            self._outbox.nudge(EXTRACTIONS, stored)

    async def give_up(
        self, principal: Principal, extraction: Extraction, error: DocstageError
    ) -> None:
        """Call an order off that nobody has begun to carry out, and say why."""
        now = await self._store.now()
        problem = Problem(code=error.code, detail=error.detail)

        def step(record: Extraction) -> Extraction:
            work = works.give_up(record.work, problem, now)
            begun = record.work.state is not WorkState.WAITING
            return record if begun else record.copy_with(work=work, outbox=[])

        await self._store.of(principal.tenant, EXTRACTIONS).change(extraction.id, step)

    async def outcome(
        self, principal: Principal, extraction: Extraction, seconds: float
    ) -> Extraction | None:
        """The extraction when it is over, well or not; ``None`` when the time is over."""
        extractions = self._store.of(principal.tenant, EXTRACTIONS)

        async def look() -> Extraction | None:
            record = await extractions.get(extraction.id)
            over = record is not None and record.work.state in FINAL_WORK_STATES
            return record if over else None

        return await self._watch.until(extraction.document, look, seconds)
