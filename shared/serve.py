"""Serving: a process's HTTP side, and the start of a stage as a process of its own."""

import asyncio
import resource
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
import uvloop
from aiohttp import web

from shared.allocator import share_one_heap
from shared.broker.connect import is_memory
from shared.config import Settings
from shared.errors import DocstageError
from shared.http.admin import AdminParts, build_admin_app
from shared.http.certificates import Certificate
from shared.http.health import version
from shared.models.work import StageName
from shared.process import Build, Process, Service, open_process, run_services, worker_count
from shared.telemetry.logs import configure

NEEDS_A_BROKER = (
    "the in-process broker connects nothing but the parts of one process. Set "
    "DOCSTAGE_BROKER_URL=amqp://… to run the services apart, or use `docstage up`."
)
NewLoop = Callable[[], asyncio.AbstractEventLoop]

SHUTDOWN_SECONDS = 60.0
"""How long requests under way may take to end when the process is told to stop."""

OPEN_FILES = 65_536
SWITCH_SECONDS = 0.05
"""How long a thread waits before it asks the one at work for the interpreter."""

Warming = Callable[[Settings], Callable[[], object]]
"""What is to be called in a child process before it gets work, by the settings."""


class HttpService:
    """An aiohttp application as a service of a process; over TLS with a certificate."""

    def __init__(
        self,
        name: str,
        app: web.Application,
        host: str,
        port: int,
        certificate: Certificate | None = None,
    ) -> None:
        self.name = name
        self._app = app
        self._host = host
        self._port = port
        self._certificate = certificate
        self._runner: web.AppRunner | None = None

    @property
    def alive(self) -> bool:
        """Whether it listens."""
        return self._runner is not None

    async def start(self) -> None:
        """Listen; raises ``OSError`` when the port is taken or the certificate of no use."""
        tls = self._certificate.following_context() if self._certificate else None
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port, ssl_context=tls).start()

    async def stop(self, seconds: float) -> None:
        """Stop listening, and let requests under way end."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


def prepare(service: str) -> Settings:
    """Read the settings and set up the logs; exits with a message when they are wrong."""
    settings = Settings()
    configure(service, version(), settings.log_level, settings.log_format)
    return settings


def require_broker(settings: Settings) -> None:
    """Exit with a clear message when the settings' broker cannot connect processes."""
    if is_memory(settings.broker_url):
        sys.exit(f"docstage: {NEEDS_A_BROKER}")


def run_until_stopped(
    main: Coroutine[Any, Any, None], new_loop: NewLoop = uvloop.new_event_loop
) -> None:
    """Run a process's main coroutine; a typed error ends it with one line, not a trace.

    On uvloop, which writes what a turn of the loop has for a socket in one go and wakes from
    threads more cheaply: a tenth more documents per second. But it hands large uploads on in
    small pieces, so the gateway by itself is a fifth faster without.
    """
    # Every 5 ms, the default, costs more switches than it saves waiting: the event loop lets
    # go far more often of itself, at each call of the system.
    sys.setswitchinterval(SWITCH_SECONDS)
    share_one_heap()
    allow_open_files()
    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(main)
    except DocstageError as error:
        structlog.get_logger("docstage.process").error("not_started", code=error.code.value)
        sys.exit(f"docstage: {error.detail}")
    except OSError as error:
        sys.exit(f"docstage: {error.strerror or error}")


def allow_open_files() -> None:
    """As many as the system lets us have: shells and systemd give 1,024 unless they are asked."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def main_of_stage(
    stage: StageName,
    build: Build,
    *,
    children: bool,
    warming: Warming | None = None,
) -> None:
    """Run a stage as a process of its own until it is told to stop.

    ``children`` says whether it computes in child processes, which first call what ``warming``
    has for the settings.
    """
    settings = prepare(stage.value)
    require_broker(settings)
    serving = _serve_stage(settings, stage, build, children=children, warming=warming)
    run_until_stopped(serving)


async def _serve_stage(
    settings: Settings,
    stage: StageName,
    build: Build,
    *,
    children: bool,
    warming: Warming | None,
) -> None:
    workers = worker_count(settings) if children else 0
    warm = warming(settings) if warming else None
    process = await open_process(
        settings, workers=workers, warm=warm, service=f"docstage-{stage.value}"
    )
    service = build(process)
    services: list[Service] = [service]
    if settings.admin_port:
        services.append(build_admin(process, [service], [stage]))
    await run_services(process, services)


def build_admin(process: Process, services: list[Service], stages: list[StageName]) -> HttpService:
    """The admin port of a process: health, metrics, and the listings of its stages."""
    parts = AdminParts(
        secret=process.secret,
        store=process.store,
        registry=process.registry,
        stages=stages,
        checks={
            "store": process.store.ping,
            "broker": process.broker.ping,
            "blobs": process.blobs.ping,
        },
        alive={service.name: _liveness(service) for service in services},
    )
    settings = process.settings
    app = build_admin_app(parts)
    return HttpService("admin", app, settings.admin_host, settings.admin_port)


def _liveness(service: Service) -> Callable[[], bool]:
    return lambda: service.alive
