"""Docstage as four processes on RabbitMQ, a MongoDB-wire server and an S3 server.

``make services``, or ``python -m deploy.dev.stack``: everything on loopback, on free ports,
with data of its own that is gone afterwards; a service that dies is started again. With
``--servers-only`` it starts the three servers and prints the settings for services run by
hand. For development and tests: the MongoDB-wire server is a stand-in.

``python -m deploy.dev.stack scale ocr 2``, in another terminal, doubles a stage of the running
stack; with 1 the second process is drained and ends.

Tests use ``Stack``: start, kill and restart services by name; ``ocr-2`` is a further ``ocr``.
"""

import argparse
import os
import secrets
import shlex
import signal
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self, get_args

from deploy.dev.follow import LogFollower
from deploy.dev.scaling import Wishes, ask
from deploy.dev.servers import Servers, all_at_once
from tests.servers.process import HOST, ServerProcess, Unavailable, free_ports
from tests.servers.s3 import Kind

SERVICES = ("ingest", "ocr", "extract", "notify")
SCALED = SERVICES[1:]
"""Those that may run more than once: the gateway has its port."""

MOST = 8
_READY_SECONDS = 180.0
_STOP_SECONDS = 35.0
_OK = 200


class ServiceFailed(Exception):
    """One of the four services did not become ready; the message holds its last words."""


class Stack:
    """The servers and the four services; ``settings`` are further ``DOCSTAGE_*`` variables.

    A context manager: inside it, all four services are ready. ``Unavailable`` is raised
    where a server cannot be had.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str] | None = None,
        *,
        s3: Kind = "nanio",
        port: int = 0,
    ) -> None:
        free, *admin = free_ports(1 + len(SERVICES))
        self.servers = Servers(folder, s3)
        self.key = secrets.token_urlsafe(32)
        self.admin_ports = dict(zip(SERVICES, admin, strict=True))
        self._port = port or free
        self._folder = folder
        self._settings = dict(settings or {})
        self._secret = secrets.token_urlsafe(32)
        self._processes: dict[str, ServerProcess] = {}

    @property
    def url(self) -> str:
        """The gateway's URL."""
        return f"http://{HOST}:{self._port}"

    def log(self, service: str) -> Path:
        """Where a service's output goes."""
        return self._folder / f"{service}.log"

    def start(self, service: str, settings: Mapping[str, str] | None = None) -> None:
        """Start a service, or start it again, and wait until it is ready."""
        if service not in self.admin_ports:
            (self.admin_ports[service],) = free_ports(1)
        data = self._folder / f"data-{service}"
        data.mkdir(exist_ok=True)
        process = ServerProcess(
            [sys.executable, "-m", "services.cli", "run", kind_of(service)],
            self.log(service),
            {**self._environment(service, data), **(settings or {})},
            data,
        )
        self._processes[service] = process
        try:
            process.start(lambda: _is_ready(self._ready_port(service)), _READY_SECONDS)
        except Unavailable as error:
            # Ours, so a fault: what tests skip for is a server that cannot be had.
            raise ServiceFailed(f"{service}: {error}") from error

    def restart(self, service: str, settings: Mapping[str, str] | None = None) -> None:
        """Drain a service and start it again, with further settings of its own."""
        self.stop(service)
        self.start(service, settings)

    def running(self, service: str) -> bool:
        """Whether a service was started and has not ended."""
        return service in self._processes and self._processes[service].running

    def pid(self, service: str) -> int:
        """A service's process id."""
        return self._processes[service].pid

    def kill(self, service: str) -> None:
        """``kill -9``, its child processes too."""
        self._processes[service].kill()

    def stop(self, service: str, seconds: float = _STOP_SECONDS) -> int:
        """Ask a service to drain and end; its exit status (negative: the signal it took)."""
        return self._processes[service].stop(seconds)

    def scale(self, kind: str, count: int) -> list[str]:
        """Have so many processes of a stage, and wait for it; those that there are then.

        Those that are too many are drained one by one, the newest first. ``ValueError`` for what
        cannot be scaled.
        """
        if kind not in SCALED or not 1 <= count <= MOST:
            raise ValueError(f"{kind} cannot be scaled to {count}.")
        names = [kind, *(f"{kind}-{number}" for number in range(2, MOST + 1))]
        for name in reversed(names[count:]):
            if name in self._processes:
                self.stop(name)
                del self._processes[name]
        all_at_once(_call(self.start, it) for it in names[:count] if not self.running(it))
        return names[:count]

    @property
    def started(self) -> list[str]:
        """The services that were started and not scaled away."""
        return list(self._processes)

    def __enter__(self) -> Self:
        self.servers.__enter__()
        try:
            all_at_once(_call(self.start, service) for service in SERVICES)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        try:
            all_at_once(_call(self.stop, service) for service in self._processes)
        finally:
            self.servers.__exit__(None, None, None)

    def _ready_port(self, service: str) -> int:
        return self._port if service == "ingest" else self.admin_ports[service]

    def _environment(self, service: str, data: Path) -> dict[str, str]:
        return {
            "DOCSTAGE_LOG_FORMAT": "console",
            **self._settings,
            **self.servers.environment,
            "DOCSTAGE_HOST": HOST,
            "DOCSTAGE_PORT": str(self._port),
            "DOCSTAGE_ADMIN_HOST": HOST,
            "DOCSTAGE_ADMIN_PORT": str(self.admin_ports[service]),
            "DOCSTAGE_DATA_DIR": str(data),
            "DOCSTAGE_BOOTSTRAP_KEY": self.key,
            "DOCSTAGE_SECRET": self._secret,
        }


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=5.0) as answer:
            return bool(answer.status == _OK)
    except (urllib.error.URLError, OSError):
        return False


def _call(function: Callable[[str], object], name: str) -> Callable[[], object]:
    return lambda: function(name)


def kind_of(service: str) -> str:
    """The service that a process is one of: ``ocr`` for ``ocr-2``."""
    return service.partition("-")[0]


def _keep_running(stack: Stack, logs: LogFollower, wishes: Wishes) -> None:
    while True:
        time.sleep(1.0)
        for service in stack.started:
            if not stack.running(service):
                print(f"{service} ended; starting it again", flush=True)
                stack.start(service)
        wish = wishes.next()
        if wish is not None:
            kind, count = wish
            print(f"scaling {kind} to {count}", flush=True)
            for name in stack.scale(kind, count):
                logs.follow(name, stack.log(name))
                print(f"Admin:   http://{HOST}:{stack.admin_ports[name]}   {name}", flush=True)
            wishes.done()


def _run_services(folder: Path, s3: Kind, port: int) -> None:
    print("Starting RabbitMQ, the MongoDB-wire server and the S3 server ...", flush=True)
    stack = Stack(folder, s3=s3, port=port)
    with LogFollower({name: stack.log(name) for name in SERVICES}) as logs, stack:
        print(f"\nGateway: {stack.url}   documentation: {stack.url}/docs")
        print(f"Key:     {stack.key}")
        for service, admin in stack.admin_ports.items():
            print(f"Admin:   http://{HOST}:{admin}   {service} {stack.pid(service)}")
        print("Ctrl-C ends all.\n", flush=True)
        _keep_running(stack, logs, Wishes(folder))


def _run_servers(folder: Path, s3: Kind) -> None:
    with Servers(folder, s3) as servers:
        for name, value in servers.environment.items():
            print(f"export {name}={shlex.quote(value)}")
        print("# Ctrl-C ends the servers.", flush=True)
        signal.pause()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # A second one, in the midst of stopping, would leave processes behind.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> None:
    """Run until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="deploy.dev.stack", description=__doc__.split("\n")[0])
    parser.add_argument("--servers-only", action="store_true", help="no services; print settings")
    parser.add_argument("--s3", choices=get_args(Kind), default="nanio", help="which S3 server")
    parser.add_argument("--port", type=int, default=8080, help="the gateway's port (0: any)")
    parser.set_defaults(kind=None)
    scale = parser.add_subparsers(metavar="scale").add_parser("scale", help="a running stack")
    scale.add_argument("kind", choices=SCALED, help="which stage")
    scale.add_argument("count", type=int, choices=range(1, MOST + 1), metavar="COUNT")
    options = parser.parse_args()
    if options.kind is not None:
        sys.exit(ask(Path(".services"), options.kind, options.count))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    base = Path(".services")
    base.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=base.absolute(), prefix=f"{os.getpid()}-") as folder:
        try:
            if options.servers_only:
                _run_servers(Path(folder), options.s3)
            else:
                _run_services(Path(folder), options.s3, options.port)
        except (Unavailable, ServiceFailed) as reason:
            sys.exit(f"make services: {reason}")
        except KeyboardInterrupt:
            print("\nStopped.")


if __name__ == "__main__":
    main()
