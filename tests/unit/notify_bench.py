"""A notify service on embedded adapters, documents that go their way by hand, and a receiver."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from prometheus_client import CollectorRegistry

from services.notify.__main__ import build
from services.notify.fan_out import FanOut
from shared.blobs.connect import connect_blobs
from shared.broker.connect import connect_broker
from shared.config import Settings
from shared.models.delivery import Delivery, QueueMode, ResultQueue, Subscription
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction, Field, TypeGuess
from shared.models.messages import EventMessage
from shared.models.time import utc_now
from shared.models.work import Work, WorkState
from shared.process import Process
from shared.stages import lifecycle
from shared.stages.context import Runtime
from shared.stages.failpoints import Failpoints
from shared.stages.outbox import Outbox
from shared.store.collections import (
    DELIVERIES,
    DOCUMENTS,
    EXTRACTIONS,
    RESULT_QUEUES,
    SUBSCRIPTIONS,
)
from shared.store.connect import connect_store
from shared.store.port import Query, Store, Tenant
from shared.telemetry.stage_metrics import StageMetrics

ACME, OTHER = Tenant("acme"), Tenant("other")
SECRET = "whsec_" + "QUJD" * 11


@dataclass
class Heard:
    """A server that answers 204, or 500 so many times before, and notes what it is told."""

    refuse: int = 0
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append((request.method, request.path_qs, headers, await request.read()))
        self.refuse -= 1
        return web.Response(status=500 if self.refuse >= 0 else 204)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.requests) < count:
                await asyncio.sleep(0.02)


class Bench:
    """A notify service, and documents that go their way by hand."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.outbox = Outbox(runtime)

    @property
    def fan_out(self) -> FanOut:
        return FanOut(self.runtime, self.outbox)

    async def document(self, tenant: Tenant = ACME, **changes: object) -> Document:
        """One that has just been received; nobody was told."""
        values: dict[str, object] = {
            "name": "a.pdf", "media_type": "application/pdf", "size": 3, "sha256": "00",
            "blob": "x/y/original", "workspace": "main", **changes,
        }  # fmt: skip
        document = lifecycle.receive(
            Document(organization=tenant.organization, **values),  # type: ignore[arg-type]
            utc_now(),
        )
        await self.runtime.store.of(tenant, DOCUMENTS).insert(document)
        return document

    async def finish(self, document: Document, text: str = "12.50") -> Document:
        """To ``ready``, as a receipt with a total; nobody was told."""
        tenant, now = Tenant(document.organization), utc_now()
        extraction = Extraction(
            id=lifecycle.extraction_id(document),
            organization=document.organization,
            workspace=document.workspace,
            document=document.id,
            revision=1,
            work=Work(state=WorkState.DONE),
            type=TypeGuess(name="receipt", confidence=0.9),
            fields={"total": Field(value=text, confidence=0.9)},
        )
        await self.runtime.store.of(tenant, EXTRACTIONS).insert(extraction)
        part = document.parts[0].copy_with(work=Work(state=WorkState.DONE))
        reading = document.copy_with(state=DocumentState.READING, parts=[part], outbox=[])
        read = lifecycle.after_part(reading, now)
        settled = lifecycle.settle(read, extraction, now).copy_with(outbox=[])
        stored = await self.runtime.store.of(tenant, DOCUMENTS).replace(settled)
        assert stored is not None
        return stored

    async def tell(self, document: Document, sequence: int, fan_out: FanOut | None = None) -> None:
        event = next(it for it in document.events if it.sequence == sequence)
        await (fan_out or self.fan_out).fan_out(
            EventMessage(
                id=event.id,
                name=event.name,
                organization=document.organization,
                workspace=document.workspace,
                document=document.id,
                sequence=sequence,
                callback=document.callback is not None,
            )
        )

    async def hook(self, url: str, tenant: Tenant = ACME, **filters: object) -> Subscription:
        made = Subscription(
            organization=tenant.organization, workspace="main", url=url, secret=SECRET,
            **filters,  # type: ignore[arg-type]
        )  # fmt: skip
        await self.runtime.store.of(tenant, SUBSCRIPTIONS).insert(made)
        return made

    async def queue(
        self, name: str, mode: QueueMode, tenant: Tenant = ACME, **more: object
    ) -> ResultQueue:
        made = ResultQueue(
            organization=tenant.organization, name=name, mode=mode, max_length=100, max_age=60,
            **more,  # type: ignore[arg-type]
        )  # fmt: skip
        await self.runtime.store.of(tenant, RESULT_QUEUES).insert(made)
        return made

    async def deliveries(self, subscription: str, tenant: Tenant = ACME) -> list[Delivery]:
        query = Query({"subscription": subscription}, oldest_first=True)
        return await self.runtime.store.of(tenant, DELIVERIES).page(query, None, 100)

    async def tried(self, subscription: str) -> Delivery:
        """The subscription's first delivery, once it was tried."""
        async with asyncio.timeout(20):
            while not (found := (await self.deliveries(subscription))[0]).log:
                await asyncio.sleep(0.02)
        return found


@asynccontextmanager
async def listening(heard: Heard | None = None) -> AsyncIterator[Heard]:
    """A receiver on a free port."""
    heard, app = heard or Heard(), web.Application()
    app.router.add_route("*", "/{any:.*}", heard.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    heard.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield heard
    await runner.cleanup()


@asynccontextmanager
async def notifying(
    folder: Path, store: Store | None = None, **settings: object
) -> AsyncIterator[Bench]:
    """The service on a store of its own."""
    values = {
        "data_dir": folder, "allow_private_targets": "127.0.0.0/8",
        "public_url": "https://docs.example.com/", **settings,
    }  # fmt: skip
    wished = Settings(_env_file=None, **values)  # type: ignore[arg-type]
    store, broker = store or connect_store(wished.store), connect_broker("memory://")
    await store.open()
    await broker.open()
    bench = Bench(Runtime(store, broker))
    registry = CollectorRegistry()
    process = Process(
        settings=wished, secret=b"s" * 32, runtime=bench.runtime, pool=None,
        blobs=connect_blobs(wished.blobs), outbox=bench.outbox, registry=registry,
        metrics=StageMetrics(registry), failpoints=Failpoints(),
    )  # fmt: skip
    service = build(process)
    await service.start()
    yield bench
    await service.stop(1.0)
    await bench.outbox.drain()
    await broker.close()
    await store.close()
