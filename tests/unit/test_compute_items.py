"""Items computed in a child, one by one: what came before a failure is not lost."""

import asyncio
import pickle
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import aclosing

import pytest
from test_compute_pool import (
    Unpicklable,
    a_box,
    double,
    eat_memory,
    hang,
    raise_permanent,
    segfault,
)

from shared.compute.child import run
from shared.compute.messages import LENGTH, Failure, Reply, Task, frame, read_reply
from shared.compute.pool import ComputePool
from shared.errors import AttemptFailed, Code, DocstageError


def imported() -> None:
    """Called in a child it has loaded this module, which may take longer than an item."""


def count_to(number: int) -> Iterator[int]:
    for each in range(number):
        yield each
        time.sleep(0.2)


def count_then(task: Callable[[], object], number: int) -> Iterator[int]:
    yield from range(number)
    task()


def count_and_return(number: int) -> Generator[int | None, None, int]:
    yield from range(number)
    return number


def nothing_twice() -> Iterator[None]:
    yield from (None, None)


def boxes_and_an_escape() -> Iterator[object]:
    yield a_box()
    yield Unpicklable(lambda: None)
    yield a_box()


def messages(function: Callable[..., object], *args: object) -> list[tuple[object, bool]]:
    """What a child says in answer to such a call: the value of each message, and its ``more``."""
    return [(it.value, it.more) for it in run(pickle.dumps(Task(function, args, each=True)))]


async def taken(items: AsyncIterator[int], into: list[int]) -> None:
    async for item in items:
        into.append(item)  # noqa: PERF401 (what came before an error counts)


async def test_items_come_one_by_one() -> None:
    async with ComputePool(1, warm=imported) as pool:
        items = pool.each(count_to, 3, timeout=10)
        first = await anext(items)
        begun = time.monotonic()
        rest = [it async for it in items]
        assert (first, rest) == (0, [1, 2])
        assert time.monotonic() - begun > 0.2, "the first was here before the last was made"
        assert await pool.run(double, 1, timeout=10) == 2


@pytest.mark.parametrize(
    ("task", "code"),
    [
        (segfault, Code.CRASHED),
        (hang, Code.TIMED_OUT),
        (eat_memory, Code.OUT_OF_MEMORY),
        (raise_permanent, Code.FILE_ENCRYPTED),
    ],
)
async def test_items_before_a_failure_are_not_lost(task: object, code: Code) -> None:
    async with ComputePool(1, warm=imported) as pool:
        received: list[int] = []
        with pytest.raises(DocstageError) as failed:
            await taken(pool.each(count_then, task, 3, timeout=2.0), received)
        assert (received, failed.value.code) == ([0, 1, 2], code)
        assert await pool.run(double, 1, timeout=10) == 2


async def test_the_timeout_counts_for_each_item() -> None:
    async with ComputePool(1, warm=imported) as pool:
        received: list[int] = []
        await taken(pool.each(count_to, 15, timeout=2.0), received)
        assert len(received) == 15, "three seconds in all"


async def test_an_item_that_cannot_be_sent_ends_them_and_leaves_the_child_in_step() -> None:
    async with ComputePool(1, warm=imported) as pool:
        received: list[int] = []
        with pytest.raises(AttemptFailed) as failed:
            await taken(pool.each(boxes_and_an_escape, timeout=10), received)
        assert (received, failed.value.code) == ([a_box()], Code.UNEXPECTED_ERROR)
        assert [await pool.run(double, n, timeout=10) for n in range(3)] == [0, 2, 4]


async def test_items_that_nobody_follows_to_the_end_cost_the_child_not_the_pool() -> None:
    async with ComputePool(1, warm=imported) as pool:
        before = pool.pids
        async with aclosing(pool.each(count_to, 1000, timeout=10)) as items:
            assert await anext(items) == 0
        assert await pool.run(double, 4, timeout=30) == 8
        assert pool.pids.isdisjoint(before)


def test_members_of_enumerations_arrive_from_a_python_that_pickles_them_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def by_name(member: Code, _protocol: int) -> tuple[object, ...]:
        return getattr, (type(member), member.name)

    monkeypatch.setattr(Code, "__reduce_ex__", by_name)  # as of Python 3.11.0 to 3.11.3
    failed = Reply(failure=Failure("Permanent", Code.FILE_ENCRYPTED, ""))
    assert read_reply(frame(failed)[LENGTH.size :], {}) == failed


def test_what_is_returned_is_an_item_that_comes_with_the_end() -> None:
    assert messages(count_and_return, 0) == [(0, False)], "one item, one message"
    assert messages(count_and_return, 2) == [(0, True), (1, True), (2, False)]
    assert messages(range, 1) == [(0, True), (None, False)]


async def test_a_child_is_free_when_its_last_item_is_there() -> None:
    async with ComputePool(1, warm=imported) as pool:
        before = pool.pids
        received = []
        async with (
            asyncio.timeout(20),
            aclosing(pool.each(count_and_return, 1, timeout=5)) as items,
        ):
            async for item in items:
                received.append(item)
                if item == 1:
                    assert await pool.run(double, 2, timeout=5) == 4
                    break
        assert (received, pool.pids) == ([0, 1], before)


async def test_items_may_be_nothing() -> None:
    async with ComputePool(1, warm=imported) as pool:
        assert [it async for it in pool.each(nothing_twice, timeout=5)] == [None, None]
