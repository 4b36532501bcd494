"""Docstage's stage runtime with handlers that do nothing.

Two ways. ``record``: one document record passes three stages, with three messages in all;
each stage claims, commits and publishes as always. ``document``: the product's own way, in
which the document is read, its extraction is made and settled, its five events are
announced, and a webhook's delivery is made of the last and sent to nobody.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry

from benchmarks.chain_options import PREFETCH
from services.notify.fan_out import FanOut
from services.notify.stage import NotifyStage
from shared.collector import settle_collector
from shared.config import JOB_SECONDS
from shared.models.delivery import Delivery, DeliveryAttempt, DeliveryKind, Subscription
from shared.models.document import Document, DocumentState, EventName, PagePart
from shared.models.extraction import Extraction, TypeGuess
from shared.models.messages import JobMessage
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.time import utc_now
from shared.models.work import StageName, Work
from shared.stages import lifecycle, planning
from shared.stages import work as works
from shared.stages.context import Runtime
from shared.stages.extracting import Extracted, Extracting
from shared.stages.failpoints import Failpoints
from shared.stages.job import JobContext, JobParts
from shared.stages.notifying import Delivering
from shared.stages.outbox import Outbox
from shared.stages.reading import PartRead, Reading
from shared.stages.runner import StageRunner
from shared.stages.services import RescueService
from shared.store.collections import DOCUMENTS, SUBSCRIPTIONS
from shared.store.port import AlreadyExistsError, Tenant
from shared.telemetry.stage_metrics import StageMetrics

RECORD, DOCUMENT = "record", "document"
BENCH = Tenant("bench")
ORDER = (StageName.OCR, StageName.EXTRACT, StageName.NOTIFY)
NOTE = "x" * 600
"""Brings the record to some 1.5 KB, what a document's has."""


class NoRead:
    """Reads nothing, of one page."""

    def __init__(self, name: StageName = StageName.OCR) -> None:
        self.name = name

    async def run(self, record: Document, context: JobContext[Document]) -> PartRead:
        """Nothing."""
        return PartRead(pages_done=1, pages=1)


class NoFields:
    """Finds nothing."""

    name = StageName.EXTRACT

    async def run(self, record: Extraction, context: JobContext[Extraction]) -> Extracted:
        """Nothing."""
        return Extracted(TypeGuess(name="receipt", confidence=0.9), "none", {})


class NoSender:
    """Sends nothing."""

    async def send(self, delivery: Delivery) -> DeliveryAttempt:
        """Nothing."""
        return DeliveryAttempt(at=utc_now(), status=200)


class Passing(Reading):
    """One document record that passes several stages in turn."""

    def __init__(self, stage: StageName, following: StageName | None) -> None:
        self.stage = stage
        self._following = following

    def done(
        self, record: Document, message: JobMessage, result: PartRead, now: datetime
    ) -> Document:
        """The next stage's job, or the end."""
        part = record.parts[0]
        if self._following is None:
            ended = planning.with_part(record, part.copy_with(work=works.finish(part.work, now)))
            return ended.copy_with(state=DocumentState.READY)
        moved = planning.with_part(record, part.copy_with(work=Work(enqueued=now)))
        entry = OutboxEntry(kind=OutboxKind.JOB, stage=self._following, not_before=now)
        return moved.copy_with(outbox=[*moved.outbox, entry])

    def job(self, record: Document, message: JobMessage, due: datetime) -> OutboxEntry:
        """See ``Workbench``."""
        return OutboxEntry(kind=OutboxKind.JOB, stage=self.stage, not_before=due)


class DocstageChain:
    """The stages of a process, on ``runtime``, and the door.

    ``stages`` are the numbers of those that run here, ``way`` is which chain.
    """

    def __init__(self, runtime: Runtime, way: str, stages: Sequence[int]) -> None:
        self._runtime = runtime
        self._way = way
        self._stages = stages
        self._outbox = Outbox(self._runtime)
        self._metrics = StageMetrics(CollectorRegistry())
        self._documents = runtime.store.of(BENCH, DOCUMENTS)
        self._services: list[Any] = []

    async def start(self) -> None:
        """Open the ports, and begin."""
        await self._runtime.store.open()
        await self._runtime.broker.open()
        for number in self._stages:
            runner = self._runner(number)
            self._services.append(runner)
            await runner.start()
        if self._way == DOCUMENT and len(ORDER) - 1 in self._stages:
            await self._subscribe()
            await FanOut(self._runtime, self._outbox).start()
        settle_collector()

    async def stop(self) -> None:
        """Drain, and close the ports."""
        for service in self._services:
            await service.stop(1.0)
        await self._outbox.drain(1.0)
        await self._runtime.broker.close()
        await self._runtime.store.close()

    async def publish(self, job: str) -> None:
        """Accept a document: one durable write, then its job is published."""
        document = Document(
            id=job, organization=BENCH.organization, workspace="main", name="receipt.pdf",
            media_type="application/pdf", size=200_000, sha256=job * 2,
            blob=f"bench/{job}/original", metadata={"note": NOTE},
        )  # fmt: skip
        now = await self._runtime.store.now()
        if self._way == DOCUMENT:
            received = lifecycle.receive(document, now)
        else:
            part = PagePart(index=0, first=0, work=Work(enqueued=now))
            received = planning.queue_part(document.copy_with(parts=[part]), 0, now)
        await self._documents.insert(received)
        self._outbox.nudge(DOCUMENTS, received)

    def _runner(self, number: int) -> StageRunner[Any, Any]:
        workbench, stage = self._stage(number)
        name = stage.name.value

        def observe(outcome: str, seconds: float = 0.0) -> None:
            self._metrics.ended(name, outcome, seconds)

        parts = JobParts(
            runtime=self._runtime,
            workbench=workbench,
            stage=stage,
            outbox=self._outbox,
            job_seconds=JOB_SECONDS[stage.name],
            observe=observe,
            failpoints=Failpoints(),
        )
        return StageRunner(parts, PREFETCH)

    def _stage(self, number: int) -> tuple[Any, Any]:
        if self._way == DOCUMENT:
            benches = (Reading(), Extracting(), Delivering())
            sender = NotifyStage({DeliveryKind.WEBHOOK: NoSender()})
            return benches[number], (NoRead(), NoFields(), sender)[number]
        following = (*ORDER[1:], None)[number]
        return Passing(ORDER[number], following), NoRead(ORDER[number])

    async def _subscribe(self) -> None:
        webhook = Subscription(
            id="webhook", organization=BENCH.organization, workspace="main",
            url="https://example.org/", secret="", events=[EventName.READY],
        )  # fmt: skip
        try:
            await self._runtime.store.of(BENCH, SUBSCRIPTIONS).insert(webhook)
        except AlreadyExistsError:
            return

    async def rescue(self) -> None:
        """Run relay and sweeper beside, as the gateway does."""
        rescue = RescueService(
            runtime=self._runtime,
            outbox=self._outbox,
            metrics=self._metrics,
            relay_seconds=0.25,
            sweep_seconds=5.0,
            grace=timedelta(seconds=120),
            alone=False,
        )
        self._services.append(rescue)
        await rescue.start()
