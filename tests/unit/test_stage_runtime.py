"""The stage runtime on the embedded adapters, with handlers made for the test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from shared.broker.connect import connect_broker
from shared.broker.topology import job_queue
from shared.errors import AttemptFailed, Code, Permanent, Transient
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction, ReviewReason, TypeGuess
from shared.models.time import utc_now
from shared.models.work import Lane, Lease, StageName, WorkState
from shared.stages import lifecycle
from shared.stages import work as works
from shared.stages.context import Limits, Runtime
from shared.stages.extracting import Extracted, Extracting
from shared.stages.failpoints import Failpoints
from shared.stages.job import JobContext, JobParts
from shared.stages.outbox import Outbox
from shared.stages.reading import PartRead, Reading
from shared.stages.relay import Relay
from shared.stages.runner import StageRunner
from shared.stages.sweeper import Sweeper
from shared.store.collections import DOCUMENTS, EXTRACTIONS
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

    async def get(self, document: Document) -> Document:
        tenant = Tenant(document.organization)
        found = await self.runtime.store.of(tenant, DOCUMENTS).get(document.id)
        assert found is not None
        return found

    async def until(
        self, document: Document, check: Callable[[Document], bool], seconds: float = 10.0
    ) -> Document:
        async with asyncio.timeout(seconds):
            while not check(found := await self.get(document)):
                await asyncio.sleep(0.01)
        return found

    async def finished(self, document: Document) -> Document:
        return await self.until(document, lambda it: it.is_final)


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[Runtime]:
    store = connect_store(f"sqlite:///{tmp_path}/test.db")
    broker = connect_broker("memory://")
    await store.open()
    await broker.open()
    limits = Limits(lease=timedelta(seconds=1.0), beat=0.2, max_attempts=3)
    yield Runtime(store, broker, limits)
    await broker.close()
    await store.close()


@pytest.fixture
async def bench(runtime: Runtime) -> AsyncIterator[Bench]:
    bench = Bench(runtime)
    yield bench
    await bench.stop(0.1)


async def test_two_tenants_documents_go_all_the_way(bench: Bench) -> None:
    await bench.start()
    documents = [await bench.accept(ACME), await bench.accept(OTHER)]
    for document in documents:
        done = await bench.finished(document)
        assert done.state is DocumentState.READY
        assert done.type == TypeGuess(name="receipt", confidence=0.9)
        names = [event.name.value.removeprefix("document.") for event in done.events]
        assert names == ["received", "read", "classified", "extracted", "ready"]
        assert [event.sequence for event in done.events] == [1, 2, 3, 4, 5]
    assert await bench.runtime.store.of(OTHER, DOCUMENTS).get(documents[0].id) is None


async def test_outbox_is_empty_in_the_end(bench: Bench) -> None:
    await bench.start()
    document = await bench.accept()
    done = await bench.finished(document)
    await bench.until(document, lambda it: not it.outbox)
    extraction = await bench.runtime.store.of(ACME, EXTRACTIONS).get(done.extraction or "")
    assert extraction is not None
    async with asyncio.timeout(5):
        while extraction.outbox:
            await asyncio.sleep(0.02)
            extraction = await bench.runtime.store.of(ACME, EXTRACTIONS).get(extraction.id)
            assert extraction is not None


async def test_review_reasons_make_it_need_review(bench: Bench) -> None:
    bench.extract.reasons = [ReviewReason(code="low_confidence", field="total")]
    await bench.start()
    done = await bench.finished(await bench.accept())
    assert done.state is DocumentState.NEEDS_REVIEW
    assert done.review.needed
    assert done.events[-1].name.value == "document.needs_review"


async def test_doubled_message_is_done_once(bench: Bench) -> None:
    document = await bench.accept()
    await asyncio.sleep(0.05)
    for _ in range(3):
        await bench.outbox.carry_out(DOCUMENTS, document)
    await bench.start()
    await bench.finished(document)
    await asyncio.sleep(0.1)
    assert bench.read.calls == 1
    assert bench.extract.calls == 1


async def test_permanent_error_fails_at_once(bench: Bench) -> None:
    async def refuse(record: Document, context: JobContext[Document]) -> PartRead:
        raise Permanent(Code.FILE_ENCRYPTED)

    bench.read.script = [refuse]
    await bench.start()
    done = await bench.finished(await bench.accept())
    assert done.state is DocumentState.FAILED
    assert done.error is not None
    assert done.error.code == "FILE_ENCRYPTED"
    assert bench.read.calls == 1


async def test_failed_extraction_fails_the_document(bench: Bench) -> None:
    bench.extract.error = Permanent(Code.MODEL_MISSING)
    await bench.start()
    done = await bench.finished(await bench.accept())
    assert done.state is DocumentState.FAILED
    assert done.error is not None
    assert done.error.code == "MODEL_MISSING"


async def test_spent_attempts_fail_the_document(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.stages.retry.FAILED_ATTEMPT.__class__.delay", _no_delay)

    async def crash(record: Document, context: JobContext[Document]) -> PartRead:
        raise AttemptFailed(Code.CRASHED)

    bench.read.script = [crash]
    await bench.start()
    relay = Relay(bench.runtime, bench.outbox)
    document = await bench.accept()
    async with asyncio.timeout(20):
        while not (await bench.get(document)).is_final:
            await relay.step()
            await asyncio.sleep(0.05)
    assert bench.read.calls == 3
    assert (await bench.get(document)).state is DocumentState.FAILED


def _no_delay(self: object, tries: int, at_least: float | None = None) -> timedelta:
    return timedelta(milliseconds=1)


async def test_transient_trouble_spends_no_attempt(bench: Bench) -> None:
    async def down(record: Document, context: JobContext[Document]) -> PartRead:
        raise Transient(Code.DEPENDENCY_DOWN)

    bench.read.script = [down]
    await bench.start()
    document = await bench.accept()
    waiting = await bench.until(document, lambda it: it.parts[0].work.problem is not None)
    work = waiting.parts[0].work
    assert work.state is WorkState.WAITING
    assert work.attempts == 0
    assert work.trouble_since is not None
    assert [entry.stage for entry in waiting.outbox if entry.stage] == [StageName.OCR]


async def test_live_lease_parks_the_job_then_it_is_taken_over(bench: Bench) -> None:
    now = await bench.runtime.store.now()
    document = await bench.accept()
    dead = Lease(token="dead", worker="gone", until=now + timedelta(seconds=0.8))
    held = works.claim(document.parts[0].work, dead, now, 3)
    assert not isinstance(held, works.Refusal)
    taken = lifecycle.with_part(document, document.parts[0].copy_with(work=held))
    stored = await bench.runtime.store.of(ACME, DOCUMENTS).replace(taken)
    assert stored is not None
    await bench.start()
    parked = await bench.until(
        document, lambda it: any(entry.id.startswith("park-") for entry in it.outbox)
    )
    assert bench.read.calls == 0
    assert parked.parts[0].work.lease == dead
    relay = Relay(bench.runtime, bench.outbox)
    async with asyncio.timeout(10):
        while not (await bench.get(document)).is_final:
            await relay.step()
            await asyncio.sleep(0.1)
    done = await bench.get(document)
    assert done.state is DocumentState.READY
    assert done.parts[0].work.attempts == 2


async def test_zombies_commit_is_refused(bench: Bench) -> None:
    async def lose_the_lease(record: Document, context: JobContext[Document]) -> PartRead:
        documents = bench.runtime.store.of(ACME, DOCUMENTS)
        current = await documents.get(record.id)
        assert current is not None
        stranger = Lease(token="other", worker="other", until=utc_now() + timedelta(seconds=60))
        work = current.parts[0].work.copy_with(lease=stranger)
        part = current.parts[0].copy_with(work=work)
        await documents.replace(lifecycle.with_part(current, part))
        return PartRead(pages_done=99)

    bench.read.script = [lose_the_lease]
    await bench.start()
    document = await bench.accept()
    async with asyncio.timeout(5):
        while "lease_lost" not in bench.outcomes:
            await asyncio.sleep(0.02)
    current = await bench.get(document)
    assert current.state is DocumentState.READING
    assert current.parts[0].pages_done == 0
    assert current.parts[0].work.lease is not None
    assert current.parts[0].work.lease.token == "other"


async def test_heartbeat_keeps_a_slow_job(bench: Bench) -> None:
    async def slow(record: Document, context: JobContext[Document]) -> PartRead:
        await asyncio.sleep(2.0)
        return PartRead(pages_done=1)

    bench.read.script = [slow]
    await bench.start()
    done = await bench.finished(await bench.accept(pages=1))
    assert done.state is DocumentState.READY
    assert done.parts[0].work.attempts == 1


async def test_cancel_stops_a_running_job(bench: Bench) -> None:
    stopped = asyncio.Event()

    async def forever(record: Document, context: JobContext[Document]) -> PartRead:
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()
        return PartRead(pages_done=1)

    bench.read.script = [forever]
    await bench.start()
    document = await bench.accept()
    reading = await bench.until(document, lambda it: it.state is DocumentState.READING)
    cancelled = lifecycle.cancel(reading, utc_now())
    assert await bench.runtime.store.of(ACME, DOCUMENTS).replace(cancelled) is not None
    async with asyncio.timeout(5):
        await stopped.wait()
    assert (await bench.get(document)).state is DocumentState.CANCELLED


async def test_draining_releases_what_does_not_finish(bench: Bench) -> None:
    async def forever(record: Document, context: JobContext[Document]) -> PartRead:
        await asyncio.sleep(60)
        return PartRead(pages_done=1)

    bench.read.script = [forever]
    await bench.start()
    document = await bench.accept()
    await bench.until(document, lambda it: it.state is DocumentState.READING)
    await bench.stop(0.2)
    released = await bench.get(document)
    work = released.parts[0].work
    assert work.state is WorkState.WAITING
    assert work.attempts == 0
    assert [entry.stage for entry in released.outbox if entry.stage] == [StageName.OCR]


async def test_many_parts_move_on_once(bench: Bench) -> None:
    async def read(record: Document, context: JobContext[Document]) -> PartRead:
        if record.pages is None:
            await context.update(lambda it: lifecycle.plan_parts(it, 95, 10, utc_now()))
        part = next(it for it in record.parts if it.index == context.message.part)
        await asyncio.sleep(0.01)
        return PartRead(pages_done=5 if part.index == 9 else 10)

    bench.read.script = [read]
    await bench.start(slots=4)
    relay = Relay(bench.runtime, bench.outbox)
    document = await bench.accept()
    async with asyncio.timeout(20):
        while not (await bench.get(document)).is_final:
            await relay.step()
            await asyncio.sleep(0.05)
    done = await bench.get(document)
    assert done.state is DocumentState.READY
    assert len(done.parts) == 10
    assert done.pages_done == 95
    assert bench.extract.calls == 1


async def test_relay_publishes_what_its_writer_left(bench: Bench) -> None:
    now = await bench.runtime.store.now() - timedelta(seconds=5)
    document = lifecycle.receive(
        Document(
            organization="acme", workspace="main", name="a", media_type="application/pdf",
            size=1, sha256="0", blob="a/b/original",
        ),
        now,
    )  # fmt: skip
    await bench.runtime.store.of(ACME, DOCUMENTS).insert(document)
    await bench.start()
    await asyncio.sleep(0.2)
    assert bench.read.calls == 0
    await Relay(bench.runtime, bench.outbox).step()
    assert (await bench.finished(document)).state is DocumentState.READY


async def test_sweeper_requeues_a_lost_message_but_not_a_healthy_backlog(bench: Bench) -> None:
    documents = await asyncio.gather(*(bench.accept() for _ in range(1000)))
    for document in documents:
        await bench.until(document, lambda it: not it.outbox)
    sweeper = Sweeper(bench.runtime, bench.outbox, timedelta(seconds=0))
    queue = job_queue(StageName.OCR, Lane.NORMAL)
    assert await bench.runtime.broker.depth(queue) == 1000
    assert (await sweeper.step()).requeued == 0
    await bench.lose_broker()
    sweeper = Sweeper(bench.runtime, bench.outbox, timedelta(seconds=0))
    assert await bench.runtime.broker.depth(queue) == 0
    requeued = 0
    while swept := (await sweeper.step()).requeued:
        requeued += swept
    assert 0 < requeued <= 1000
    await bench.start(slots=16)
    async with asyncio.timeout(120):
        for document in documents:
            while not (await bench.get(document)).is_final:
                await sweeper.step()
                await asyncio.sleep(0.2)
    assert bench.read.calls == 1000, "each was read once"


async def test_recovery_breaks_leases_and_finishes_everything(bench: Bench) -> None:
    now = await bench.runtime.store.now()
    dead = Lease(token="dead", worker="gone", until=now + timedelta(seconds=60))
    documents = []
    for _ in range(3):
        fresh = await bench.accept()
        document = await bench.until(fresh, lambda it: not it.outbox)
        held = works.claim(document.parts[0].work, dead, now, 3)
        assert not isinstance(held, works.Refusal)
        part = document.parts[0].copy_with(work=held)
        taken = lifecycle.with_part(document, part).copy_with(state=DocumentState.READING)
        await bench.runtime.store.of(ACME, DOCUMENTS).replace(taken)
        documents.append(document)
    await bench.lose_broker()
    report = await Sweeper(bench.runtime, bench.outbox, timedelta(seconds=60)).recover()
    assert report.requeued == 3
    await bench.start()
    for document in documents:
        assert (await bench.finished(document)).state is DocumentState.READY


async def test_stale_revision_is_dropped(bench: Bench) -> None:
    document = await bench.accept()
    await asyncio.sleep(0.05)
    current = await bench.get(document)
    again = lifecycle.reprocess(current, utc_now(), "invoice")
    stored = await bench.runtime.store.of(ACME, DOCUMENTS).replace(again)
    assert stored is not None
    await bench.start()
    bench.outbox.nudge(DOCUMENTS, stored)
    done = await bench.finished(document)
    assert done.revision == 2
    assert bench.read.calls == 1
    assert "stale" in bench.outcomes


async def test_lanes_share_and_neither_starves(bench: Bench) -> None:
    order: list[Lane] = []

    async def note(record: Document, context: JobContext[Document]) -> PartRead:
        order.append(record.lane)
        await asyncio.sleep(0.005)
        return PartRead(pages_done=1)

    bench.read.script = [note]
    for _ in range(20):
        await bench.accept(lane=Lane.LOW, pages=1)
    for _ in range(40):
        await bench.accept(lane=Lane.NORMAL, pages=1)
    await asyncio.sleep(0.3)
    await bench.start(slots=1)
    async with asyncio.timeout(20):
        while len(order) < 60:
            await asyncio.sleep(0.02)
    first = order[:30]
    assert first.count(Lane.LOW) >= 3
    assert first.count(Lane.NORMAL) >= 20
