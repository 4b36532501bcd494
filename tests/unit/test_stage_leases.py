"""Leases: known in the store before the work begins, kept by a heart, lost without a sound."""

import asyncio
from datetime import timedelta

import pytest
from stage_bench import Bench

from shared.models.document import Document
from shared.models.messages import JobMessage
from shared.models.work import Lane, Lease, StageName, Work, WorkState
from shared.stages import planning
from shared.stages import work as works
from shared.stages.claims import Attempt, Outcome
from shared.stages.heart import Heart
from shared.stages.held import LeaseLostError
from shared.stages.job import JobContext
from shared.stages.reading import PartRead, Reading


async def test_a_lease_that_was_renewed_leaves_room_for_another_parked_job(bench: Bench) -> None:
    """The entry of the lease's earlier end may have been carried out, and be about to go."""
    document = await bench.accept()
    now = await bench.runtime.store.now()
    message = JobMessage(
        id="m",
        stage=StageName.OCR,
        lane=Lane.NORMAL,
        organization="acme",
        document=document.id,
        revision=1,
        part=0,
    )

    def deliver(record: Document) -> Document | None:
        mine = Lease(token="mine", worker="w", until=now)
        attempt = Attempt(Reading(), message, mine, now, 3)
        changed = attempt.step(record)
        assert attempt.outcome is Outcome.PARKED
        return changed

    def held_until(record: Document, seconds: float) -> Document:
        lease = Lease(token="theirs", worker="w", until=now + timedelta(seconds=seconds))
        work = Work(state=WorkState.RUNNING, lease=lease, attempts=1)
        return planning.with_part(record, record.parts[0].copy_with(work=work))

    first = deliver(held_until(document.copy_with(outbox=[]), 60))
    assert first is not None
    assert deliver(first) is None, "doubles collapse"
    second = deliver(held_until(first, 75))
    assert second is not None
    assert [it.not_before - now for it in second.outbox] == [
        timedelta(seconds=60.5),
        timedelta(seconds=75.5),
    ]


async def test_a_lease_lost_as_the_work_ends_is_lost_and_no_cancellation() -> None:
    async def lose() -> None:
        raise LeaseLostError

    async def look() -> None:
        """Nothing to see."""

    async def work() -> None:
        async with Heart(lose, 0.01, look, 0.01) as heart:
            while not heart._lost:
                await asyncio.sleep(0)

    task = asyncio.create_task(work())
    with pytest.raises(LeaseLostError):
        await task
    assert not task.cancelled()
    assert task.cancelling() == 0


async def test_a_heart_outlives_a_beat_that_fails() -> None:
    beats = 0

    async def beat() -> None:
        nonlocal beats
        beats += 1
        raise ValueError("unforeseen")

    async with asyncio.timeout(10), Heart(beat, 0.01, beat, 0.01):
        while beats < 3:
            await asyncio.sleep(0.01)


async def test_attempts_are_in_the_store_before_the_work_begins(bench: Bench) -> None:
    seen: list[int] = []

    async def look(record: Document, context: JobContext[Document]) -> PartRead:
        stored = await bench.get(record)
        seen.append(stored.parts[0].work.attempts)
        assert works.holds(stored.parts[0].work, stored.parts[0].work.lease.token)  # type: ignore[union-attr]
        return PartRead(pages_done=1, pages=1)

    bench.read.script = [look]
    await bench.start()
    await bench.finished(await bench.accept())
    assert seen == [1]
