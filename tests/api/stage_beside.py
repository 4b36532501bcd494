"""A stage of the ingest process beside a gateway, with the relay that wakes it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from prometheus_client import CollectorRegistry

from shared.process import Process
from shared.stages.context import Limits, Runtime
from shared.stages.failpoints import Failpoints
from shared.stages.relay import Relay
from shared.stages.services import StageService
from shared.telemetry.metrics import IntakeMetrics
from shared.telemetry.stage_metrics import StageMetrics
from tests.api.harness import SECRET, Gateway

Build = Callable[[Process, IntakeMetrics], StageService]


@asynccontextmanager
async def stage_beside(
    gateway: Gateway, build: Build, attempts: int, failpoints: str = ""
) -> AsyncIterator[StageService]:
    """What ``build`` makes of the gateway's own parts, started, and stopped at the end."""
    registry = CollectorRegistry()
    limits = Limits(lease=timedelta(seconds=1), beat=0.2, max_attempts=attempts)
    process = Process(
        settings=gateway.settings,
        secret=SECRET,
        runtime=Runtime(gateway.store, gateway.parts.broker, limits),
        blobs=gateway.blobs,
        pool=None,
        outbox=gateway.outbox,
        registry=registry,
        metrics=StageMetrics(registry),
        failpoints=Failpoints(failpoints),
    )
    stage = build(process, IntakeMetrics(registry))
    relay = asyncio.create_task(_relay(Relay(process.runtime, process.outbox)))
    await stage.start()
    try:
        yield stage
    finally:
        await stage.stop(0.1)
        relay.cancel()


async def _relay(relay: Relay) -> None:
    while True:
        await relay.step()
        await asyncio.sleep(0.05)
