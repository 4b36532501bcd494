"""The pool of child processes: one bad task costs that task and nothing else."""

import asyncio
import contextlib
import ctypes
import gc
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.collector import SELDOM
from shared.compute.limits import Limits
from shared.compute.pool import ComputePool
from shared.compute.worker import Worker
from shared.errors import AttemptFailed, Code, Permanent, Transient
from shared.models.page import Box

TESTS = str(Path(__file__).parent)


def double(value: int) -> int:
    return 2 * value


def segfault() -> None:
    ctypes.string_at(0)


def hang() -> None:
    time.sleep(600)


def spin() -> None:
    while True:
        pass


def eat_memory() -> int:
    return len(bytearray(1 << 40))


def raise_permanent() -> None:
    raise Permanent(Code.FILE_ENCRYPTED, "Locked.")


def raise_secret() -> None:
    raise ValueError("the customer's name")


def environment(name: str) -> str | None:
    return os.environ.get(name)


def a_box() -> Box:
    return Box(page=1, x0=1, y0=2, x1=3, y1=4)


class Escape:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


def escape() -> Escape:
    return Escape()


@dataclass
class Unpicklable:
    field: object


def unpicklable() -> Unpicklable:
    return Unpicklable(lambda: None)


def fail_to_warm() -> None:
    raise Permanent(Code.MODEL_MISSING, "No weights.")


def write_file(path: str, size: int) -> None:
    Path(path).write_bytes(b"x" * size)


def core_limit() -> tuple[int, int]:
    import resource  # noqa: PLC0415

    return resource.getrlimit(resource.RLIMIT_CORE)


async def test_result_comes_back() -> None:
    async with ComputePool(1) as pool:
        assert await pool.run(double, 21, timeout=10) == 42
        assert await pool.run(a_box, timeout=10) == a_box()


@pytest.mark.parametrize(("task", "word"), [(segfault, "SIGSEGV"), (os.abort, "SIGABRT")])
async def test_death_costs_only_that_task(task: object, word: str) -> None:
    async with ComputePool(2) as pool:
        others = [asyncio.create_task(pool.run(double, n, timeout=30)) for n in range(20)]
        with pytest.raises(AttemptFailed) as failed:
            await pool.run(task, timeout=30)
        assert failed.value.code == Code.CRASHED
        assert word in failed.value.detail
        assert await asyncio.gather(*others) == [2 * n for n in range(20)]
        assert [await pool.run(double, n, timeout=30) for n in range(4)] == [0, 2, 4, 6]


@pytest.mark.parametrize("task", [hang, spin])
async def test_hang_is_ended_and_replaced(task: object) -> None:
    async with ComputePool(1) as pool:
        before = pool.pids
        with pytest.raises(AttemptFailed) as failed:
            await pool.run(task, timeout=0.3)
        assert failed.value.code == Code.TIMED_OUT
        assert await pool.run(double, 1, timeout=30) == 2
        assert pool.pids.isdisjoint(before)
        assert not any(_runs(pid) for pid in before)


async def test_memory_limit() -> None:
    async with ComputePool(1) as pool:
        with pytest.raises(AttemptFailed) as failed:
            await pool.run(eat_memory, timeout=30)
        assert failed.value.code == Code.OUT_OF_MEMORY
        assert await pool.run(double, 1, timeout=30) == 2


async def test_file_and_core_limits(tmp_path: Path) -> None:
    async with ComputePool(1, limits=Limits(file=1000)) as pool:
        await pool.run(write_file, str(tmp_path / "small"), 1000, timeout=30)
        with pytest.raises(AttemptFailed):
            await pool.run(write_file, str(tmp_path / "large"), 5000, timeout=30)
        assert await pool.run(core_limit, timeout=30) == (0, 0)


async def test_own_errors_keep_code_and_detail() -> None:
    async with ComputePool(1) as pool:
        with pytest.raises(Permanent) as failed:
            await pool.run(raise_permanent, timeout=10)
        assert (failed.value.code, failed.value.detail) == (Code.FILE_ENCRYPTED, "Locked.")


async def test_other_errors_tell_only_their_type() -> None:
    async with ComputePool(1) as pool:
        with pytest.raises(AttemptFailed) as failed:
            await pool.run(raise_secret, timeout=10)
        assert failed.value.code == Code.UNEXPECTED_ERROR
        assert "ValueError" in failed.value.detail
        assert "customer" not in str(failed.value)


async def test_reply_that_is_no_plain_data_is_refused() -> None:
    async with ComputePool(1) as pool:
        for task in (escape, unpicklable):
            with pytest.raises(AttemptFailed) as failed:
                await pool.run(task, timeout=10)
            assert failed.value.code == Code.UNEXPECTED_ERROR
        assert await pool.run(double, 1, timeout=10) == 2


async def test_cancelling_ends_the_child_at_work() -> None:
    async with ComputePool(1) as pool:
        before = pool.pids
        task = asyncio.create_task(pool.run(hang, timeout=600))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await pool.run(double, 2, timeout=30) == 4
        assert not any(_runs(pid) for pid in before)


async def test_cancelling_a_waiting_call_loses_no_child() -> None:
    async with ComputePool(1) as pool:
        busy = asyncio.create_task(pool.run(time.sleep, 0.3, timeout=30))
        await asyncio.sleep(0.05)
        waiting = asyncio.create_task(pool.run(double, 1, timeout=30))
        await asyncio.sleep(0.05)
        waiting.cancel()
        await busy
        before = pool.pids
        assert await pool.run(double, 3, timeout=30) == 6
        assert pool.pids == before


async def test_child_that_died_idle_costs_no_attempt() -> None:
    async with ComputePool(1) as pool:
        os.kill(next(iter(pool.pids)), signal.SIGKILL)
        async with asyncio.timeout(60):
            while pool.healthy:
                await asyncio.sleep(0.01)
        assert await pool.run(double, 3, timeout=30) == 6


async def test_children_are_recycled() -> None:
    async with ComputePool(1, limits=Limits(tasks=3)) as pool:
        seen = set()
        async with asyncio.timeout(60):
            while len(seen) <= 2:
                seen.add(await pool.run(os.getpid, timeout=30))
                await asyncio.sleep(0.02)
        assert len(pool.pids) <= 2


async def test_secrets_stay_with_the_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCSTAGE_BOOTSTRAP_KEY", "secret")
    async with ComputePool(1, environment={"EXTRA": "yes"}) as pool:
        assert await pool.run(environment, "DOCSTAGE_BOOTSTRAP_KEY", timeout=10) is None
        assert await pool.run(environment, "EXTRA", timeout=10) == "yes"
        assert await pool.run(environment, "OMP_NUM_THREADS", timeout=10) == "1"


async def test_start_fails_when_warming_fails() -> None:
    pool = ComputePool(2, warm=fail_to_warm)
    with pytest.raises(Permanent) as failed:
        await pool.start()
    assert failed.value.code == Code.MODEL_MISSING
    assert not pool.pids


async def test_closed_pool_refuses_and_leaves_no_child() -> None:
    pool = ComputePool(2)
    await pool.start()
    pids = pool.pids
    running = asyncio.create_task(pool.run(hang, timeout=600))
    waiting = [asyncio.create_task(pool.run(hang, timeout=600)) for _ in range(2)]
    await asyncio.sleep(0.1)
    await pool.close()
    results = await asyncio.gather(running, *waiting, return_exceptions=True)
    assert {type(result) for result in results} <= {AttemptFailed, Transient}
    with pytest.raises(Transient):
        await pool.run(double, 1, timeout=1)
    assert not any(_runs(pid) for pid in pids)


async def test_children_ignore_signals_to_the_group() -> None:
    async with ComputePool(1) as pool:
        (pid,) = pool.pids
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(pid, number)
        await asyncio.sleep(0.1)
        assert await pool.run(os.getpid, timeout=10) == pid


async def test_a_child_that_loads_looks_for_no_garbage_among_modules() -> None:
    worker = await Worker.spawn(Limits(), {})
    try:
        first, *_ = await worker.call(gc.get_threshold, ())
        assert first == SELDOM
    finally:
        await worker.stop()


PARENT = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from shared.compute.pool import ComputePool
import test_compute_pool as tasks

async def main():
    pool = ComputePool(2)
    await pool.start()
    asyncio.create_task(pool.run(tasks.spin, timeout=600))
    await asyncio.sleep(0.1)
    print(*pool.pids, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def test_children_die_with_a_killed_parent() -> None:
    command = [sys.executable, "-c", PARENT, TESTS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:  # noqa: S603 (ours)
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        assert all(_runs(pid) for pid in pids)
        parent.kill()
    deadline = time.monotonic() + 10
    while any(_runs(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(_runs(pid) for pid in pids)


def _runs(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    return False
