"""The unpack stage in the runtime: leases, retries, and what is found again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from stage_bench import ACME, Bench

from shared.errors import AttemptFailed, Code, Permanent, Transient
from shared.models.container import MAX_LEFT_OUT, Child, LeftOut
from shared.models.document import Document, DocumentState
from shared.models.work import Lease, StageName, Work, WorkState
from shared.stages import lifecycle
from shared.stages.failpoints import Failpoints
from shared.stages.job import JobContext, JobParts
from shared.stages.runner import StageRunner
from shared.stages.sweeper import Sweeper
from shared.stages.unpacking import Unpacked, Unpacking
from shared.store.collections import DOCUMENTS
from shared.store.port import Query

CHILD = Child(id="c", name="a.pdf", part="1")
Step = Callable[[Document], Awaitable[Unpacked]]


@dataclass
class UnpackStage:
    """Unpacks nothing; does what the test says, in turn."""

    script: list[Step] = field(default_factory=list)
    calls: int = 0
    name: StageName = StageName.UNPACK

    async def run(self, record: Document, context: JobContext[Document]) -> Unpacked:
        self.calls += 1
        return await self.script.pop(0)(record) if self.script else Unpacked([CHILD])


async def start(bench: Bench, *script: Step) -> UnpackStage:
    stage = UnpackStage(list(script))
    parts = JobParts(
        runtime=bench.runtime,
        workbench=Unpacking(),
        stage=stage,
        outbox=bench.outbox,
        job_seconds=5.0,
        observe=bench._observe,
        failpoints=Failpoints(),
    )
    runner = StageRunner(parts, 2)
    bench.runners.append(runner)
    await runner.start()
    return stage


async def accept(bench: Bench) -> Document:
    return await bench.accept(media_type="message/rfc822", name="m.eml")


def failing(error: Exception) -> Step:
    async def step(_: Document) -> Unpacked:
        raise error

    return step


def leaving_out(*codes: Code) -> Step:
    async def step(_: Document) -> Unpacked:
        return Unpacked([], [LeftOut(name="x", code=it) for it in codes])

    return step


async def test_an_unpacked_container_is_ready_and_is_never_read(bench: Bench) -> None:
    stage = await start(bench)
    await bench.start()
    done = await bench.finished(await accept(bench))
    assert done.state is DocumentState.READY
    assert done.container is not None
    assert done.container.children == [CHILD]
    assert (done.parts, done.pages, stage.calls, bench.read.calls) == ([], None, 1, 0)


@pytest.mark.parametrize(
    ("step", "state", "code"),
    [
        (failing(Permanent(Code.FILE_CORRUPT)), DocumentState.FAILED, Code.FILE_CORRUPT),
        (failing(Permanent(Code.CONTAINER_TOO_LARGE)), DocumentState.REJECTED,
         Code.CONTAINER_TOO_LARGE),
        (leaving_out(), DocumentState.REJECTED, Code.CONTAINER_EMPTY),
        (leaving_out(Code.INLINE_IMAGE), DocumentState.REJECTED, Code.CONTAINER_EMPTY),
        (leaving_out(Code.FILE_EMPTY, Code.ENTRY_UNSAFE), DocumentState.REJECTED,
         Code.CONTAINER_EMPTY),
        (leaving_out(Code.FILE_ENCRYPTED, Code.INLINE_IMAGE), DocumentState.FAILED,
         Code.FILE_ENCRYPTED),
        (leaving_out(Code.DUPLICATE_DOCUMENT), DocumentState.REJECTED, Code.DUPLICATE_DOCUMENT),
    ],
)  # fmt: skip
async def test_a_container_of_nothing_says_why(
    bench: Bench, step: Step, state: DocumentState, code: Code
) -> None:
    stage = await start(bench, step)
    document = await bench.finished(await accept(bench))
    assert document.error is not None
    assert (document.state, document.error.code, stage.calls) == (state, code, 1)
    assert document.events[-1].name.value == f"document.{state.value}"


async def test_what_was_left_out_is_counted_and_not_all_kept(bench: Bench) -> None:
    async def step(_: Document) -> Unpacked:
        return Unpacked([CHILD], [LeftOut(name="x", code="FILE_EMPTY")] * (MAX_LEFT_OUT + 5))

    await start(bench, step)
    document = await bench.finished(await accept(bench))
    assert document.container is not None
    assert len(document.container.left_out) == MAX_LEFT_OUT
    assert document.container.left_out_count == MAX_LEFT_OUT + 5


async def test_a_failed_attempt_waits_and_is_counted_and_our_own_trouble_is_not(
    bench: Bench,
) -> None:
    for error, attempts in (
        (AttemptFailed(Code.CRASHED, retry_after=100.0), 1),
        (Transient(Code.INSUFFICIENT_STORAGE, retry_after=100.0), 0),
    ):
        await start(bench, failing(error))
        document = await bench.until(
            await accept(bench), lambda it: it.container is not None and it.container.work.problem
        )
        assert document.container is not None
        work = document.container.work
        assert (document.state, work.state) == (DocumentState.RECEIVED, WorkState.WAITING)
        assert work.attempts == attempts
        await bench.runners.pop().stop(0.1)


async def test_a_lost_message_is_found_by_the_sweeper(bench: Bench) -> None:
    document = await bench.until(await accept(bench), lambda it: not it.outbox)
    await bench.lose_broker()
    stage = await start(bench)
    sweeper = Sweeper(bench.runtime, bench.outbox, timedelta(seconds=0))
    assert (await sweeper.step()).requeued == 1
    assert (await bench.finished(document)).state is DocumentState.READY
    assert (stage.calls, (await sweeper.step()).requeued) == (1, 0)


async def test_recovery_takes_up_what_a_dead_process_held(bench: Bench) -> None:
    document = await bench.until(await accept(bench), lambda it: not it.outbox)
    now = await bench.runtime.store.now()
    lease = Lease(token="t", worker="gone", until=now + timedelta(hours=1))
    work = Work(state=WorkState.RUNNING, lease=lease, attempts=1)
    assert document.container is not None
    held = document.copy_with(container=document.container.copy_with(work=work))
    assert await bench.runtime.store.of(ACME, DOCUMENTS).replace(held)
    assert (await Sweeper(bench.runtime, bench.outbox, timedelta(0)).recover()).requeued == 1
    await start(bench)
    assert (await bench.finished(document)).state is DocumentState.READY


async def test_one_called_off_takes_no_outcome(bench: Bench) -> None:
    async def step(record: Document) -> Unpacked:
        now = await bench.runtime.store.now()
        documents = bench.runtime.store.of(ACME, DOCUMENTS)
        await documents.change(record.id, lambda it: lifecycle.cancel(it, now))
        return Unpacked([CHILD])

    await start(bench, step)
    document = await bench.finished(await accept(bench))
    await bench.stop()
    document = await bench.get(document)
    assert document.container is not None
    assert document.state is DocumentState.CANCELLED
    assert (document.container.work.state, document.container.children) == (
        WorkState.CANCELLED, [],
    )  # fmt: skip


async def test_children_are_found_by_their_parent(bench: Bench) -> None:
    parent = await accept(bench)
    child = await bench.accept(parent=parent.id)
    await bench.accept(parent="another")
    documents = bench.runtime.store.of(ACME, DOCUMENTS)
    found = await documents.page(Query({"parent": parent.id}), None, 10)
    assert [it.id for it in found] == [child.id]
