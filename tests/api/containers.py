"""The unpack stage beside a gateway, and documents that are taken apart."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from prometheus_client import CollectorRegistry

from services.ingest.__main__ import build_unpack
from shared.models.document import Document
from shared.process import Process
from shared.stages.context import Limits, Runtime
from shared.stages.failpoints import Failpoints
from shared.stages.relay import Relay
from shared.stages.services import StageService
from shared.store.collections import DOCUMENTS
from shared.telemetry.metrics import IntakeMetrics
from shared.telemetry.stage_metrics import StageMetrics
from tests.api.harness import DOCUMENTS_PATH, SECRET, Caller, Gateway, Json, form


@asynccontextmanager
async def unpacking(gateway: Gateway, failpoints: str = "") -> AsyncIterator[StageService]:
    """The unpack stage, and the relay, beside a gateway, as the ingest process has them."""
    registry = CollectorRegistry()
    limits = Limits(lease=timedelta(seconds=1), beat=0.2, max_attempts=3)
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
    stage = build_unpack(process, IntakeMetrics(registry))
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


def zipped(*entries: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


async def sent(caller: Caller, name: str, content: bytes, **fields: str) -> Json:
    """Upload one file; its document as accepted."""
    body = await caller.call("POST", DOCUMENTS_PATH, 202, data=form((name, content), **fields))
    assert body["rejected"] == []
    document: Json = body["documents"][0]
    return document


async def taken_apart(caller: Caller, document: Json) -> Json:
    """The document once it is unpacked."""
    async with asyncio.timeout(20):
        while True:
            seen = await caller.call("GET", document["links"]["self"], 200)
            if seen["state"] not in {"received", "reading"}:
                return seen
            await asyncio.sleep(0.02)


async def stored(gateway: Gateway, caller: Caller, identity: str) -> Document:
    found = await gateway.store.of(caller.tenant, DOCUMENTS).get(identity)
    assert found is not None
    return found
