"""The same promises, of the running code: workers that die, answers and messages that get lost.

Hypothesis makes up what happens; the stages, the outbox, the relay and the sweeper are the real
ones, on SQLite and the broker in memory, whose queues outlive the workers.
"""

import asyncio
import os
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from shared.broker.memory import MemoryBroker, Node
from shared.models.document import Document, DocumentState
from shared.models.work import FINAL_WORK_STATES
from shared.stages import lifecycle
from shared.stages.context import Limits, Runtime, worker_name
from shared.stages.relay import Relay
from shared.stages.sweeper import Sweeper
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.connect import connect_store
from shared.store.port import Query
from tests.unit.faulty_store import FaultyStore
from tests.unit.stage_bench import ACME, Bench

LIMITS = Limits(lease=timedelta(seconds=0.4), beat=0.1, max_attempts=4, look=0.1)
MOST_DOCUMENTS, MOST_WORKERS = 4, 2
LIVENESS_SECONDS = 60.0


class Docstage(RuleBasedStateMachine):
    """Documents, and workers that come and go."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="docstage-model-")
        self._loop = asyncio.new_event_loop()
        self._store = connect_store(f"sqlite:///{Path(self._folder.name)}/model.db")
        self._node = Node()
        self._workers: list[Bench] = []
        self._documents: list[str] = []
        self._run(self._store.open())
        self._office = self._run(self._opened())

    @precondition(lambda self: len(self._documents) < MOST_DOCUMENTS)
    @rule()
    def accept(self) -> None:
        document = self._run(self._office.accept(ACME))
        self._documents.append(document.id)

    @precondition(lambda self: len(self._workers) < MOST_WORKERS)
    @rule()
    def begin(self) -> None:
        bench = self._run(self._opened())
        self._run(bench.start(slots=2))
        self._workers.append(bench)

    @precondition(lambda self: self._workers)
    @rule()
    def die(self) -> None:
        self._run(self._die(self._workers.pop(0)))

    @precondition(lambda self: self._workers)
    @rule()
    def drain(self) -> None:
        bench = self._workers.pop(0)
        self._run(bench.stop(0.05))
        self._run(bench.runtime.broker.close())

    @precondition(lambda self: self._workers)
    @rule(which=st.sampled_from(("before", "after")), method=st.sampled_from(("change", "replace")))
    def lose_an_answer(self, which: str, method: str) -> None:
        getattr(_faulty(self._workers[0]).faults, which)[method] = 1

    @rule()
    def double_messages(self) -> None:
        for queue in self._node.queues.values():
            for entry in list(queue.waiting):
                queue.put(entry.message)

    @rule()
    def lose_messages(self) -> None:
        for queue in self._node.queues.values():
            queue.waiting.clear()

    @rule(milliseconds=st.sampled_from((1, 20, 150)))
    def wait(self, milliseconds: int) -> None:
        self._run(asyncio.sleep(milliseconds / 1000))

    @rule()
    def rescue(self) -> None:
        self._run(self._rescue(timedelta(seconds=0.5)))

    @precondition(lambda self: self._documents)
    @rule(number=st.integers(0, MOST_DOCUMENTS - 1), again=st.booleans())
    def change_ones_mind(self, number: int, *, again: bool) -> None:
        self._run(self._change(self._documents[number % len(self._documents)], again=again))

    def teardown(self) -> None:
        try:
            self._run(self._come_to_an_end())
        finally:
            for bench in [*self._workers, self._office]:
                self._run(self._die(bench))
            self._run(self._rest())
            self._run(self._store.close())
            self._loop.close()
            self._folder.cleanup()

    async def _rest(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _opened(self) -> Bench:
        broker = MemoryBroker(self._node)
        await broker.open()
        runtime = Runtime(FaultyStore(self._store), broker, LIMITS, worker_name())
        return Bench(runtime)

    async def _die(self, bench: Bench) -> None:
        """As by kill -9: nothing that it still does reaches the store or the broker."""
        store = _faulty(bench)
        store.faults.before = dict.fromkeys(("change", "replace", "insert"), 10**9)
        await bench.runtime.broker.close()

    async def _rescue(self, grace: timedelta) -> None:
        office = self._office
        await Relay(office.runtime, office.outbox).step()
        await Sweeper(office.runtime, office.outbox, grace).step()

    async def _change(self, identity: str, *, again: bool) -> None:
        now = await self._store.now()
        step = lifecycle.reprocess if again else lifecycle.cancel
        documents = self._store.of(ACME, DOCUMENTS)
        stored = await documents.change(identity, lambda it: step(it, now))
        if stored is not None:
            self._office.outbox.nudge(DOCUMENTS, stored)

    async def _come_to_an_end(self) -> None:
        for bench in self._workers:
            faults = _faulty(bench).faults
            faults.before, faults.after = {}, {}
        last = await self._opened()
        await last.start(slots=2)
        self._workers.append(last)
        documents = self._store.of(ACME, DOCUMENTS)
        async with asyncio.timeout(LIVENESS_SECONDS):
            while any(not it.is_final for it in await documents.get_many(self._documents)):
                await self._rescue(timedelta(seconds=0.5))
                await asyncio.sleep(0.1)
        for document in await documents.get_many(self._documents):
            await self._check(document)

    async def _check(self, document: Document) -> None:
        numbers = [it.sequence for it in document.events]
        assert numbers == list(range(1, document.sequence + 1))
        assert all(it.work.attempts <= LIMITS.max_attempts for it in document.parts)
        assert all(it.work.state in FINAL_WORK_STATES for it in document.parts)
        extractions = self._store.of(ACME, EXTRACTIONS)
        found = await extractions.page(Query({"document": document.id}), None, 100)
        assert len({it.revision for it in found}) == len(found), "one result per revision"
        if document.state is DocumentState.READY:
            assert document.extraction in {it.id for it in found}

    def _run(self, work: Any) -> Any:
        return self._loop.run_until_complete(work)


def _faulty(bench: Bench) -> FaultyStore:
    store = bench.runtime.store
    assert isinstance(store, FaultyStore)
    return store


Docstage.TestCase.settings = settings(
    max_examples=int(os.environ.get("DOCSTAGE_MODEL_EXAMPLES", "4")),
    stateful_step_count=14,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestDocstage = Docstage.TestCase
