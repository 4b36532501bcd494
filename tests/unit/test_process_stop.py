"""A process that is told to stop: it drains; told twice, it ends at once, and its children too."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PROGRAM = """
import asyncio, sys, time
from shared.config import Settings
from shared.process import open_process, run_services

class Service:
    alive = True
    def __init__(self, name, seconds):
        self.name, self.seconds = name, seconds
    async def start(self):
        print("started", self.name, flush=True)
    async def stop(self, seconds):
        print("stopping", self.name, flush=True)
        if self.seconds < 0:
            raise RuntimeError("it does not want to")
        await asyncio.sleep(self.seconds)
        print("stopped", self.name, flush=True)

async def main():
    process = await open_process(Settings(), workers=1)
    (child,) = process.children.pids
    print("child", child, flush=True)
    services = [Service(str(n), float(it)) for n, it in enumerate(sys.argv[1:])]
    await run_services(process, services, ready=lambda: print("ready", flush=True))
    print("closed", flush=True)

asyncio.run(main())
"""


class Running:
    """The program, and what it says."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said: list[str] = []

    async def until(self, *words: str) -> str:
        """The line that begins so."""
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            while raw := await self.process.stdout.readline():
                line = raw.decode().strip()
                self.said.append(line)
                if line.startswith(words):
                    return line
        raise AssertionError(self.said)


async def started(folder: Path, *seconds: str) -> Running:
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "DOCSTAGE_DATA_DIR": str(folder),
        "DOCSTAGE_LOG_FORMAT": "json",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, *seconds,
        env=environment, cwd=folder, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    return Running(process)


@pytest.fixture
async def slow(tmp_path: Path) -> AsyncIterator[Running]:
    running = await started(tmp_path, "600")
    yield running
    if running.process.returncode is None:
        running.process.kill()
    await running.process.wait()


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


async def test_a_second_signal_ends_it_at_once_and_its_children(slow: Running) -> None:
    child = int((await slow.until("child")).split()[1])
    await slow.until("ready")
    slow.process.send_signal(signal.SIGTERM)
    await slow.until("stopping")
    assert is_alive(child)
    slow.process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(slow.process.wait(), 30) == 130
    deadline = time.monotonic() + 30
    while is_alive(child):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_one_service_that_cannot_stop_keeps_none_of_the_others_from_it(
    tmp_path: Path,
) -> None:
    running = await started(tmp_path, "0", "-1", "0")
    await running.until("ready")
    running.process.send_signal(signal.SIGTERM)
    await running.until("closed")
    assert await asyncio.wait_for(running.process.wait(), 30) == 0
    told = [it for it in running.said if it.startswith(("stopping", "stopped"))]
    assert told == ["stopping 2", "stopped 2", "stopping 1", "stopping 0", "stopped 0"]
