"""A server of someone else's as a child process: started, waited for, killed, stopped."""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

HOST = "127.0.0.1"
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_FIRST_PORT, _LAST_PORT = 12_000, 65_536
"""Above 10080, the highest that browsers refuse to call."""


class Unavailable(Exception):
    """A server cannot be had on this machine; the message says why."""


def free_ports(count: int) -> list[int]:
    """TCP ports that nobody listens on, all different.

    They are below those that the kernel hands out, so that nobody's outgoing connection takes one
    before its server does, or while its server is down; and at random, so that others who
    choose at the same time choose others.
    """
    low = min(_first_handed_out(), _LAST_PORT)
    choices = random.sample(range(_FIRST_PORT, low), low - _FIRST_PORT) if low > _FIRST_PORT else []
    found: list[int] = []
    while len(found) < count:
        port = _bound(choices.pop() if choices else 0)
        if port is not None and port not in found:
            found.append(port)
    return found


def free_port() -> int:
    """One of ``free_ports``."""
    (port,) = free_ports(1)
    return port


def _bound(port: int) -> int | None:
    """The port, or one of the kernel's for 0; ``None`` when it is taken."""
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return None
        chosen: int = probe.getsockname()[1]
        return chosen


def _first_handed_out() -> int:
    """The lowest port that the kernel gives to whoever does not name one (``ip(7)``)."""
    try:
        return int(_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


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
