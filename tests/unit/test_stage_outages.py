"""The stage runtime while the store, the blobs or the broker do not answer, and while it ends."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from faulty_store import FaultyStore
from stage_bench import ACME, Bench, opened_runtime

from shared.broker.port import RefusedError
from shared.broker.topology import job_queue
from shared.errors import Code, Transient
from shared.models.document import Document, DocumentState
from shared.models.work import Lane, StageName, WorkState
from shared.stages import lifecycle, planning
from shared.stages.context import Limits
from shared.stages.job import JobContext
from shared.stages.reading import PartRead
from shared.stages.relay import Relay
from shared.stages.sweeper import Sweeper
from shared.store.collections import DOCUMENTS

NORMAL = job_queue(StageName.OCR, Lane.NORMAL)
PATIENT = Limits(lease=timedelta(seconds=60), beat=15.0, look=0.1)
"""Limits under which no heartbeat is due within a test."""


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.stages.claims.TROUBLE_PAUSE", 0.01)
    monkeypatch.setattr("shared.stages.held.FIRST_PAUSE", 0.01)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[FaultyStore]:
    runtime = await opened_runtime(tmp_path)
    store = FaultyStore(runtime.store)
    yield store
    await runtime.broker.close()
    await store.close()


@pytest.fixture
async def faulty(store: FaultyStore, tmp_path: Path) -> AsyncIterator[Bench]:
    runtime = await opened_runtime(tmp_path / "broker")
    await runtime.store.close()
    bench = Bench(replace(runtime, store=store, limits=PATIENT))
    yield bench
    store.faults.gate = None
    await bench.stop(0.1)
    await runtime.broker.close()


@pytest.mark.parametrize("lost", ["before", "after"])
async def test_a_claim_without_an_answer_is_known_by_its_token(
    faulty: Bench, store: FaultyStore, lost: str
) -> None:
    document = await faulty.waiting()
    getattr(store.faults, lost)["change"] = 3 if lost == "before" else 1
    await faulty.start()
    done = await faulty.finished(document)
    assert (done.state, done.parts[0].work.attempts) == (DocumentState.READY, 1)
    assert faulty.read.calls == 1
    assert "parked" not in faulty.outcomes


@pytest.mark.parametrize("lost", ["before", "after"])
async def test_what_came_of_a_job_waits_for_the_store_and_costs_no_attempt(
    faulty: Bench, store: FaultyStore, lost: str
) -> None:
    async def then_lose(record: Document, context: JobContext[Document]) -> PartRead:
        getattr(store.faults, lost)["replace"] = 3 if lost == "before" else 1
        return PartRead(pages_done=1, pages=1)

    faulty.read.script = [then_lose]
    await faulty.start()
    relay = Relay(faulty.runtime, faulty.outbox)
    document = await faulty.accept()
    async with asyncio.timeout(20):
        while not (await faulty.get(document)).is_final:
            await relay.step()
            await asyncio.sleep(0.05)
    done = await faulty.get(document)
    assert (done.state, done.parts[0].work.attempts) == (DocumentState.READY, 1)
    assert faulty.read.calls == 1


async def test_trouble_that_cannot_be_written_down_is_written_down_later(
    faulty: Bench, store: FaultyStore
) -> None:
    async def down(record: Document, context: JobContext[Document]) -> PartRead:
        store.faults.before["replace"] = 3
        raise Transient(Code.DEPENDENCY_DOWN)

    faulty.read.script = [down]
    await faulty.start()
    document = await faulty.accept()
    waiting = await faulty.until(document, lambda it: it.parts[0].work.problem is not None)
    assert waiting.parts[0].work.attempts == 0
    assert [it.stage for it in waiting.outbox if it.stage] == [StageName.OCR]


async def test_a_stop_while_a_claim_is_being_written_loses_neither_job_nor_attempt(
    faulty: Bench, store: FaultyStore
) -> None:
    document = await faulty.waiting()
    store.faults.gate = asyncio.Event()
    await faulty.start()
    await store.faults.waiting.wait()
    stopping = asyncio.create_task(faulty.stop(0.05))
    await asyncio.sleep(0.2)
    store.faults.gate.set()
    await stopping
    left = await faulty.get(document)
    work = left.parts[0].work
    assert (work.state, work.attempts, faulty.read.calls) == (WorkState.WAITING, 0, 0)
    assert [it.stage for it in left.outbox if it.stage] == [StageName.OCR]


async def test_a_stop_while_the_store_is_away_gives_the_message_back(
    faulty: Bench, store: FaultyStore
) -> None:
    document = await faulty.waiting()
    store.faults.before["change"] = 10_000
    await faulty.start()
    async with asyncio.timeout(60):
        while "change" not in store.faults.calls:
            await asyncio.sleep(0.01)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.stages.job.RELEASE_SECONDS", 0.1)
        await faulty.stop(0.05)
    assert await faulty.runtime.broker.depth(NORMAL) == 1
    store.faults.before.clear()
    assert (await faulty.get(document)).parts[0].work.attempts == 0


async def test_a_stop_gives_back_at_once_what_has_not_begun(faulty: Bench) -> None:
    release = asyncio.Event()

    async def hold(record: Document, context: JobContext[Document]) -> PartRead:
        await release.wait()
        return PartRead(pages_done=1, pages=1)

    faulty.read.script = [hold]
    first, *others = await asyncio.gather(*(faulty.waiting() for _ in range(3)))
    await faulty.start(slots=1)
    running = await faulty.until(first, lambda it: it.state is DocumentState.READING)
    assert await faulty.runtime.broker.depth(NORMAL) == 1, "one is prefetched"
    stopping = asyncio.create_task(faulty.stop(30))
    async with asyncio.timeout(60):
        while await faulty.runtime.broker.depth(NORMAL) < len(others):
            await asyncio.sleep(0.01)
    assert not stopping.done(), "the running job is waited for"
    release.set()
    await stopping
    assert (await faulty.get(running)).parts[0].work.state is WorkState.DONE


@pytest.mark.parametrize("how", ["cancel", "reprocess"])
async def test_work_that_nobody_wants_any_more_is_stopped_before_its_next_beat(
    faulty: Bench, how: str
) -> None:
    stopped = asyncio.Event()

    async def forever(record: Document, context: JobContext[Document]) -> PartRead:
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()
        return PartRead(pages_done=1)

    faulty.read.script = [forever]
    await faulty.start(slots=1)
    document = await faulty.accept()
    reading = await faulty.until(document, lambda it: it.state is DocumentState.READING)
    now = await faulty.runtime.store.now()
    change = lifecycle.cancel if how == "cancel" else lifecycle.reprocess
    documents = faulty.runtime.store.of(ACME, DOCUMENTS)
    assert await documents.change(reading.id, lambda it: change(it, now)) is not None
    async with asyncio.timeout(PATIENT.beat / 2):
        await stopped.wait()


async def test_a_stage_whose_dependency_is_away_leaves_its_messages_alone(faulty: Bench) -> None:
    is_away = True

    async def read(record: Document, context: JobContext[Document]) -> PartRead:
        if is_away:
            raise Transient(Code.DEPENDENCY_DOWN)
        return PartRead(pages_done=1, pages=1)

    faulty.read.script = [read]
    documents = await asyncio.gather(*(faulty.waiting() for _ in range(30)))
    await faulty.start(slots=2)
    await asyncio.sleep(1.0)
    assert faulty.read.calls < 8, "one at a time is tried, with pauses"
    assert await faulty.runtime.broker.depth(NORMAL) > 15
    is_away = False
    relay = Relay(faulty.runtime, faulty.outbox)
    async with asyncio.timeout(30):
        for document in documents:
            while not (found := await faulty.get(document)).is_final:
                await relay.step()
                await asyncio.sleep(0.05)
            assert found.parts[0].work.attempts == 1


async def test_neither_a_broken_record_nor_a_refusing_queue_holds_up_the_relay(
    faulty: Bench, store: FaultyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.stages.relay.BATCH", 3)
    monkeypatch.setattr("shared.stages.relay.ABREAST", 2)
    monkeypatch.setattr("shared.stages.relay.FRESH", timedelta(0))
    broken, *refused, good = await asyncio.gather(
        *(faulty.accept(lane=lane) for lane in (Lane.NORMAL, *[Lane.LOW] * 5, Lane.NORMAL))
    )
    await faulty.outbox.drain()
    now = await faulty.runtime.store.now()
    for number, document in enumerate((broken, *refused, good)):
        due = now - timedelta(minutes=10 - number)
        await store.of(ACME, DOCUMENTS).change(
            document.id,
            lambda it, due=due: planning.queue_part(it.copy_with(outbox=[]), 0, due),
        )
    store.faults.broken = {broken.id}
    send = faulty.runtime.broker.send

    async def refuse_low(queue: str, message: object) -> None:
        if queue.endswith(".low"):
            raise RefusedError
        await send(queue, message)  # type: ignore[arg-type]

    monkeypatch.setattr(faulty.runtime.broker, "send", refuse_low)
    depth = await faulty.runtime.broker.depth(NORMAL)
    await Relay(faulty.runtime, faulty.outbox).step()
    assert await faulty.runtime.broker.depth(NORMAL) == depth + 1
    assert (await faulty.get(refused[0])).outbox, "what is refused stays"


async def test_a_record_that_cannot_be_read_does_not_hold_up_the_sweeper(
    faulty: Bench, store: FaultyStore
) -> None:
    broken, good = await asyncio.gather(faulty.waiting(), faulty.waiting())
    store.faults.broken = {broken.id}
    await faulty.lose_broker()
    sweeper = Sweeper(faulty.runtime, faulty.outbox, timedelta(0))
    assert (await sweeper.step()).requeued == 1
    assert await faulty.runtime.broker.depth(NORMAL) == 1
    assert (await faulty.get(good)).parts[0].work.attempts == 0


async def test_a_start_announces_all_that_notify_has_not_taken_over(
    faulty: Bench, store: FaultyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.stages.sweeper.BATCH", 2)
    now = await store.now()
    documents = [lifecycle.cancel(await faulty.accept(), now) for _ in range(7)]
    await faulty.outbox.drain()
    for document in documents:
        bare = document.copy_with(outbox=[])
        await store.of(ACME, DOCUMENTS).change(document.id, lambda _, it=bare: it)
    store.faults.broken = {documents[0].id}
    await faulty.lose_broker()
    report = await Sweeper(faulty.runtime, faulty.outbox, timedelta(seconds=60)).recover()
    assert report.announced == 6
