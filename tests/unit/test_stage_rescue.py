"""Relay, sweeper and recovery: what nobody would be woken for is found, and nothing else."""

import asyncio
from datetime import timedelta

from stage_bench import ACME, Bench

from shared.broker.topology import job_queue
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction
from shared.models.work import Lane, Lease, StageName
from shared.stages import lifecycle, planning
from shared.stages import work as works
from shared.stages.relay import Relay
from shared.stages.sweeper import Sweeper
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.schedules import FRESH

NORMAL = job_queue(StageName.OCR, Lane.NORMAL)


async def left_by_its_writer(bench: Bench, age: timedelta) -> Document:
    """A document that was recorded so long ago, and never published."""
    document = lifecycle.receive(
        Document(
            organization="acme", workspace="main", name="a", media_type="application/pdf",
            size=1, sha256="0", blob="a/b/original",
        ),
        await bench.runtime.store.now() - age,
    )  # fmt: skip
    await bench.runtime.store.of(ACME, DOCUMENTS).insert(document)
    return document


async def test_relay_publishes_what_its_writer_left(bench: Bench) -> None:
    document = await left_by_its_writer(bench, timedelta(seconds=5))
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
        taken = planning.with_part(document, part).copy_with(state=DocumentState.READING)
        await bench.runtime.store.of(ACME, DOCUMENTS).replace(taken)
        documents.append(document)
    await bench.lose_broker()
    report = await Sweeper(bench.runtime, bench.outbox, timedelta(seconds=60)).recover()
    assert report.requeued == 3
    await bench.start()
    for document in documents:
        assert (await bench.finished(document)).state is DocumentState.READY


async def held_document(bench: Bench, worker: str) -> Document:
    """A document being read for an hour to come, with an event still in its outbox."""
    now = await bench.runtime.store.now()
    document = await bench.until(await bench.accept(), lambda it: not it.outbox)
    lease = Lease(token="t", worker=worker, until=now + timedelta(hours=1))
    held = works.claim(document.parts[0].work, lease, now, 3)
    assert not isinstance(held, works.Refusal)
    taken = planning.with_part(document, document.parts[0].copy_with(work=held))
    told = lifecycle.announce_again(taken.copy_with(state=DocumentState.READING), now)
    stored = await bench.runtime.store.of(ACME, DOCUMENTS).replace(told)
    assert stored is not None
    assert stored.outbox
    return stored


async def test_recovery_sees_work_behind_what_is_still_to_be_told(bench: Bench) -> None:
    """A process that is killed soon after a claim leaves both: the lease and the event."""
    document = await held_document(bench, "gone")
    await bench.lose_broker()
    report = await Sweeper(bench.runtime, bench.outbox, timedelta(seconds=60)).recover()
    assert report.requeued == 1
    await bench.start()
    assert (await bench.finished(document)).state is DocumentState.READY


async def test_recovery_leaves_alone_what_its_own_process_has_begun(bench: Bench) -> None:
    for with_outbox in (True, False):
        document = await held_document(bench, bench.runtime.worker)
        if not with_outbox:
            cleared = document.copy_with(outbox=[])
            await bench.runtime.store.of(ACME, DOCUMENTS).replace(cleared)
        report = await Sweeper(bench.runtime, bench.outbox, timedelta(seconds=60)).recover()
        assert report.requeued == 0
        assert (await bench.get(document)).parts[0].work.lease is not None


async def test_two_relays_at_once_do_no_harm(bench: Bench) -> None:
    received = [await left_by_its_writer(bench, 2 * FRESH) for _ in range(10)]
    other = Bench(bench.runtime)
    await asyncio.gather(*(Relay(it.runtime, it.outbox).step() for it in (bench, other)))
    assert await bench.runtime.broker.depth(NORMAL) == 20, "both have published all"
    await bench.start()
    for document in received:
        assert (await bench.finished(document)).state is DocumentState.READY
    await other.stop()
    assert (bench.read.calls, bench.extract.calls) == (10, 10)


async def test_a_relay_publishes_once_what_is_about_to_be_removed(bench: Bench) -> None:
    past = await bench.runtime.store.now() - 2 * FRESH
    document = await bench.waiting()
    await bench.runtime.store.of(ACME, DOCUMENTS).change(
        document.id, lambda it: planning.queue_part(it, 0, past)
    )
    depth = await bench.runtime.broker.depth(NORMAL)
    relay = Relay(bench.runtime, bench.outbox)
    for _ in range(3):
        await relay.step()
    assert await bench.runtime.broker.depth(NORMAL) == depth + 1


async def test_the_sweeper_settles_a_document_that_forgot_its_extraction(bench: Bench) -> None:
    """A backup may have the document as of before its extraction was done."""
    await bench.start()
    done = await bench.finished(await bench.accept())
    old = done.copy_with(state=DocumentState.EXTRACTING, extraction=None, type=None, outbox=[])
    extractions = bench.runtime.store.of(ACME, EXTRACTIONS)

    def no_outbox(it: Extraction) -> Extraction:
        return it.copy_with(outbox=[])

    await extractions.change(lifecycle.extraction_id(old), no_outbox)
    await bench.runtime.store.of(ACME, DOCUMENTS).change(done.id, lambda _: old)
    await Sweeper(bench.runtime, bench.outbox, timedelta(0)).step()
    again = await bench.get(done)
    assert (again.state, again.extraction) == (DocumentState.READY, done.extraction)
    assert bench.extract.calls == 1
