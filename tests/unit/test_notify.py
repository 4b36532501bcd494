"""The notify service on embedded adapters and real sockets: who hears what, in which order."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from notify_bench import ACME, OTHER, Bench, Heard, listening, notifying

from services.notify.callbacks import STATUSES
from shared.broker.topology import result_queue_name
from shared.errors import Code
from shared.models.delivery import (
    Delivery,
    DeliveryAttempt,
    DeliveryKind,
    QueueMode,
    Subscription,
)
from shared.models.document import Callback, CallbackMethod, EventName
from shared.models.messages import JobMessage
from shared.models.outbox import OutboxKind
from shared.models.time import utc_now
from shared.models.work import Lane, Problem, StageName, Work, WorkState
from shared.stages.notifying import Delivering, Schedules
from shared.store.collections import (
    DELIVERIES,
    RESULT_QUEUES,
)


@pytest.fixture
async def heard() -> AsyncIterator[Heard]:
    async with listening() as heard:
        yield heard


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with notifying(tmp_path) as bench:
        yield bench


async def test_several_webhooks_hear_what_each_asked_for(bench: Bench, heard: Heard) -> None:
    everything = await bench.hook(f"{heard.url}/all")
    ready = await bench.hook(f"{heard.url}/ready", events=[EventName.READY])
    receipts = await bench.hook(f"{heard.url}/receipts", types=["receipt"])
    invoices = await bench.hook(f"{heard.url}/invoices", types=["invoice"])
    off = await bench.hook(f"{heard.url}/off", enabled=False)
    theirs = await bench.hook(f"{heard.url}/theirs", OTHER)
    document = await bench.document()
    await bench.tell(document, 1)
    assert len(await bench.deliveries(everything.id)) == 1
    assert await bench.deliveries(receipts.id) == [], "nobody knows its type yet"
    document = await bench.finish(document)
    await bench.tell(document, 5)
    await heard.until(11)
    assert [it.sequence for it in await bench.deliveries(everything.id)] == [1, 2, 3, 4, 5]
    assert [it.event_name for it in await bench.deliveries(ready.id)] == [EventName.READY]
    assert len(await bench.deliveries(receipts.id)) == 5
    for nothing in (invoices, off):
        assert await bench.deliveries(nothing.id) == []
    assert await bench.deliveries(theirs.id, OTHER) == []


@pytest.mark.parametrize("order", [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [3, 1, 5, 2, 4], [4, 4, 5, 5]])
async def test_events_in_any_order_make_each_delivery_once_and_in_order(
    bench: Bench, order: list[int]
) -> None:
    queue = await bench.queue("q", QueueMode.PULL)
    document = await bench.finish(await bench.document())
    await asyncio.gather(*(bench.tell(document, number) for number in order))
    found = await bench.deliveries(queue.id)
    assert [it.sequence for it in found] == [1, 2, 3, 4, 5]
    assert len({it.created for it in found}) == 5


async def test_who_begins_to_listen_in_between_misses_nothing(bench: Bench) -> None:
    """What nobody wants is passed over for a second; the final event makes up for it."""
    fan_out = bench.fan_out
    first = await bench.queue("first", QueueMode.PULL, events=[EventName.READY])
    document = await bench.finish(await bench.document())
    await bench.tell(document, 1, fan_out)
    second = await bench.queue("second", QueueMode.PULL, events=[EventName.READ])
    third = await bench.queue("third", QueueMode.PULL)
    for sequence in (2, 3, 4, 5):
        await bench.tell(document, sequence, fan_out)
    assert [it.sequence for it in await bench.deliveries(first.id)] == [5]
    assert [it.sequence for it in await bench.deliveries(second.id)] == [2]
    assert [it.sequence for it in await bench.deliveries(third.id)] == [1, 2, 3, 4, 5]


async def test_a_queue_of_the_organization_hears_of_all_its_workspaces(bench: Bench) -> None:
    whole = await bench.queue("whole", QueueMode.PULL, events=[EventName.RECEIVED])
    one = await bench.queue("one", QueueMode.PULL, workspace="main", events=[EventName.RECEIVED])
    theirs = await bench.queue("theirs", QueueMode.PULL, OTHER)
    for workspace in ("main", "second"):
        await bench.tell(await bench.document(workspace=workspace), 1)
    assert len(await bench.deliveries(whole.id)) == 2
    assert len(await bench.deliveries(one.id)) == 1
    assert await bench.deliveries(theirs.id, OTHER) == []
    (first, _) = await bench.deliveries(whole.id)
    assert (first.kind, first.work.state, first.outbox) == (
        DeliveryKind.PULL, WorkState.WAITING, [],
    )  # fmt: skip


async def test_messages_are_pushed_with_their_fields_or_a_link(bench: Bench) -> None:
    queue = await bench.queue("q", QueueMode.PUSH, events=[EventName.READY])
    long = "x" * 70_000
    documents = [await bench.finish(await bench.document(), text) for text in ("12.50", long)]
    for document in documents:
        await bench.tell(document, 5)
    name = result_queue_name("acme", "q")
    async with asyncio.timeout(20):
        while await bench.runtime.broker.result_depth(name) != 2:
            await asyncio.sleep(0.02)
        while any(it.work.state is not WorkState.DONE for it in await bench.deliveries(queue.id)):
            await asyncio.sleep(0.02)
    sent = bench.runtime.broker._node.results[name]  # type: ignore[attr-defined]
    assert {it.content_type for it in sent} == {"application/cloudevents+json"}
    bodies = {it["subject"]: it for it in (json.loads(one.body) for one in sent)}
    small, large = (bodies[it.id] for it in documents)
    assert small["specversion"] == "1.0"
    assert small["type"] == "document.ready"
    assert small["id"] == documents[0].events[-1].id
    assert small["data"]["sequence"] == 5
    told = small["data"]["document"]
    assert (told["state"], told["fields"]["total"]["value"]) == ("ready", "12.50")
    assert "content" not in told["links"]
    assert "fields" not in large["data"]["document"]
    link = large["data"]["document"]["links"]["content"]
    assert link.startswith("https://docs.example.com/api/v1/linked/documents/")
    assert "signature" not in (await bench.deliveries(queue.id))[-1].payload


@pytest.mark.parametrize("method", CallbackMethod)
async def test_a_callback_is_told_each_status(
    bench: Bench, heard: Heard, method: CallbackMethod
) -> None:
    callback = Callback(url=f"{heard.url}/cb?a=b", method=method, headers={"X-Own": "yes"})
    document = await bench.finish(await bench.document(callback=callback))
    await bench.tell(await bench.document(), 1)  # one that wants no call
    await bench.tell(document, 5)
    await heard.until(3)
    base = f"/cb?a=b&docid={document.id}&document_id={document.id}&status="
    calls = {(it[0], it[1]) for it in heard.requests}
    assert calls == {
        (method.value, base + status) for status in ("start", "classified", "annotated")
    }
    posted = method is CallbackMethod.POST
    assert {it[2].get("x-own") for it in heard.requests} == {"yes" if posted else None}
    assert len(heard.requests) == 3


def test_callbacks_say_how_a_document_ends() -> None:
    assert STATUSES[EventName.NEEDS_REVIEW] == "annotated"
    assert {STATUSES[it] for it in (EventName.FAILED, EventName.REJECTED)} == {"rejected"}


def _job() -> JobMessage:
    return JobMessage(
        id="m", stage=StageName.NOTIFY, lane=Lane.NORMAL, organization="o", document="d", revision=0
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "tries"), [(DeliveryKind.CALLBACK, 5), (DeliveryKind.WEBHOOK, 10)]
)
def test_tries_end(kind: DeliveryKind, tries: int) -> None:
    bench, now = Delivering(), utc_now()
    delivery = Delivery(
        organization="o", workspace="w", document="d", event="e", event_name=EventName.READY,
        sequence=1, subscription="s", payload="", kind=kind,
    )  # fmt: skip
    message = _job()
    refusal = DeliveryAttempt(at=now, status=500, problem=Problem(code=Code.TARGET_REFUSED))
    for number in range(1, tries):
        delivery = bench.done(delivery.copy_with(outbox=[]), message, refusal, now)
        assert delivery.work.state is WorkState.WAITING
        (entry,) = delivery.outbox
        pause, slot = entry.not_before - now, Schedules().of(delivery)[number - 1]
        assert slot <= pause <= slot * 1.2 + timedelta(milliseconds=1)
    delivery = bench.done(delivery.copy_with(outbox=[]), message, refusal, now)
    assert delivery.work.state is WorkState.FAILED
    assert all(it.kind is OutboxKind.LETTER for it in delivery.outbox)


async def test_a_refusal_waits_and_what_lost_its_receiver_ends(bench: Bench, heard: Heard) -> None:
    heard.refuse = 1
    hook = await bench.hook(heard.url, events=[EventName.RECEIVED])
    queue = await bench.queue("q", QueueMode.PUSH, events=[EventName.RECEIVED])
    await bench.tell(await bench.document(), 1)
    refused = await bench.tried(hook.id)
    assert (refused.log[0].status, refused.work.state) == (500, WorkState.WAITING)
    assert refused.outbox, "it comes again later"
    pushed = await bench.tried(queue.id)
    assert pushed.work.state is WorkState.DONE

    queues = bench.runtime.store.of(ACME, RESULT_QUEUES)
    await queues.delete(queue.id)
    stale = pushed.copy_with(
        id="again", work=Work(), log=[], outbox=[Delivering().job(pushed, _job(), utc_now())]
    )
    stale = stale.copy_with(outbox=[it.copy_with(target="again") for it in stale.outbox])
    deliveries = bench.runtime.store.of(ACME, DELIVERIES)
    await deliveries.insert(stale)
    await bench.outbox.carry_out(DELIVERIES, stale)
    async with asyncio.timeout(20):
        while (found := await deliveries.get("again")) is None or not found.log:
            await asyncio.sleep(0.02)
    assert found.work.state is WorkState.FAILED
    assert found.work.problem is not None
    assert found.work.problem.code == Code.TARGET_GONE


async def test_deliveries_of_an_earlier_version_are_webhooks(bench: Bench) -> None:
    fields = {"kind", "without_fields"}
    old = Delivery(
        organization="acme", workspace="w", document="d", event="e",
        event_name=EventName.READY, sequence=1, subscription="s", payload="{}",
    )  # fmt: skip
    read = Delivery.model_validate_json(old.model_dump_json(exclude=fields))
    assert (read, read.kind) == (old, DeliveryKind.WEBHOOK)
    hook = await bench.hook("https://example.com")
    assert Subscription.model_validate_json(hook.model_dump_json(exclude={"types"})) == hook
