"""``docstage subscribe`` as a process of its own, against the gateway on a real socket."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.notify.fan_out import FanOut
from shared.stages.context import Runtime
from shared.store.collections import DOCUMENTS
from tests.api.command import Command
from tests.api.harness import API, Caller, Gateway

QUEUE = f"{API}/result-queues/erp"


@pytest.fixture(autouse=True)
async def telling(gateway: Gateway) -> AsyncIterator[None]:
    fan_out = FanOut(Runtime(gateway.store, gateway.parts.broker), gateway.outbox)
    await fan_out.start()
    yield
    await fan_out.stop()


@pytest.fixture
def docstage(gateway: Gateway, alice: Caller, tmp_path: Path) -> Command:
    return Command(tmp_path, URL=gateway.url, KEY=alice.key)


async def told(gateway: Gateway, caller: Caller) -> str:
    """The id of a document whose events are all told."""
    (made,) = await caller.upload()
    await gateway.finish(caller, made["id"], total="12.50")
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    async with asyncio.timeout(20):
        while (document := await documents.get(made["id"])) is None or document.announced < 5:
            await asyncio.sleep(0.02)
    return str(made["id"])


async def test_what_is_there_is_printed_once(
    docstage: Command, gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    missing = await docstage("subscribe", "erp", "--once")
    assert (missing.code, missing.out) == (2, "")
    assert "NOT_FOUND" in missing.err
    assert (await docstage("subscribe", "erp", "--once", "--create")).code == 0
    document = await told(gateway, alice)
    await told(gateway, bob)
    result = await docstage("subscribe", "erp", "--once", "--max", "2", "--create")
    assert (result.code, result.err) == (0, "")
    messages = [json.loads(line) for line in result.out.splitlines()]
    assert [it["data"]["sequence"] for it in messages] == [1, 2, 3, 4, 5]
    assert {it["subject"] for it in messages} == {document}
    assert messages[-1]["data"]["document"]["fields"]["total"]["value"] == "12.50"
    assert (await alice.call("GET", QUEUE, 200))["waiting"] == 0
    assert (await docstage("subscribe", "erp", "--once")).out == ""


async def test_it_follows_until_it_is_interrupted(
    docstage: Command, gateway: Gateway, alice: Caller
) -> None:
    wish = {"name": "erp", "events": ["document.ready"]}
    await alice.call("POST", f"{API}/result-queues", 201, json=wish)
    process = await docstage.start("subscribe", "erp")
    assert process.stdout is not None
    for _ in range(2):
        document = await told(gateway, alice)
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        assert json.loads(line)["subject"] == document
    async with asyncio.timeout(20):
        while (await alice.call("GET", QUEUE, 200))["waiting"]:
            await asyncio.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 20) == 130


async def test_what_could_not_be_printed_comes_again(
    docstage: Command, gateway: Gateway, alice: Caller
) -> None:
    await alice.call("POST", f"{API}/result-queues", 201, json={"name": "erp"})
    await told(gateway, alice)
    full = os.open("/dev/full", os.O_WRONLY)
    process = await docstage.start("subscribe", "erp", "--once", out=full)
    os.close(full)
    assert await asyncio.wait_for(process.wait(), 60) == 2
    assert (await alice.call("GET", QUEUE, 200))["waiting"] == 5
