"""Documents whose time is over: their files go, what was found stays."""

import asyncio
from datetime import timedelta

from prometheus_client import CollectorRegistry

from shared.blobs.keys import document_prefix
from shared.models.document import Document, DocumentState, EventName
from shared.models.time import utc_now
from shared.stages.context import Runtime
from shared.stages.retention import Retention
from shared.stages.services import RescueService
from shared.store.collections import DOCUMENTS
from shared.telemetry.stage_metrics import StageMetrics
from tests.api.documind_client import client_of, extracted, found, read
from tests.api.harness import DOCUMENTS_PATH, PDF, Caller, Gateway


def retention(gateway: Gateway) -> Retention:
    runtime = Runtime(gateway.store, gateway.parts.broker)
    return Retention(runtime, gateway.outbox, gateway.blobs)


async def expiring(gateway: Gateway, caller: Caller, document: str, seconds: float) -> Document:
    """The document, to go in so many seconds."""
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    moment = utc_now() + timedelta(seconds=seconds)
    stored = await documents.change(document, lambda it: it.copy_with(expires=moment, outbox=[]))
    assert stored is not None
    await documents.change(document, lambda it: it.copy_with(announced=it.sequence))
    return stored


async def test_the_file_goes_and_what_was_found_stays(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    (made,) = await alice.upload()
    (theirs,) = await bob.upload()
    for caller, document in ((alice, made), (bob, theirs)):
        await gateway.finish(caller, document["id"], total="7.00")
    record = await expiring(gateway, alice, made["id"], -1)
    await expiring(gateway, bob, theirs["id"], 3600)
    prefix = document_prefix(record.organization, record.id)
    assert await gateway.blobs.list(prefix)
    await retention(gateway).step()
    assert await gateway.blobs.list(prefix) == []
    told = await alice.call("GET", f"{DOCUMENTS_PATH}/{made['id']}", 200)
    assert told["state"] == "expired"
    assert told["fields"]["total"]["value"] == "7.00"
    assert "original" not in told["links"]
    error = await alice.call("GET", f"{DOCUMENTS_PATH}/{made['id']}/original", 404)
    assert "expired" in error["detail"]
    pages = await alice.call("GET", f"{DOCUMENTS_PATH}/{made['id']}/pages", 200)
    assert pages["pages"] == []
    await bob.call("GET", f"{DOCUMENTS_PATH}/{theirs['id']}", 200)
    async with bob.client.get(f"{DOCUMENTS_PATH}/{theirs['id']}/original") as answer:
        assert await answer.read() == PDF
    stored = await gateway.store.of(alice.tenant, DOCUMENTS).get(made["id"])
    assert stored is not None
    assert stored.events[-1].name is EventName.EXPIRED
    sequence = stored.sequence
    await retention(gateway).step()
    again = await gateway.store.of(alice.tenant, DOCUMENTS).get(made["id"])
    assert again is not None
    assert again.sequence == sequence, "once"


async def test_what_is_under_way_is_finished_first(gateway: Gateway, alice: Caller) -> None:
    (made,) = await alice.upload()
    await gateway.read(alice, made["id"])
    record = await expiring(gateway, alice, made["id"], -1)
    await retention(gateway).step()
    stored = await gateway.store.of(alice.tenant, DOCUMENTS).get(made["id"])
    assert stored is not None
    assert stored.state is DocumentState.EXTRACTING
    assert await gateway.blobs.info(record.blob) is not None


async def test_extractions_of_the_documind_dialect_outlive_the_document(
    gateway: Gateway, alice: Caller
) -> None:
    ada = client_of(gateway, alice)
    (identity,) = await ada.upload()
    await read(gateway, ada, identity)
    made = await extracted(gateway, ada, identity, {"invoice_number": found("RE-7")})
    await expiring(gateway, alice, identity, -1)
    await retention(gateway).step()
    await ada.refused("POST", f"/extract/{identity}", 404, json={})
    await ada.refused("GET", f"/documents/{identity}/download", 404)
    (item,) = (await ada.call("GET", f"/data/extractions?document_id={identity}"))["items"]
    assert item["id"] == made.id
    assert item["results"]["invoice_number"] == "RE-7"
    reviewed = await ada.call("PUT", f"/review/{made.id}", json={})
    assert reviewed["is_reviewed"] is True


async def test_the_gateway_looks_for_them_by_itself(gateway: Gateway, alice: Caller) -> None:
    (made,) = await alice.upload()
    await gateway.finish(alice, made["id"], total="1.00")
    await expiring(gateway, alice, made["id"], 0.1)
    rescue = RescueService(
        runtime=Runtime(gateway.store, gateway.parts.broker),
        outbox=gateway.outbox,
        metrics=StageMetrics(CollectorRegistry()),
        relay_seconds=1.0,
        sweep_seconds=0.05,
        grace=timedelta(seconds=60),
        alone=False,
        retention=retention(gateway),
    )
    await rescue.start()
    try:
        async with asyncio.timeout(20):
            while True:
                told = await alice.call("GET", f"{DOCUMENTS_PATH}/{made['id']}", 200)
                if told["state"] == "expired":
                    break
                await asyncio.sleep(0.05)
        assert rescue.alive
    finally:
        await rescue.stop(1.0)
