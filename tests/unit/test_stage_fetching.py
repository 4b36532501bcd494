"""The fetch stage in the runtime: leases, retries, and what is found again."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from stage_bench import ACME, OTHER, Bench

from shared.errors import AttemptFailed, Code, Permanent, Transient
from shared.models.document import Document, DocumentState, Source
from shared.models.ids import new_id
from shared.models.messages import JobMessage
from shared.models.work import Lane, Lease, StageName, Work, WorkState
from shared.stages import lifecycle
from shared.stages.failpoints import Failpoints
from shared.stages.fetching import Fetched, Fetching
from shared.stages.job import JobContext, JobParts, JobRunner
from shared.stages.runner import StageRunner
from shared.stages.sweeper import Sweeper
from shared.store.collections import DOCUMENTS
from shared.store.port import Tenant

FILE = Fetched("a.pdf", "application/pdf", 3, "ab", "acme/1/fetched/ab")
Step = Callable[[Document], Awaitable[Fetched]]


@dataclass
class FetchStage:
    """Fetches nothing; does what the test says, in turn."""

    script: list[Step] = field(default_factory=list)
    calls: int = 0
    name: StageName = StageName.FETCH

    async def run(self, record: Document, context: JobContext[Document]) -> Fetched:
        self.calls += 1
        return await self.script.pop(0)(record) if self.script else FILE


def parts(bench: Bench, stage: FetchStage) -> JobParts[Document, Fetched]:
    return JobParts(
        runtime=bench.runtime,
        workbench=Fetching(),
        stage=stage,
        outbox=bench.outbox,
        job_seconds=5.0,
        observe=bench._observe,
        failpoints=Failpoints(),
    )


async def start(bench: Bench, *script: Step) -> FetchStage:
    stage = FetchStage(list(script))
    runner = StageRunner(parts(bench, stage), 2)
    bench.runners.append(runner)
    await runner.start()
    return stage


async def accept(bench: Bench, tenant: Tenant = ACME) -> Document:
    now = await bench.runtime.store.now()
    source = Source(url="https://files.example/a.pdf")
    document = Document(organization=tenant.organization, workspace="main", name="a", source=source)
    received = lifecycle.receive(document, now)
    await bench.runtime.store.of(tenant, DOCUMENTS).insert(received)
    bench.outbox.nudge(DOCUMENTS, received)
    return received


def failing(error: Exception) -> Step:
    async def step(_: Document) -> Fetched:
        raise error

    return step


async def test_a_fetched_document_is_read_and_extracted(bench: Bench) -> None:
    stage = await start(bench)
    await bench.start()
    mine, theirs = await accept(bench), await accept(bench, OTHER)
    for document in (mine, theirs):
        done = await bench.finished(document)
        assert (done.state, done.size, done.blob) == (DocumentState.READY, 3, FILE.blob)
        assert done.source is not None
        assert done.source.work.state is WorkState.DONE
        assert [it.name.value for it in done.events] == [
            f"document.{name}" for name in ("received", "read", "classified", "extracted", "ready")
        ]
    assert (stage.calls, bench.read.calls) == (2, 2)


@pytest.mark.parametrize(
    ("code", "state"),
    [(Code.FETCH_REFUSED, DocumentState.FAILED), (Code.TARGET_BLOCKED, DocumentState.FAILED),
     (Code.FILE_EMPTY, DocumentState.REJECTED),
     (Code.FILE_TYPE_NOT_SUPPORTED, DocumentState.REJECTED)],
)  # fmt: skip
async def test_what_cannot_be_helped_ends_at_once(
    bench: Bench, code: Code, state: DocumentState
) -> None:
    stage = await start(bench, failing(Permanent(code, "because")))
    document = await bench.finished(await accept(bench))
    assert document.state is state
    assert document.error is not None
    assert (document.error.code, document.error.detail) == (code, "because")
    assert document.events[-1].name.value == f"document.{state.value}"
    assert document.source is not None
    assert document.source.work.state is WorkState.FAILED
    assert stage.calls == 1


async def test_a_failed_attempt_waits_and_is_counted_and_our_own_trouble_is_not(
    bench: Bench,
) -> None:
    for error, attempts in (
        (AttemptFailed(Code.FETCH_FAILED, retry_after=100.0), 1),
        (Transient(Code.INSUFFICIENT_STORAGE, retry_after=100.0), 0),
    ):
        await start(bench, failing(error))
        document = await bench.until(
            await accept(bench), lambda it: it.source is not None and it.source.work.problem
        )
        assert document.source is not None
        work = document.source.work
        assert (document.state, work.state) == (DocumentState.RECEIVED, WorkState.WAITING)
        assert work.attempts == attempts
        entry = next(it for it in document.outbox if it.stage is StageName.FETCH)
        now = await bench.runtime.store.now()
        assert entry.not_before > now + timedelta(seconds=90)
        await bench.runners.pop().stop(0.1)


async def test_a_lost_message_is_found_by_the_sweeper(bench: Bench) -> None:
    document = await bench.until(await accept(bench), lambda it: not it.outbox)
    await bench.lose_broker()
    stage = await start(bench)
    sweeper = Sweeper(bench.runtime, bench.outbox, timedelta(seconds=0))
    assert (await sweeper.step()).requeued == 1
    assert (await bench.until(document, lambda it: it.has_file)).size == 3
    assert stage.calls == 1
    assert (await sweeper.step()).requeued <= 1, "the reading of it, by now"


async def test_recovery_takes_up_a_fetch_whose_process_died(bench: Bench) -> None:
    document = await bench.until(await accept(bench), lambda it: not it.outbox)
    now = await bench.runtime.store.now()
    lease = Lease(token="t", worker="gone", until=now + timedelta(hours=1))
    work = Work(state=WorkState.RUNNING, lease=lease, attempts=1)
    source = Source(url="https://files.example/a.pdf", work=work)
    documents = bench.runtime.store.of(ACME, DOCUMENTS)
    await documents.replace(document.copy_with(source=source))
    await bench.lose_broker()
    await start(bench)
    sweeper = Sweeper(bench.runtime, bench.outbox, timedelta(seconds=60))
    assert (await sweeper.step()).requeued == 0, "to a sweep the lease is alive"
    assert (await sweeper.recover()).requeued == 1
    assert (await bench.until(document, lambda it: it.has_file)).size == 3


async def test_a_fetch_that_lost_its_lease_changes_nothing(bench: Bench) -> None:
    """It went to sleep, another took over, and then it wakes with another file."""
    document = await bench.until(await accept(bench), lambda it: not it.outbox)
    asleep, wake = asyncio.Event(), asyncio.Event()

    async def sleepy(_: Document) -> Fetched:
        asleep.set()
        await wake.wait()
        return Fetched("late.pdf", "application/pdf", 9, "cd", "acme/1/fetched/cd")

    message = JobMessage(
        id=new_id(), stage=StageName.FETCH, lane=Lane.NORMAL, organization="acme",
        document=document.id, revision=1,
    )  # fmt: skip
    zombie = asyncio.create_task(JobRunner(parts(bench, FetchStage([sleepy]))).run(message))
    await asleep.wait()
    held = await bench.get(document)
    assert held.source is not None
    freed = held.copy_with(source=held.source.copy_with(work=Work()))
    assert await bench.runtime.store.of(ACME, DOCUMENTS).replace(freed) is not None
    await JobRunner(parts(bench, FetchStage())).run(message)
    wake.set()
    await zombie
    stored = await bench.get(document)
    assert (stored.sha256, stored.blob) == ("ab", FILE.blob)
    assert sorted(bench.outcomes) == ["done", "lease_lost"]


async def test_a_stale_or_doubled_message_fetches_nothing(bench: Bench) -> None:
    document = await bench.until(await accept(bench), lambda it: not it.outbox)
    stage = FetchStage()
    message = JobMessage(
        id=new_id(), stage=StageName.FETCH, lane=Lane.NORMAL, organization="acme",
        document=document.id, revision=2,
    )  # fmt: skip
    runner = JobRunner(parts(bench, stage))
    await runner.run(message)
    assert stage.calls == 0, "of another revision"
    await runner.run(message.copy_with(revision=1))
    await runner.run(message.copy_with(revision=1))
    assert stage.calls == 1
    uploaded = await bench.accept()
    await runner.run(message.copy_with(revision=1, document=uploaded.id))
    await runner.run(message.copy_with(revision=1, document=new_id()))
    assert stage.calls == 1


async def test_cancelled_while_it_is_fetched(bench: Bench) -> None:
    document = await accept(bench)
    now = await bench.runtime.store.now()
    cancelled = lifecycle.cancel(document, now)
    assert cancelled.source is not None
    assert cancelled.source.work.state is WorkState.CANCELLED
    assert not [it for it in cancelled.outbox if it.stage is StageName.FETCH]
    again = lifecycle.reprocess(cancelled, now)
    assert again.source is not None
    assert (again.source.work.state, again.state) == (WorkState.WAITING, DocumentState.RECEIVED)
    assert [it.stage for it in again.outbox if it.stage] == [StageName.FETCH]
