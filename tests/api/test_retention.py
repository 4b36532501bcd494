"""Documents whose time is over: what they were goes, and a tombstone says so."""

import asyncio
import sqlite3
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from shared.blobs.keys import document_prefix
from shared.blobs.port import Blobs
from shared.models.delivery import Delivery
from shared.models.document import Document, DocumentState, EventName
from shared.models.ids import new_id
from shared.models.time import utc_now
from shared.stages.context import Runtime
from shared.stages.indexing import Indexing
from shared.stages.retention import Retention
from shared.stages.services import RescueService
from shared.store.collections import DELIVERIES, DOCUMENTS, EXTRACTIONS
from shared.store.port import Query
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


async def test_everything_goes_and_a_tombstone_stays(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    (made,) = await alice.upload()
    (theirs,) = await bob.upload()
    for caller, document in ((alice, made), (bob, theirs)):
        await gateway.finish(caller, document["id"], total="7.00")
    record = await expiring(gateway, alice, made["id"], -1)
    await expiring(gateway, bob, theirs["id"], 3600)
    prefix = document_prefix(record.organization, record.id)
    files = len(await gateway.blobs.list(prefix))
    assert files
    parts = gateway.parts
    await Indexing(Runtime(parts.store, parts.broker), parts.blobs).step()
    words = {"search": "hello 7.00"}
    for caller in (alice, bob):
        hits = await caller.call("GET", DOCUMENTS_PATH, 200, params=words)
        assert len(hits["documents"]) == 1
    await retention(gateway).step()
    assert (await alice.call("GET", DOCUMENTS_PATH, 200, params=words))["documents"] == []
    assert len((await bob.call("GET", DOCUMENTS_PATH, 200, params=words))["documents"]) == 1
    assert await gateway.blobs.list(prefix) == []
    told = await alice.call("GET", f"{DOCUMENTS_PATH}/{made['id']}", 200)
    assert told["state"] == "expired"
    assert told["fields"] == {}
    assert await gateway.store.of(alice.tenant, EXTRACTIONS).count(Query(), 5) == 0
    tombstone = told["tombstone"]
    assert tombstone["finished"] >= tombstone["begun"]
    assert tombstone["sha256"] == record.sha256
    assert (tombstone["size"], tombstone["pages"]) == (len(PDF), 2)
    assert (tombstone["files"], tombstone["extractions"]) == (files, 1)
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


async def told_of(gateway: Gateway, caller: Caller, document: Document, name: EventName) -> None:
    """A delivery that tells of the document."""
    delivery = Delivery(
        organization=caller.organization,
        workspace=document.workspace,
        document=document.id,
        event=new_id(),
        event_name=name,
        sequence=1,
        subscription="s",
        payload="what was found",
    )
    await gateway.store.of(caller.tenant, DELIVERIES).insert(delivery)


async def test_what_others_were_told_goes_and_that_it_is_gone_is_still_told(
    gateway: Gateway, alice: Caller
) -> None:
    (made,) = await alice.upload(metadata='{"who": "Ada"}')
    await gateway.finish(alice, made["id"], total="7.00")
    record = await expiring(gateway, alice, made["id"], -1)
    for name in (EventName.READY, EventName.EXTRACTED, EventName.EXPIRED):
        await told_of(gateway, alice, record, name)
    await retention(gateway).step()
    left = await gateway.store.of(alice.tenant, DELIVERIES).page(Query(), None, 10)
    assert [it.event_name for it in left] == [EventName.EXPIRED]
    told = await alice.call("GET", f"{DOCUMENTS_PATH}/{made['id']}", 200)
    assert told["tombstone"]["deliveries"] == 2
    assert told["metadata"] == {}


class Dying(BaseException):
    """Stands for the end of the process."""


class DyingBlobs:
    """The blob store of a process that dies as it removes a document's files."""

    def __init__(self, blobs: Blobs, *, after: bool) -> None:
        self._blobs = blobs
        self._after = after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._blobs, name)

    async def delete_all(self, prefix: str) -> int:
        if self._after:
            await self._blobs.delete_all(prefix)
        raise Dying


@pytest.mark.parametrize("after", [False, True])
async def test_a_crash_in_between_is_mended_and_the_numbers_stay_true(
    gateway: Gateway, alice: Caller, *, after: bool
) -> None:
    (made,) = await alice.upload()
    await gateway.finish(alice, made["id"], total="7.00")
    record = await expiring(gateway, alice, made["id"], -1)
    prefix = document_prefix(record.organization, record.id)
    files = len(await gateway.blobs.list(prefix))
    runtime = Runtime(gateway.store, gateway.parts.broker)
    dying = DyingBlobs(gateway.blobs, after=after)
    with pytest.raises(Dying):
        await Retention(runtime, gateway.outbox, dying).step()  # type: ignore[arg-type]
    told = await alice.call("GET", f"{DOCUMENTS_PATH}/{made['id']}", 200)
    assert told["state"] == "expired", "nobody may begin with it any more"
    assert told["tombstone"]["finished"] is None
    refused = await alice.call("POST", f"{DOCUMENTS_PATH}/{made['id']}/reprocess", 409)
    assert refused["code"] == "CONFLICT"
    await gateway.outbox.drain(10.0)
    documents = gateway.store.of(alice.tenant, DOCUMENTS)
    await documents.change(made["id"], lambda it: it.copy_with(outbox=[], announced=it.sequence))
    await retention(gateway).step()
    told = await alice.call("GET", f"{DOCUMENTS_PATH}/{made['id']}", 200)
    assert told["tombstone"]["finished"] is not None
    assert (told["tombstone"]["files"], told["tombstone"]["extractions"]) == (files, 1)
    assert await gateway.blobs.list(prefix) == []


async def test_a_document_that_is_processed_anew_in_that_moment_keeps_its_file(
    gateway: Gateway, alice: Caller
) -> None:
    (made,) = await alice.upload()
    await gateway.finish(alice, made["id"], total="7.00")
    record = await expiring(gateway, alice, made["id"], -1)
    pointers = await gateway.store.backlog.expired(utc_now(), 10)
    assert [it.id for it in pointers] == [made["id"]]
    await alice.call("POST", f"{DOCUMENTS_PATH}/{made['id']}/reprocess", 202)
    for pointer in pointers:  # what the step found a moment before
        assert await retention(gateway)._mark(pointer) is None
    assert await gateway.blobs.info(record.blob) is not None


async def test_a_record_that_cannot_be_read_holds_up_no_other(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    (made,) = await alice.upload()
    (theirs,) = await bob.upload()
    for caller, document, seconds in ((alice, made, -9), (bob, theirs, -1)):
        await gateway.finish(caller, document["id"])
        await expiring(gateway, caller, document["id"], seconds)
    (file,) = gateway.parts.settings.data_dir.glob("*.db")
    with sqlite3.connect(file) as store:
        store.execute("UPDATE documents SET body = '{}' WHERE id = ?", [made["id"]])
    with capture_logs() as logged:
        await retention(gateway).step()
    told = await bob.call("GET", f"{DOCUMENTS_PATH}/{theirs['id']}", 200)
    assert told["state"] == "expired"
    (line,) = [it for it in logged if it["event"] == "not_expired"]
    assert (line["organization"], line["target"]) == (alice.organization, made["id"])
