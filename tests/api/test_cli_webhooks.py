"""``docstage webhooks`` as a process of its own, with the notify service beside the gateway."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from services.notify.__main__ import build
from shared.config import Settings
from shared.models.delivery import Delivery
from shared.models.document import EventName
from shared.models.time import utc_now
from shared.models.work import Problem, Work, WorkState
from shared.process import Process
from shared.stages.context import Runtime
from shared.stages.failpoints import Failpoints
from shared.store.collections import DELIVERIES
from shared.telemetry.stage_metrics import StageMetrics
from tests.api.command import Command
from tests.api.harness import API, Caller, Gateway, Json, running
from tests.e2e.receiver import Receiver


@pytest.fixture
async def gateway(settings: Settings) -> AsyncIterator[Gateway]:
    allowing = settings.model_copy(update={"allow_private_targets": "127.0.0.0/8"})
    async with running(allowing) as gateway:
        parts, registry = gateway.parts, CollectorRegistry()
        process = Process(
            settings=allowing, secret=parts.secret, runtime=Runtime(parts.store, parts.broker),
            blobs=parts.blobs, pool=None, outbox=parts.outbox, registry=registry,
            metrics=StageMetrics(registry), failpoints=Failpoints(),
        )  # fmt: skip
        service = build(process)
        await service.start()
        yield gateway
        await service.stop(1.0)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.start()
    yield receiver
    await receiver.stop()


async def test_a_webhook_is_looked_after(
    gateway: Gateway, alice: Caller, receiver: Receiver, tmp_path: Path
) -> None:
    docstage = Command(tmp_path, URL=gateway.url, KEY=alice.key)
    hook: Json = await alice.call("POST", f"{API}/subscriptions", 201, json={"url": receiver.url})
    listed, tested = await asyncio.gather(
        docstage("webhooks", "list"), docstage("webhooks", "test", hook["id"])
    )
    assert listed.out == f"{receiver.url}\tall\tenabled\t-\t{hook['id']}\n"
    assert (tested.code, tested.out.partition(":")[0]) == (0, "done")
    missed = Delivery(
        organization=alice.organization, workspace=alice.workspace, document="d", event="e",
        event_name=EventName.READY, sequence=5, subscription=hook["id"], payload="{}",
        created=utc_now() - timedelta(hours=2),
        work=Work(state=WorkState.FAILED, problem=Problem(code="TARGET_REFUSED", detail="No.")),
    )  # fmt: skip
    await gateway.store.of(alice.tenant, DELIVERIES).insert(missed)
    receiver.answers = [500]
    replayed = await docstage("webhooks", "replay", hook["id"], "--since", "1d")
    assert replayed.out.startswith("1 are sent again, the last at 20")
    await gateway.outbox.drain()
    await alice.call("PATCH", hook["links"]["self"], 200, json={"enabled": False})
    failed, rotated, found = await asyncio.gather(
        docstage("webhooks", "test", hook["id"], "--wait", "30"),
        docstage("webhooks", "rotate", hook["id"], "--overlap", "60"),
        docstage("webhooks", "deliveries", hook["id"], "--event", "document.ready", "--json"),
    )
    assert (failed.code, "500" in failed.out) == (1, True)
    assert rotated.out.startswith("whsec_")
    assert [it["id"] for it in found.json] == [missed.id]
    enabled, resent = await asyncio.gather(
        docstage("webhooks", "enable", hook["id"]), docstage("webhooks", "resend", "nothing")
    )
    assert (enabled.code, enabled.out) == (0, "")
    shown = await alice.call("GET", hook["links"]["self"], 200)
    assert (shown["enabled"], shown["former_until"] is None) == (True, False)
    assert (resent.code, "NOT_FOUND" in resent.err) == (2, True)
