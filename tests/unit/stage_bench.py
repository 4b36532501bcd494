"""A runtime with two stages on the embedded adapters, and handlers that do as a test says."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from shared.broker.connect import connect_broker
from shared.models.document import Document
from shared.models.extraction import Extraction, ReviewReason, TypeGuess
from shared.models.work import StageName
from shared.stages import lifecycle
from shared.stages.context import Limits, Runtime
from shared.stages.extracting import Extracted, Extracting
from shared.stages.failpoints import Failpoints
from shared.stages.job import JobContext, JobParts
from shared.stages.outbox import Outbox
from shared.stages.reading import PartRead, Reading
from shared.stages.runner import StageRunner
from shared.store.collections import DOCUMENTS
from shared.store.connect import connect_store
from shared.store.port import Tenant

ACME, OTHER = Tenant("acme"), Tenant("other")


@dataclass
class ReadStage:
    """Reads nothing; does what the test says, in turn."""

    script: list[Callable[[Document, JobContext[Document]], Awaitable[PartRead]]] = field(
        default_factory=list
    )
    calls: int = 0
    name: StageName = StageName.OCR

    async def run(self, record: Document, context: JobContext[Document]) -> PartRead:
        self.calls += 1
        if self.script:
            step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            return await step(record, context)
        return PartRead(pages_done=1, pages=1)


@dataclass
class FieldStage:
    calls: int = 0
    reasons: list[ReviewReason] = field(default_factory=list)
    error: Exception | None = None
    name: StageName = StageName.EXTRACT

    async def run(self, record: Extraction, context: JobContext[Extraction]) -> Extracted:
        self.calls += 1
        if self.error is not None:
            raise self.error
        return Extracted(TypeGuess(name="receipt", confidence=0.9), "test/1", {}, self.reasons)


class Bench:
    """A runtime with two stages, as one process has it."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.outbox = Outbox(runtime)
        self.read, self.extract = ReadStage(), FieldStage()
        self.outcomes: list[str] = []
        self.runners: list[StageRunner] = []

    async def start(self, slots: int = 2) -> None:
        for stage, workbench in ((self.read, Reading()), (self.extract, Extracting())):
            parts = JobParts(
                runtime=self.runtime,
                workbench=workbench,
                stage=stage,
                outbox=self.outbox,
                job_seconds=5.0,
                observe=self._observe,
                failpoints=Failpoints(),
            )
            runner = StageRunner(parts, slots)
            self.runners.append(runner)
            await runner.start()

    async def lose_broker(self) -> None:
        """A broker whose disk was wiped: same topology, no messages."""
        await self.runtime.broker.close()
        broker = connect_broker("memory://")
        await broker.open()
        self.runtime = replace(self.runtime, broker=broker)
        self.outbox = Outbox(self.runtime)

    def _observe(self, outcome: str, seconds: float = 0.0) -> None:
        self.outcomes.append(outcome)

    async def stop(self, seconds: float = 1.0) -> None:
        for runner in self.runners:
            await runner.stop(seconds)
        await self.outbox.drain()

    async def accept(self, tenant: Tenant = ACME, **changes: object) -> Document:
        now = await self.runtime.store.now()
        document = Document(
            organization=tenant.organization,
            workspace="main",
            name="a.pdf",
            media_type="application/pdf",
            size=3,
            sha256="00",
            blob="x/y/original",
        ).copy_with(**changes)
        received = lifecycle.receive(document, now)
        await self.runtime.store.of(tenant, DOCUMENTS).insert(received)
        self.outbox.nudge(DOCUMENTS, received)
        return received

    async def waiting(self) -> Document:
        """A document whose job waits in its queue, with nothing left in its outbox."""
        return await self.until(await self.accept(), lambda it: not it.outbox)

    async def get(self, document: Document) -> Document:
        tenant = Tenant(document.organization)
        found = await self.runtime.store.of(tenant, DOCUMENTS).get(document.id)
        assert found is not None
        return found

    async def until(
        self, document: Document, check: Callable[[Document], bool], seconds: float = 60.0
    ) -> Document:
        async with asyncio.timeout(seconds):
            while not check(found := await self.get(document)):
                await asyncio.sleep(0.01)
        return found

    async def finished(self, document: Document) -> Document:
        return await self.until(document, lambda it: it.is_final)


async def opened_runtime(folder: Path) -> Runtime:
    """A runtime with short leases; its ports are closed by the caller."""
    store = connect_store(f"sqlite:///{folder}/test.db")
    broker = connect_broker("memory://")
    await store.open()
    await broker.open()
    limits = Limits(lease=timedelta(seconds=1.0), beat=0.2, max_attempts=3)
    return Runtime(store, broker, limits)
