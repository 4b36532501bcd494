"""The outside of a contender: its processes, what they are asked, and what they cost."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from benchmarks.driving import READY, Outcome, Task

STOP_SECONDS = 10.0


class Contender:
    """One way to run the chain; the first of its processes publishes."""

    def __init__(self, name: str, commands: Sequence[Sequence[str]], log: Path) -> None:
        self.name = name
        self._log = log
        with log.open("ab") as file:
            self._processes = [_start(command, file.fileno()) for command in commands]

    @property
    def pids(self) -> list[int]:
        """Its processes."""
        return [process.pid for process in self._processes]

    def wait(self) -> None:
        """Until all of its processes are ready."""
        for process in self._processes:
            while self._line(process).strip() != json.dumps(READY):
                pass

    def run(self, task: Task) -> Outcome:
        """Pass jobs through the chain."""
        first = self._processes[0]
        assert first.stdin is not None
        first.stdin.write(json.dumps(asdict(task)) + "\n")
        first.stdin.flush()
        return Outcome(**json.loads(self._line(first)))

    def stop(self) -> None:
        """End its processes, kindly first."""
        for process in self._processes:
            if process.stdin is not None and process.poll() is None:
                process.stdin.close()
        for process in self._processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def _line(self, process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            end = self._log.read_text("utf-8", errors="replace")[-3000:]
            raise RuntimeError(f"{self.name} ended:\n{end}")
        return line


def started(
    stack: ExitStack, name: str, module: str, arguments: Sequence[Sequence[str]], log: Path
) -> Contender:
    """A contender of one process for each of ``arguments``, all of one module."""
    commands = [[sys.executable, "-m", module, *each] for each in arguments]
    contender = Contender(name, commands, log)
    stack.callback(contender.stop)
    contender.wait()
    return contender


def _start(command: Sequence[str], log: int) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own command lines
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env=dict(os.environ),
    )
