"""The fetch stage beside a gateway, and documents that come through it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from prometheus_client import CollectorRegistry

from services.ingest.__main__ import build_fetch
from shared.models.document import Document
from shared.process import Process
from shared.stages.context import Limits, Runtime
from shared.stages.failpoints import Failpoints
from shared.stages.relay import Relay
from shared.stages.services import StageService
from shared.store.collections import DOCUMENTS
from shared.telemetry.metrics import IntakeMetrics
from shared.telemetry.stage_metrics import StageMetrics
from tests.api.harness import DOCUMENTS_PATH, SECRET, Caller, Gateway, Json

MAX_BYTES = 1024 * 1024


@asynccontextmanager
async def fetching(gateway: Gateway, attempts: int = 1) -> AsyncIterator[StageService]:
    """The fetch stage, and the relay, beside a gateway, as the ingest process has them."""
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
        failpoints=Failpoints(),
    )
    stage = build_fetch(process, IntakeMetrics(registry))
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


async def post(caller: Caller, url: str, status: int = 202, **wishes: object) -> Json:
    body = await caller.call("POST", DOCUMENTS_PATH, status, json={"url": url, **wishes})
    assert body["rejected"] == []
    document: Json = body["documents"][0]
    return document


async def record(gateway: Gateway, caller: Caller, identity: str) -> Document:
    found = await gateway.store.of(caller.tenant, DOCUMENTS).get(identity)
    assert found is not None
    return found


async def fetched(gateway: Gateway, caller: Caller, identity: str) -> Document:
    """The document once the stage is done with it."""
    async with asyncio.timeout(15):
        while True:
            document = await record(gateway, caller, identity)
            if document.has_file or document.is_final:
                return document
            await asyncio.sleep(0.01)


async def ended(gateway: Gateway, caller: Caller, url: str) -> Json:
    made = await post(caller, url)
    await fetched(gateway, caller, made["id"])
    return await caller.call("GET", made["links"]["self"], 200)
