"""Rows side by side: some workers, each in a world of its own, as rows wait most of the time.

Workers end when we do: their stdin ends then, and they end what they have started.
"""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tests.faults.launch import Engine
from tests.faults.running import Result
from tests.faults.tasks import Task, Work, heard, wish
from tests.faults.worker import UNAVAILABLE
from tests.servers.process import Unavailable

_TASK_SECONDS = 600.0
"""For one run; whoever needs more has come to no end."""
_END_SECONDS = 60.0
_FEW = 2
"""Runs for which it is not worth while to start another world."""

Tell = Callable[[Result], None]


@dataclass(frozen=True, slots=True)
class Crew:
    """How many work side by side, where, and who hears of each result."""

    jobs: int
    folder: Path
    seed: int
    tell: Tell

    async def run(self, work: Work, engines: Sequence[Engine]) -> None:
        """All of the work; raises ``Unavailable`` where a server cannot be had."""
        # Of three, two are on RabbitMQ, where most of the rows are.
        first = [engines[number % 3 % len(engines)] for number in range(self.jobs)]
        async with asyncio.TaskGroup() as group:
            for number, engine in enumerate(first):
                group.create_task(self._member(number, engine, engines, work))

    async def _member(
        self, number: int, engine: Engine, engines: Sequence[Engine], work: Work
    ) -> None:
        """Work on one engine, and then on the other where there is much left to do."""
        chosen = [engine, *(it for it in engines if it != engine)]
        least = 0
        for it in chosen:
            while work.left(it) > least:
                await self._in_world(self.folder / f"{it}-{number}", it, work)
            least = _FEW if self.jobs > 1 else 0

    async def _in_world(self, folder: Path, engine: Engine, work: Work) -> None:
        """Do one run after the other, until there are none, or the worker is lost."""
        last: Task | None = None
        async with _worker(folder, engine, self.seed) as worker:
            while task := work.take(engine, last):
                result = await _ask(worker, task, work.patience(task), folder)
                work.note(result)
                self.tell(result)
                last = task
                if worker.returncode is not None:
                    return


async def _ask(worker: Process, task: Task, patience: float, folder: Path) -> Result:
    """The result of one run; an error where the worker has ended, or comes to no end."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    error = f"it came to no end in {_TASK_SECONDS:.0f} s"
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(_TASK_SECONDS):
            worker.stdin.write(wish(task, patience).encode())
            await worker.stdin.drain()
            if line := await worker.stdout.readline():
                return heard(line.decode(), task)
            if await worker.wait() == UNAVAILABLE:
                raise Unavailable(_last_words(folder))
        error = f"its worker has ended:\n{_last_words(folder)}"
    await _end(worker)
    return Result(task.row, task.engine, task.guarded, error=error)


def _log(folder: Path) -> BinaryIO:
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / "worker.log").open("ab")


@asynccontextmanager
async def _worker(folder: Path, engine: Engine, seed: int) -> AsyncIterator[Process]:
    command = ["-m", "tests.faults.worker", "--engine", engine]
    command += ["--folder", str(folder), "--seed", str(seed)]
    with _log(folder) as log:
        worker = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdin=PIPE, stdout=PIPE, stderr=log,
            limit=2**24, start_new_session=True,
        )  # fmt: skip
    try:
        yield worker
    finally:
        await asyncio.shield(_end(worker))


async def _end(worker: Process) -> None:
    if worker.returncode is not None:
        return
    with suppress(ProcessLookupError):
        worker.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(worker.wait(), _END_SECONDS)
    except TimeoutError:
        worker.kill()
        await worker.wait()


def _last_words(folder: Path) -> str:
    return (folder / "worker.log").read_text(errors="replace")[-2000:]
