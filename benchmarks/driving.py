"""The inside of a contender: a process that passes jobs through a chain when told to.

Commands come as lines of JSON on standard input, answers go to standard output. The last
stage, in whichever process it is, tells of each finished job through a named pipe, so that
nobody polls.
"""

import asyncio
import json
import os
import struct
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from shared.models.ids import new_id

READY = "ready"
STALL_SECONDS = 30.0
_NEWS = struct.Struct("=36sd")
_MILLISECONDS = 1e3


class Teller:
    """The last stage's end of the pipe; a line of news is written whole (pipe(7), PIPE_BUF)."""

    def __init__(self, pipe: Path) -> None:
        self._descriptor = os.open(pipe, os.O_RDWR)

    def finished(self, job: str) -> None:
        """Say that a job passed its last stage."""
        os.write(self._descriptor, _NEWS.pack(job.encode(), time.monotonic()))


@dataclass(frozen=True)
class Task:
    """So many jobs, so many of them under way at a time, so many seconds between two."""

    jobs: int
    in_flight: int
    pause: float = 0.0


@dataclass
class Outcome:
    """Seconds for all, and each job's milliseconds from its publishing to its end."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)


class Driver:
    """Publishes jobs, never more at a time than asked, and hears of their end."""

    def __init__(self, pipe: Path, publish: Callable[[str], Awaitable[None]]) -> None:
        self._publish = publish
        self._descriptor = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        self._begun: dict[str, float] = {}
        self._places = asyncio.Semaphore(0)
        self._outcome = Outcome()
        self._rest = b""

    async def run(self, task: Task) -> Outcome:
        """Pass the jobs through the chain."""
        self._outcome, self._places = Outcome(), asyncio.Semaphore(task.in_flight)
        asyncio.get_running_loop().add_reader(self._descriptor, self._hear)
        begun = time.monotonic()
        publishing = set()
        for _ in range(task.jobs):
            await self._place()
            if task.pause:
                await asyncio.sleep(task.pause)
            job = new_id()
            self._begun[job] = time.monotonic()
            one = asyncio.ensure_future(self._publish(job))
            publishing.add(one)
            one.add_done_callback(publishing.discard)
        for _ in range(task.in_flight):
            await self._place()
        self._outcome.seconds = time.monotonic() - begun
        await asyncio.gather(*publishing)
        return self._outcome

    async def _place(self) -> None:
        try:
            async with asyncio.timeout(STALL_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise RuntimeError(f"{len(self._begun)} jobs do not come to an end") from None

    def _hear(self) -> None:
        self._rest += os.read(self._descriptor, 64 * 1024)
        whole = len(self._rest) - len(self._rest) % _NEWS.size
        for job, moment in _NEWS.iter_unpack(self._rest[:whole]):
            begun = self._begun.pop(job.decode(), None)
            if begun is not None:  # else told twice: delivery is at least once
                self._outcome.latencies.append(round(_MILLISECONDS * (moment - begun), 3))
                self._places.release()
        self._rest = self._rest[whole:]


async def obey(driver: Driver) -> None:
    """Run tasks as they are asked for, until standard input ends."""
    loop = asyncio.get_running_loop()
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # logs are no answers
        print(json.dumps(READY), file=answers, flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            outcome = await driver.run(Task(**json.loads(line)))
            print(json.dumps(asdict(outcome)), file=answers, flush=True)
