"""The sweeper beside a real broker: a thousand that wait are left alone, lost ones rescued."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aio_pika
import pytest

from shared.broker.port import Incoming
from shared.broker.topology import job_queue
from shared.models.document import Document
from shared.models.messages import JobMessage
from shared.models.work import Lane, StageName
from shared.stages import lifecycle
from shared.stages.context import Runtime
from shared.stages.outbox import Outbox
from shared.stages.sweeper import Sweeper
from shared.store.collections import DOCUMENTS
from shared.store.connect import connect_store
from shared.store.port import Tenant
from tests.contracts.conftest import OpenBroker

pytestmark = pytest.mark.services

ACME = Tenant("acme")
QUEUE = job_queue(StageName.OCR, Lane.NORMAL)
BACKLOG = 1000
NO_GRACE = timedelta(0)


@pytest.fixture
async def runtime(open_rabbit: OpenBroker, tmp_path: Path) -> AsyncIterator[Runtime]:
    store = connect_store(f"sqlite:///{tmp_path}/test.db")
    await store.open()
    yield Runtime(store, await open_rabbit())
    await store.close()


async def accept(runtime: Runtime, outbox: Outbox) -> str:
    fresh = Document(
        organization=ACME.organization, workspace="main", name="a.pdf",
        media_type="application/pdf", size=3, sha256="00", blob="x/y/original",
    )  # fmt: skip
    document = lifecycle.receive(fresh, await runtime.store.now())
    await runtime.store.of(ACME, DOCUMENTS).insert(document)
    await outbox.carry_out(DOCUMENTS, document)
    return document.id


async def jobs_delivered(runtime: Runtime) -> list[str]:
    """The documents of all messages in the queue."""
    found: list[str] = []

    async def take(incoming: Incoming) -> None:
        found.append(JobMessage.model_validate_json(incoming.message.body).document)
        await incoming.ack()

    consumer = await runtime.broker.consume(QUEUE, take, 100)
    async with asyncio.timeout(60):
        while not found or await runtime.broker.depth(QUEUE):
            await asyncio.sleep(0.1)
    await consumer.cancel()
    return found


async def test_a_healthy_backlog_is_left_alone(runtime: Runtime) -> None:
    outbox = Outbox(runtime)
    accepted = [await accept(runtime, outbox) for _ in range(BACKLOG)]
    await outbox.drain(30.0)
    assert await runtime.broker.depth(QUEUE) == BACKLOG
    report = await Sweeper(runtime, outbox, NO_GRACE).step()
    assert report.requeued == 0
    assert sorted(await jobs_delivered(runtime)) == sorted(accepted), "each once"


async def test_what_a_wiped_broker_lost_is_queued_again(
    runtime: Runtime, rabbitmq_url: str
) -> None:
    outbox = Outbox(runtime)
    accepted = [await accept(runtime, outbox) for _ in range(20)]
    await outbox.drain(30.0)
    async with await aio_pika.connect(rabbitmq_url) as connection, connection.channel() as channel:
        await (await channel.get_queue(QUEUE)).purge()
    report = await Sweeper(runtime, outbox, NO_GRACE).step()
    assert report.requeued == len(accepted)
    assert sorted(await jobs_delivered(runtime)) == sorted(accepted)
