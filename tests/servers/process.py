"""A server of someone else's as a child process: started, waited for, killed, stopped."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

HOST = "127.0.0.1"


class Unavailable(Exception):
    """A server cannot be had on this machine; the message says why."""


def free_ports(count: int) -> list[int]:
    """TCP ports that nobody listens on, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def accepts(port: int) -> bool:
    """Whether somebody listens on a port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0


class ServerProcess:
    """One process group; its output goes to ``log``, for a pipe that nobody reads blocks it."""

    def __init__(
        self, command: list[str], log: Path, env: Mapping[str, str], cwd: Path | None = None
    ) -> None:
        self._command = command
        self._log = log
        self._env = {**os.environ, **env}
        self._cwd = cwd
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's id, which is its group's too."""
        assert self._process is not None
        return self._process.pid

    def start(self, ready: Callable[[], bool], seconds: float) -> None:
        """Start it and wait until ``ready`` says so; ``Unavailable`` if that never comes."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command lines
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._env,
                cwd=self._cwd,
                start_new_session=True,
            )
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running or time.monotonic() > deadline:
                self.kill()
                raise Unavailable(f"{self._command[0]} did not start:\n{self.last_words()}")
            time.sleep(0.02)

    def kill(self) -> None:
        """End the whole group without a chance to tidy up."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(10)

    def stop(self, seconds: float) -> int:
        """Ask it to end, then make it; its exit status (0 if it was never started)."""
        if self._process is None:
            return 0
        self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self.kill()
        return self._process.returncode

    def last_words(self) -> str:
        """The end of its output."""
        return self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
