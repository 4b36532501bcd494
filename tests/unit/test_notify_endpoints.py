"""Endpoints as several notify processes see them: one record, one probe, few turns each."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from shifted_clock import ShiftedStore

from services.notify import turns
from services.notify.endpoints import Endpoints
from services.notify.turns import BusyError, Turns
from shared.broker.connect import connect_broker
from shared.models.delivery import Delivery, DeliveryAttempt, NoticeName
from shared.models.document import EventName
from shared.models.time import utc_now
from shared.models.work import Problem
from shared.stages.breaker import MIN_TRIES, PAUSE, PROBE
from shared.stages.context import Runtime
from shared.stages.notifying import Postponed, Schedules

BAD = Problem(code="TARGET_REFUSED", detail="The receiver answered 500.")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ShiftedStore]:
    store = ShiftedStore(tmp_path)
    await store.open()
    yield store
    await store.close()


def process(store: ShiftedStore) -> Endpoints:
    """The endpoints of one process."""
    return Endpoints(Runtime(store, connect_broker("memory://")), Schedules())


def delivery(**changes: object) -> Delivery:
    values: dict[str, object] = {
        "organization": "o", "workspace": "w", "document": "d", "event": "e", "sequence": 1,
        "event_name": EventName.READY, "subscription": "s", "payload": "", **changes,
    }  # fmt: skip
    return Delivery(**values)  # type: ignore[arg-type]


class Calls:
    """An endpoint that answers as it is told."""

    def __init__(self) -> None:
        self.made = 0
        self.problem: Problem | None = BAD

    async def __call__(self) -> DeliveryAttempt:
        self.made += 1
        return DeliveryAttempt(at=utc_now(), problem=self.problem)


async def test_what_one_process_finds_out_all_know(store: ShiftedStore) -> None:
    first, second, calls = process(store), process(store), Calls()
    for _ in range(MIN_TRIES):
        assert isinstance(await first.attempt(delivery(), "s", calls), DeliveryAttempt)
    waits = await second.attempt(delivery(), "s", calls)
    assert isinstance(waits, Postponed)
    assert timedelta(0) < waits.until - utc_now() <= 2 * PAUSE
    assert calls.made == MIN_TRIES
    others = Calls()
    assert isinstance(await second.attempt(delivery(), "another", others), DeliveryAttempt)
    theirs = delivery(organization="p")
    assert isinstance(await second.attempt(theirs, "s", others), DeliveryAttempt)
    assert others.made == 2


async def test_one_of_all_processes_probes_and_lets_the_others_in(store: ShiftedStore) -> None:
    processes, calls = [process(store) for _ in range(4)], Calls()
    for _ in range(MIN_TRIES):
        await processes[0].attempt(delivery(), "s", calls)
    store.ahead = PAUSE + timedelta(seconds=1)
    tried = await asyncio.gather(*(it.attempt(delivery(), "s", calls) for it in processes))
    assert sum(isinstance(it, DeliveryAttempt) for it in tried) == 1
    assert calls.made == MIN_TRIES + 1
    assert isinstance(await processes[1].attempt(delivery(), "s", calls), Postponed)
    store.ahead += 2 * PAUSE + PROBE
    calls.problem = None
    assert isinstance(await processes[2].attempt(delivery(), "s", calls), DeliveryAttempt)
    for it in processes:
        assert isinstance(await it.attempt(delivery(), "s", calls), DeliveryAttempt)
    assert await processes[3].failing_since("o", "s") is None


async def test_a_test_and_a_last_try_are_made_though_it_rests(store: ShiftedStore) -> None:
    endpoints, calls = process(store), Calls()
    for _ in range(MIN_TRIES):
        await endpoints.attempt(delivery(), "s", calls)
    long_ago = utc_now() - timedelta(hours=92)
    for one in (delivery(event_name=NoticeName.TEST), delivery(attempts_made=9),
                delivery(since=long_ago)):  # fmt: skip
        assert isinstance(await endpoints.attempt(one, "s", calls), DeliveryAttempt)
    young = delivery(since=utc_now() - timedelta(hours=80))
    waits = await endpoints.attempt(young, "s", calls)
    assert isinstance(waits, Postponed)
    assert waits.until - utc_now() <= timedelta(hours=8, minutes=10), "a tenth of its age"


async def test_few_take_a_turn_and_the_rest_comes_back_one_after_the_other() -> None:
    line, release = Turns(), asyncio.Event()

    async def one() -> float:
        try:
            async with line.turn("e"):
                await release.wait()
        except BusyError as busy:
            return asyncio.get_running_loop().time() + busy.seconds
        return 0.0

    tasks = [asyncio.create_task(one()) for _ in range(40)]
    async with asyncio.timeout(10):
        while sum(it.done() for it in tasks) < 40 - turns.MOST:
            await asyncio.sleep(0.05)
    async with line.turn("another"):
        pass
    release.set()
    moments = sorted(it for it in await asyncio.gather(*tasks) if it)
    assert len(moments) == 40 - turns.MOST
    assert all(after - it > 0.001 for it, after in pairwise(moments)), "not all at once"
    async with line.turn("e"):
        pass
