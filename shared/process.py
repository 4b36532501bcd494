"""One operating-system process: its ports opened, its services started, drained at the end.

The four services and ``docstage up`` differ only in which services they put into it.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import version as package_version
from typing import Protocol, TypeVar

import structlog
from prometheus_client import CollectorRegistry

from shared.blobs.connect import connect_blobs
from shared.blobs.port import Blobs
from shared.broker.connect import connect_broker
from shared.broker.port import Broker
from shared.collector import settle_collector
from shared.compute.limits import Limits as ChildLimits
from shared.compute.pool import ComputePool
from shared.config import Settings
from shared.errors import Transient
from shared.models.outbox import Aggregate
from shared.reclaiming import keep_giving_back
from shared.secret import load_secret
from shared.stages.context import Limits, Runtime, worker_name
from shared.stages.failpoints import Failpoints, FailpointsRefusedError
from shared.stages.outbox import Outbox
from shared.store.connect import connect_store
from shared.store.port import Store
from shared.telemetry.letter_metrics import LetterMetrics
from shared.telemetry.logs import dropped_lines
from shared.telemetry.metrics import count_dropped_lines, show_skew
from shared.telemetry.stage_metrics import StageMetrics
from shared.telemetry.tracing import SpanSink, Tracer
from shared.telemetry.vital_signs import VitalSigns

R = TypeVar("R", bound=Aggregate)
Result = TypeVar("Result")

PATIENCE = 60.0
"""Seconds a starting process waits for its store, broker and blobs."""


class Service(Protocol):
    """A part of a process that runs until it is stopped."""

    @property
    def name(self) -> str:
        """What operators call it."""

    @property
    def alive(self) -> bool:
        """Whether it does its work, or was deliberately stopped."""

    async def start(self) -> None:
        """Begin."""

    async def stop(self, seconds: float) -> None:
        """Drain: take nothing new, finish or release what runs within so many seconds."""


class ClosingSink(SpanSink, Protocol):
    """One that sends what is left when the process ends."""

    async def close(self) -> None:
        """Send it, for a few seconds at most."""


@dataclass(frozen=True)
class Process:
    """The open ports and shared parts that services are built from."""

    settings: Settings
    secret: bytes
    runtime: Runtime
    blobs: Blobs
    pool: ComputePool | None
    outbox: Outbox
    registry: CollectorRegistry
    metrics: StageMetrics
    failpoints: Failpoints
    letters: LetterMetrics = field(default_factory=lambda: LetterMetrics(CollectorRegistry()))
    spans: ClosingSink | None = None

    @property
    def store(self) -> Store:
        """The store."""
        return self.runtime.store

    @property
    def broker(self) -> Broker:
        """The broker."""
        return self.runtime.broker

    @property
    def children(self) -> ComputePool:
        """The pool of child processes; raises when the process was opened without one."""
        if self.pool is None:
            raise RuntimeError("this process was opened without child processes")
        return self.pool


Build = Callable[[Process], Service]


async def open_process(
    settings: Settings,
    *,
    workers: int,
    warm: Callable[[], object] | None = None,
    service: str = "docstage",
) -> Process:
    """Open all ports, waiting a minute for those that do not answer yet.

    ``workers`` child processes are started, each having called ``warm``; ``service`` is the name
    in traces. Raises ``Transient`` when a port stays closed.
    """
    failpoints = _failpoints()
    store, blobs = connect_store(settings.store), connect_blobs(settings.blobs)
    broker = connect_broker(settings.broker_url)
    settings.spool.mkdir(parents=True, exist_ok=True)
    worker = worker_name()
    spans = _span_sink(settings, service, worker)
    tracer = Tracer(spans, settings.otlp_share)
    pool = None
    if workers:
        limits = ChildLimits(memory=settings.child_memory)
        pool = ComputePool(workers, warm=warm, limits=limits, steps=tracer)
    await _open(pool, (broker, store, blobs))
    runtime = Runtime(store, broker, _limits(settings), worker, tracer)
    registry = CollectorRegistry()
    metrics, letters = StageMetrics(registry), LetterMetrics(registry)
    count_dropped_lines(registry, dropped_lines)
    show_skew(registry, lambda: store.skew)
    return Process(
        settings=settings,
        secret=load_secret(settings),
        runtime=runtime,
        blobs=blobs,
        pool=pool,
        outbox=Outbox(
            runtime,
            failpoints,
            on_letter=lambda it: letters.written(it.stage.value, it.code),
            on_left=metrics.left,
        ),
        registry=registry,
        metrics=metrics,
        failpoints=failpoints,
        letters=letters,
        spans=spans,
    )


async def _open(pool: ComputePool | None, ports: Sequence[Broker | Store | Blobs]) -> None:
    """Open them side by side; where one stays closed, all are closed again."""
    try:
        await asyncio.gather(
            *(_patiently(port.open) for port in ports), *([pool.start()] if pool else [])
        )
    except BaseException:
        # A connection that tries again for ever would keep the process from ending.
        await _close(pool, ports)
        raise


async def close_process(process: Process) -> None:
    """Publish what is left, end the children, close the ports."""
    await process.outbox.drain()
    await _close(process.pool, (process.broker, process.store, process.blobs))
    if process.spans is not None:
        await process.spans.close()


async def _close(pool: ComputePool | None, ports: Sequence[Broker | Store | Blobs]) -> None:
    if pool is not None:
        await pool.close()
    for port in ports:
        with contextlib.suppress(Transient):
            await port.close()


async def run_services(
    process: Process, services: Sequence[Service], *, ready: Callable[[], None] | None = None
) -> None:
    """Start the services in order, run until SIGTERM or SIGINT, drain in reverse order.

    A second signal ends the process at once.
    """
    log = structlog.get_logger("docstage.process")
    asked = _stop_on_signals()
    started: list[Service] = []
    beside: list[asyncio.Task[None]] = []
    try:
        for service in services:
            await service.start()
            started.append(service)
        settle_collector()
        lasting = (vital_signs(process, services).run(), keep_giving_back())
        beside = [asyncio.create_task(it) for it in lasting]
        if ready is not None:
            ready()
        await asked.wait()
        log.info("draining")
    finally:
        for task in beside:
            task.cancel()
        for service in reversed(started):
            await _stop(service, process.settings.drain_seconds)
        await close_process(process)
    log.info("stopped")


async def _stop(service: Service, seconds: float) -> None:
    """Drain one; what is wrong with it must not keep the others from ending in order."""
    try:
        await service.stop(seconds)
    except Exception:  # noqa: BLE001 - as said above
        structlog.get_logger("docstage.process").exception("not_drained", service=service.name)


def vital_signs(process: Process, services: Sequence[Service]) -> VitalSigns:
    """The looks at a process's loop and services."""

    def liveness(service: Service) -> Callable[[], bool]:
        return lambda: service.alive

    return VitalSigns(process.registry, {it.name: liveness(it) for it in services})


def _span_sink(settings: Settings, service: str, worker: str) -> ClosingSink | None:
    if not settings.otlp_endpoint:
        return None
    from shared.telemetry.otlp import OtlpSink  # noqa: PLC0415 - half a second, for who exports

    return OtlpSink(service, package_version("docstage"), worker, settings.otlp_endpoint)


def _failpoints() -> Failpoints:
    try:
        return Failpoints.from_environment()
    except FailpointsRefusedError as error:
        sys.exit(f"docstage: {error}")


def worker_count(settings: Settings) -> int:
    """How many child processes to run: as configured, else one per core we may use."""
    return settings.workers or len(os.sched_getaffinity(0))


def _limits(settings: Settings) -> Limits:
    return Limits(
        lease=timedelta(seconds=settings.lease_seconds),
        beat=settings.beat_seconds,
        max_attempts=settings.max_attempts,
        transient=timedelta(hours=settings.transient_hours),
        page=settings.page_timeout,
    )


async def _patiently(open_port: Callable[[], Awaitable[None]]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return await open_port()
        except Transient as error:
            if time.monotonic() > deadline:
                raise
            structlog.get_logger("docstage.process").info("waiting", code=error.code)
            await asyncio.sleep(1.0)


def _stop_on_signals() -> asyncio.Event:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask() -> None:
        if asked.is_set():
            os._exit(130)
        asked.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask)
    return asked
