"""Result queues over the API: made, read with acknowledgement, replayed, removed."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.ingest.app import build_app
from services.ingest.dialects.native import result_messages
from services.ingest.tenants import KeyRights
from services.notify.fan_out import FanOut
from shared.config import Settings
from shared.models.delivery import MAX_SUBSCRIPTIONS, Delivery
from shared.models.time import to_iso, utc_now
from shared.models.work import WorkState
from shared.stages.context import Runtime
from shared.store.collections import DELIVERIES, DOCUMENTS, RESULT_QUEUES
from shared.store.port import Query
from tests.api.harness import ALL_BUT_OPERATE, API, Caller, Gateway, Json, running, serving

PATH = f"{API}/result-queues"
QUEUE = {"name": "erp"}
MESSAGES = f"{PATH}/erp/messages"


@pytest.fixture
async def telling(gateway: Gateway) -> AsyncIterator[None]:
    """Notify's fan-out beside the gateway; what is read over HTTP needs no more of it."""
    fan_out = FanOut(Runtime(gateway.store, gateway.parts.broker), gateway.outbox)
    await fan_out.start()
    yield
    await fan_out.stop()


async def told(gateway: Gateway, caller: Caller, **fields: str) -> str:
    """The id of a document that has come all the way, with all of its events announced."""
    (made,) = await caller.upload()
    await gateway.finish(caller, made["id"], **(fields or {"total": "12.50"}))
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    async with asyncio.timeout(20):
        while (document := await documents.get(made["id"])) is None or document.announced < 5:
            await asyncio.sleep(0.02)
    return str(made["id"])


async def fetch(caller: Caller, path: str = MESSAGES, **query: Any) -> list[Json]:
    body = await caller.call("GET", path, 200, params={"max": "100", **query})
    messages: list[Json] = body["messages"]
    return messages


def sequences(messages: list[Json], document: str | None = None) -> list[int]:
    return [it["data"]["sequence"] for it in messages if document in {None, it["subject"]}]


async def ack(caller: Caller, *messages: Json) -> Json:
    return await caller.call("POST", MESSAGES, 200, json={"ack": [it["id"] for it in messages]})


async def lease_ends(gateway: Gateway, caller: Caller) -> None:
    """Let all leases run out."""
    deliveries = gateway.store.of(caller.tenant, DELIVERIES)
    for it in await deliveries.page(Query({"state": "running"}), None, 100):
        assert it.work.lease is not None
        lease = it.work.lease.copy_with(until=utc_now() - timedelta(seconds=1))
        await deliveries.replace(it.copy_with(work=it.work.copy_with(lease=lease)))


async def test_a_queue_is_made_listed_shown_and_removed(alice: Caller, bob: Caller) -> None:
    wish = {**QUEUE, "events": ["document.ready"], "types": ["invoice"], "max_length": 10}
    made = await alice.call("POST", PATH, 201, json=wish)
    assert made["mode"] == "pull"
    assert made["amqp"] is None, "there is no RabbitMQ here"
    assert made["workspace"] is None
    assert (made["events"], made["types"]) == (["document.ready"], ["invoice"])
    shown = await alice.call("GET", f"{PATH}/erp", 200)
    assert shown == {**{k: v for k, v in made.items() if k != "amqp"}, "waiting": 0}
    assert await alice.call("GET", f"{PATH}/{made['id']}", 200) == shown
    (listed,) = (await alice.call("GET", PATH, 200))["result_queues"]
    assert listed["id"] == made["id"]
    for link in made["links"].values():
        await alice.call("GET", link, 200)
    assert (await alice.call("POST", PATH, 409, json=QUEUE))["code"] == "CONFLICT"
    theirs = await bob.call("POST", PATH, 201, json=QUEUE)
    assert theirs["id"] != made["id"], "names are an organization's own"
    async with alice.client.delete(f"{PATH}/erp") as answer:
        assert answer.status == 204
    await alice.call("GET", f"{PATH}/erp", 404)
    await bob.call("GET", f"{PATH}/erp", 200)
    await alice.call("POST", PATH, 201, json=QUEUE)


@pytest.mark.parametrize(
    "wish",
    [{}, {"name": "Big"}, {"name": "a/b"}, {"name": "x" * 65}, {"name": ""},
     {**QUEUE, "max_age": 5}, {**QUEUE, "max_length": 0}, {**QUEUE, "events": ["no"]},
     {**QUEUE, "mode": "both"}, {**QUEUE, "url": "x"}],
)  # fmt: skip
async def test_a_queue_that_cannot_be(alice: Caller, wish: Json) -> None:
    assert (await alice.call("POST", PATH, 400, json=wish))["code"] == "BAD_REQUEST"


async def test_nothing_is_pushed_without_rabbitmq(alice: Caller) -> None:
    body = await alice.call("POST", PATH, 501, json={**QUEUE, "mode": "push"})
    assert body["code"] == "NOT_IMPLEMENTED"
    await alice.call("POST", PATH, 201, json=QUEUE)
    assert (await alice.call("POST", f"{PATH}/erp/rotate", 409))["code"] == "CONFLICT"


@pytest.mark.usefixtures("telling")
async def test_messages_come_in_order_until_they_are_acknowledged(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    for caller in (alice, bob):
        await caller.call("POST", PATH, 201, json=QUEUE)
    document = await told(gateway, alice)
    assert await fetch(bob) == []
    assert (await alice.call("GET", f"{PATH}/erp", 200))["waiting"] == 5
    messages = await fetch(alice)
    assert sequences(messages) == [1, 2, 3, 4, 5]
    last = messages[-1]
    assert (last["type"], last["subject"]) == ("document.ready", document)
    assert last["data"]["document"]["fields"]["total"]["value"] == "12.50"
    assert await fetch(alice) == [], "they are in hand"
    await lease_ends(gateway, alice)
    again = await fetch(alice, max="2")
    assert [it["id"] for it in again] == [it["id"] for it in messages[:2]]
    assert await fetch(alice) == [], "later ones wait for the earlier ones of their document"
    assert await ack(alice, *again) == {"acked": [it["id"] for it in again], "unknown": []}
    rest = await fetch(alice)
    assert sequences(rest) == [3, 4, 5]
    assert (await ack(bob, *rest))["unknown"] == [it["id"] for it in rest]
    await lease_ends(gateway, alice)
    await ack(alice, *messages, messages[0])  # late, and once more: no harm
    assert await fetch(alice) == []
    assert (await alice.call("GET", f"{PATH}/erp", 200))["waiting"] == 0
    deliveries = (await alice.call("GET", f"{API}/deliveries", 200))["deliveries"]
    assert {(it["state"], it["kind"]) for it in deliveries} == {("done", "pull")}
    for link in deliveries[0]["links"].values():
        await alice.call("GET", link, 200)


@pytest.mark.usefixtures("telling")
async def test_two_readers_share_and_never_get_the_same(gateway: Gateway, alice: Caller) -> None:
    await alice.call("POST", PATH, 201, json=QUEUE)
    documents = [await told(gateway, alice) for _ in range(4)]
    got: list[Json] = []
    async with asyncio.timeout(60):
        while len(got) < 20:
            batches = await asyncio.gather(*(fetch(alice, max="3") for _ in range(3)))
            for batch in batches:
                got += batch
                if batch:
                    await ack(alice, *batch)
    assert len({it["id"] for it in got}) == 20
    for document in documents:
        assert sequences(got, document) == [1, 2, 3, 4, 5]


@pytest.mark.usefixtures("telling")
async def test_a_reader_waits_for_the_first_message(gateway: Gateway, alice: Caller) -> None:
    await alice.call("POST", PATH, 201, json={**QUEUE, "events": ["document.ready"]})
    waiting = asyncio.create_task(fetch(alice, wait="20"))
    await asyncio.sleep(0.3)
    document = await told(gateway, alice)
    (message,) = await waiting
    assert message["subject"] == document
    for query in ({"max": "0"}, {"max": "x"}, {"wait": "-1"}, {"visibility": "no"}):
        await alice.call("GET", MESSAGES, 400, params=query)
    await alice.call("POST", MESSAGES, 400, json={"ack": []})


async def test_a_gateway_that_is_to_end_lets_its_readers_go(
    gateway: Gateway, alice: Caller, bob: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_messages, "MAX_WAIT_SECONDS", 3600.0)
    await alice.call("POST", PATH, 201, json=QUEUE)
    another = replace(gateway.parts, registry=CollectorRegistry())
    async with serving(build_app(another)) as url:
        waiting = asyncio.create_task(fetch(alice, url + MESSAGES, wait="true"))
        await asyncio.sleep(0.3)
        await bob.call("GET", url + MESSAGES, 404, params={"wait": "true"})
    assert await waiting == []


async def test_an_organization_has_so_many_queues_and_no_more(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    made = await alice.call("POST", PATH, 201, json=QUEUE)
    records = gateway.store.of(alice.tenant, RESULT_QUEUES)
    queue = await records.get(made["id"])
    assert queue is not None
    for number in range(MAX_SUBSCRIPTIONS - 1):
        await records.insert(queue.copy_with(id=f"{number}", name=f"q{number}", rev=0))
    body = await alice.call("POST", PATH, 409, json={"name": "more"})
    assert body["code"] == "CONFLICT"
    await bob.call("POST", PATH, 201, json={"name": "more"})


@pytest.mark.usefixtures("telling")
async def test_a_replay_sends_the_same_messages_in_order(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    await alice.call("POST", PATH, 201, json=QUEUE)
    first = await told(gateway, alice)
    between = to_iso(utc_now() + timedelta(milliseconds=2))
    await asyncio.sleep(0.01)
    await told(gateway, alice)
    messages = await fetch(alice)
    await ack(alice, *messages)
    wish = {"from": to_iso(utc_now() - timedelta(hours=1))}
    done = await alice.call("POST", f"{PATH}/erp/replay", 200, json=wish)
    assert (done["replayed"], done["more"]) == (10, False)
    again = await fetch(alice)
    assert again == messages
    await ack(alice, *again)
    done = await alice.call("POST", f"{PATH}/erp/replay", 200, json={"from": between})
    assert done["replayed"] == 5
    assert first not in {it["subject"] for it in await fetch(alice)}
    await bob.call("POST", f"{PATH}/erp/replay", 404, json=wish)
    await alice.call("POST", f"{PATH}/erp/replay", 400, json={})


@pytest.mark.usefixtures("telling")
async def test_a_full_or_old_queue_loses_its_oldest(gateway: Gateway, alice: Caller) -> None:
    wish = {**QUEUE, "max_length": 5, "max_age": 60}
    await alice.call("POST", PATH, 201, json=wish)
    await alice.call("POST", PATH, 201, json={"name": "short", "max_length": 3})
    await told(gateway, alice)
    short = await fetch(alice, f"{PATH}/short/messages")
    assert sequences(short) == [3, 4, 5], "no more than it keeps"
    await alice.call("DELETE", f"{PATH}/short", 204)
    deliveries = gateway.store.of(alice.tenant, DELIVERIES)
    rows = await deliveries.page(Query({"state": "waiting"}, oldest_first=True), None, 10)
    old = rows[0].work.copy_with(enqueued=utc_now() - timedelta(seconds=61))
    await deliveries.replace(rows[0].copy_with(work=old))
    assert sequences(await fetch(alice)) == [2, 3, 4, 5], "the old one is gone"
    await lease_ends(gateway, alice)
    before = len(await deliveries.page(Query({"state": "cancelled"}), None, 200))
    for number in range(100):
        await deliveries.insert(
            rows[1].copy_with(id=f"{number}", created=utc_now(), document=f"d{number}", rev=0)
        )
    await fetch(alice, max="1")
    assert (await alice.call("GET", f"{PATH}/erp", 200))["waiting"] == 5
    dropped = await deliveries.page(Query({"state": "cancelled"}), None, 200)
    assert len(dropped) == before + 99


@pytest.mark.usefixtures("telling")
async def test_what_waits_is_over_when_its_queue_is_removed(
    gateway: Gateway, alice: Caller
) -> None:
    await alice.call("POST", PATH, 201, json=QUEUE)
    await told(gateway, alice)
    await alice.call("DELETE", f"{PATH}/erp", 204)
    found: list[Delivery] = await gateway.store.of(alice.tenant, DELIVERIES).page(Query(), None, 9)
    assert {it.work.state for it in found} == {WorkState.CANCELLED}


@pytest.mark.usefixtures("telling")
async def test_long_fields_come_by_a_signed_link(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    await alice.call("POST", PATH, 201, json={**QUEUE, "events": ["document.ready"]})
    document = await told(gateway, alice, text="x" * 70_000)
    (message,) = await fetch(alice)
    shown = message["data"]["document"]
    assert "fields" not in shown
    assert len(json.dumps(message)) < 4096
    link = shown["links"]["content"]
    nobody = gateway.client()
    async with nobody.get(link) as answer:
        assert answer.status == 200
        body = await answer.json()
    assert (body["id"], body["fields"]["text"]["value"]) == (document, "x" * 70_000)
    path, _, query = link.partition("?")
    other = await told(gateway, bob)
    expires, signature = (it.partition("=")[2] for it in query.split("&"))
    for wrong in (
        path,
        f"{path}?expires={int(expires) + 1}&signature={signature}",
        f"{path}?expires={expires}&signature={signature[::-1]}",
        f"{path}?expires={expires}&signature=",
        f"{path}?expires=9{expires}&signature={signature}",
        link.replace(document, other),
    ):
        async with nobody.get(wrong) as answer:
            assert answer.status == 404, wrong


async def test_keys_of_a_workspace_see_its_queues_only(gateway: Gateway, alice: Caller) -> None:
    await alice.call("POST", PATH, 201, json={"name": "whole"})
    await alice.call("POST", PATH, 201, json={"name": "main", "workspace": alice.workspace})
    made = await alice.call("POST", f"{API}/workspaces", 201, json={"name": "second"})
    rights = KeyRights("one", ALL_BUT_OPERATE, workspaces=[made["id"]])
    key = await gateway.key(alice.organization, rights)
    limited = Caller(alice.organization, key, gateway.client(key))
    own = await limited.call("POST", PATH, 201, json={"name": "own"})
    assert own["workspace"] == made["id"], "it cannot make one of all workspaces"
    assert [it["name"] for it in (await limited.call("GET", PATH, 200))["result_queues"]] == ["own"]
    for name in ("whole", "main"):
        await limited.call("GET", f"{PATH}/{name}", 404)
        await limited.call("GET", f"{PATH}/{name}/messages", 404)
    await limited.call("POST", PATH, 422, json={"name": "x", "workspace": alice.workspace})


async def test_links_begin_with_the_public_address(settings: Settings) -> None:
    public = settings.model_copy(update={"public_url": "https://docs.example.com"})
    async with running(public) as gateway:
        carol = await gateway.caller("carol")
        fan_out = FanOut(Runtime(gateway.store, gateway.parts.broker), gateway.outbox)
        await fan_out.start()
        await carol.call("POST", PATH, 201, json={**QUEUE, "events": ["document.ready"]})
        await told(gateway, carol, text="x" * 70_000)
        (message,) = await fetch(carol)
        link = message["data"]["document"]["links"]["content"]
        assert link.startswith("https://docs.example.com/api/v1/linked/documents/")
        await fan_out.stop()
