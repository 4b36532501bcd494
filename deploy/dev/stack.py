"""Docstage as four processes on RabbitMQ, a MongoDB-wire server and an S3 server.

``make services``, or ``python -m deploy.dev.stack``: everything on loopback, on free ports,
with data of its own that is gone afterwards; a service that dies is started again. With
``--servers-only`` it starts the three servers and prints the settings for services run by
hand. For development and tests: the MongoDB-wire server is a stand-in.

Tests use ``Stack``: start, kill and restart services by name.
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
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType, TracebackType
from typing import Protocol, Self, get_args

from deploy.dev.follow import LogFollower
from tests.servers.mongo_wire import MongoWireServer
from tests.servers.process import HOST, ServerProcess, Unavailable, free_ports
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.s3 import Kind, S3Server

SERVICES = ("ingest", "ocr", "extract", "notify")
_READY_SECONDS = 180.0
_STOP_SECONDS = 35.0
_OK = 200


class ServiceFailed(Exception):
    """One of the four services did not become ready; the message holds its last words."""


class _Server(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...


class Servers:
    """The three servers, each with a folder of its own below ``folder``."""

    def __init__(self, folder: Path, s3: Kind = "nanio") -> None:
        self.rabbitmq = RabbitMQ(folder / "rabbitmq")
        self.mongo = MongoWireServer(folder / "mongo")
        self.s3 = S3Server(folder / s3, s3)

    @property
    def environment(self) -> dict[str, str]:
        """The settings that lead a service to them."""
        return {
            "DOCSTAGE_BROKER_URL": self.rabbitmq.url,
            "DOCSTAGE_STORE_URL": self.mongo.url(),
            "DOCSTAGE_BLOBS_URL": self.s3.url(),
        }

    def __enter__(self) -> Self:
        try:
            _all_at_once(server.start for server in self._servers)
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
        _all_at_once(server.stop for server in self._servers)

    @property
    def _servers(self) -> tuple[_Server, ...]:
        return self.rabbitmq, self.mongo, self.s3


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

    def start(self, service: str) -> None:
        """Start a service, or start it again, and wait until it is ready."""
        data = self._folder / f"data-{service}"
        data.mkdir(exist_ok=True)
        process = ServerProcess(
            [sys.executable, "-m", "services.cli", "run", service],
            self.log(service),
            self._environment(service, data),
            data,
        )
        self._processes[service] = process
        try:
            process.start(lambda: _is_ready(self._ready_port(service)), _READY_SECONDS)
        except Unavailable as error:
            # Ours, so a fault: what tests skip for is a server that cannot be had.
            raise ServiceFailed(f"{service}: {error}") from error

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

    def __enter__(self) -> Self:
        self.servers.__enter__()
        try:
            _all_at_once(_call(self.start, service) for service in SERVICES)
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
            _all_at_once(_call(self.stop, service) for service in self._processes)
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


def _all_at_once(calls: Iterable[Callable[[], object]]) -> None:
    """Make all calls; raise the first error, without waiting for the rest then."""
    threads = ThreadPoolExecutor(max_workers=8)
    try:
        for outcome in [threads.submit(call) for call in calls]:
            outcome.result()
    finally:
        threads.shutdown(wait=False)


def _keep_running(stack: Stack) -> None:
    while True:
        time.sleep(1.0)
        for service in SERVICES:
            if not stack.running(service):
                print(f"{service} ended; starting it again", flush=True)
                stack.start(service)


def _run_services(folder: Path, s3: Kind, port: int) -> None:
    print("Starting RabbitMQ, the MongoDB-wire server and the S3 server ...", flush=True)
    stack = Stack(folder, s3=s3, port=port)
    with LogFollower({name: stack.log(name) for name in SERVICES}), stack:
        print(f"\nGateway: {stack.url}   documentation: {stack.url}/docs")
        print(f"Key:     {stack.key}")
        for service, admin in stack.admin_ports.items():
            print(f"Admin:   http://{HOST}:{admin}   {service} {stack.pid(service)}")
        print("Ctrl-C ends all.\n", flush=True)
        _keep_running(stack)


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
    options = parser.parse_args()
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
