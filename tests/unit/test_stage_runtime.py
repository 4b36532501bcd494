"""The stage runtime on the embedded adapters, with handlers made for the test."""

import asyncio
from datetime import timedelta

import pytest
from stage_bench import ACME, OTHER, Bench

from shared.broker.topology import job_queue
from shared.errors import AttemptFailed, Code, Permanent, Transient
from shared.models.document import Document, DocumentState
from shared.models.extraction import ReviewReason, TypeGuess
from shared.models.time import utc_now
from shared.models.work import Lane, Lease, StageName, WorkState
from shared.stages import lifecycle, planning
from shared.stages import work as works
from shared.stages.job import JobContext
from shared.stages.reading import PartRead
from shared.stages.relay import Relay
from shared.store.collections import DOCUMENTS, EXTRACTIONS


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
    async with asyncio.timeout(60):
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
    async with asyncio.timeout(60):
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
    taken = planning.with_part(document, document.parts[0].copy_with(work=held))
    stored = await bench.runtime.store.of(ACME, DOCUMENTS).replace(taken)
    assert stored is not None
    await bench.start()
    parked = await bench.until(
        document, lambda it: any(entry.id.startswith("park-") for entry in it.outbox)
    )
    assert bench.read.calls == 0
    assert parked.parts[0].work.lease == dead
    relay = Relay(bench.runtime, bench.outbox)
    async with asyncio.timeout(60):
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
        await documents.replace(planning.with_part(current, part))
        return PartRead(pages_done=99)

    bench.read.script = [lose_the_lease]
    await bench.start()
    document = await bench.accept()
    async with asyncio.timeout(60):
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
    async with asyncio.timeout(60):
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
            await context.update(lambda it: planning.plan_parts(it, 95, 10, utc_now()))
        part = next(it for it in record.parts if it.index == context.message.part)
        await asyncio.sleep(0.01)
        return PartRead(pages_done=5 if part.index == 9 else 10)

    bench.read.script = [read]
    await bench.start(slots=4)
    relay = Relay(bench.runtime, bench.outbox)
    document = await bench.accept()
    async with asyncio.timeout(60):
        while not (await bench.get(document)).is_final:
            await relay.step()
            await asyncio.sleep(0.05)
    done = await bench.get(document)
    assert done.state is DocumentState.READY
    assert len(done.parts) == 10
    assert done.pages_done == 95
    assert bench.extract.calls == 1


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
    async with asyncio.timeout(60):
        for lane, waiting in ((Lane.LOW, 20), (Lane.NORMAL, 40)):
            while await bench.runtime.broker.depth(job_queue(StageName.OCR, lane)) < waiting:
                await asyncio.sleep(0.01)
    await bench.start(slots=1)
    async with asyncio.timeout(60):
        while len(order) < 60:
            await asyncio.sleep(0.02)
    first = order[:30]
    assert first.count(Lane.LOW) >= 3
    assert first.count(Lane.NORMAL) >= 20
