"""A full queue harms no one else: what others are owed is carried out, once, meanwhile."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from shared.broker.port import Incoming, Message, RefusedError
from shared.broker.topology import job_queue
from shared.models.document import Document
from shared.models.ids import new_id
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.work import Lane, StageName
from shared.stages.context import Runtime
from shared.stages.outbox import Outbox
from shared.stages.relay import Relay
from shared.store.collections import DOCUMENTS
from shared.store.connect import connect_store
from shared.store.port import Tenant
from tests.contracts.conftest import OpenBroker
from tests.servers.rabbitmq import RabbitMQ

pytestmark = pytest.mark.services

ACME = Tenant("acme")
FULL = job_queue(StageName.OCR, Lane.LOW)
FREE = job_queue(StageName.FETCH, Lane.LOW)
LONG = 30.0


@pytest.fixture
async def runtime(open_rabbit: OpenBroker, tmp_path: Path) -> AsyncIterator[Runtime]:
    store = connect_store(f"sqlite:///{tmp_path}/test.db")
    await store.open()
    yield Runtime(store, await open_rabbit())
    await store.close()


@pytest.fixture
async def full(runtime: Runtime, rabbitmq_node: RabbitMQ) -> AsyncIterator[None]:
    """One queue rejects what is published to it."""
    limit = '{"max-length":1,"overflow":"reject-publish"}'
    command = ["set_policy", "full", f"^{FULL}$", limit, "--apply-to", "queues"]
    await asyncio.to_thread(rabbitmq_node.control, *command)
    async with asyncio.timeout(LONG):
        with contextlib.suppress(RefusedError):
            while True:
                await runtime.broker.send(FULL, Message(new_id(), b"in the way"))
    yield
    await asyncio.to_thread(rabbitmq_node.control, "clear_policy", "full")


async def owing(runtime: Runtime, *stages: StageName) -> Document:
    """A document with a job for each stage in its outbox, long due."""
    due = await runtime.store.now() - timedelta(minutes=1)
    document = Document(
        organization=ACME.organization, workspace="main", name="a.pdf", lane=Lane.LOW,
        media_type="application/pdf", size=3, sha256="00", blob="x/y/original",
        outbox=[OutboxEntry(kind=OutboxKind.JOB, stage=it, not_before=due) for it in stages],
    )  # fmt: skip
    await runtime.store.of(ACME, DOCUMENTS).insert(document)
    return document


async def left(runtime: Runtime, document: Document) -> list[StageName | None]:
    stored = await runtime.store.of(ACME, DOCUMENTS).get(document.id)
    assert stored is not None
    return [entry.stage for entry in stored.outbox]


async def test_one_refused_message_does_not_have_its_siblings_repeated(
    runtime: Runtime, full: None
) -> None:
    reasons: list[str] = []
    outbox = Outbox(runtime, on_left=reasons.append)
    document = await owing(runtime, StageName.OCR, StageName.FETCH)
    with pytest.raises(RefusedError):
        await outbox.carry_out(DOCUMENTS, document)
    assert reasons == ["refused"], "somebody counts, so that an operator is told"
    await outbox.drain(LONG)
    assert await left(runtime, document) == [StageName.OCR]
    assert await runtime.broker.depth(FREE) == 1


async def test_a_full_queue_holds_up_nobody_else_and_is_served_when_it_has_room(
    runtime: Runtime, full: None
) -> None:
    outbox = Outbox(runtime)
    refused = [await owing(runtime, StageName.OCR) for _ in range(3)]
    behind = await owing(runtime, StageName.FETCH)
    relay = Relay(runtime, outbox)
    await relay.step()
    await outbox.drain(LONG)
    assert await left(runtime, behind) == []
    assert [await left(runtime, it) for it in refused] == [[StageName.OCR]] * 3

    async def take(incoming: Incoming) -> None:
        await incoming.ack()

    await runtime.broker.consume(FULL, take, 10)
    async with asyncio.timeout(LONG):
        while any([await left(runtime, it) for it in refused]):
            await relay.step()
            await outbox.drain(LONG)
