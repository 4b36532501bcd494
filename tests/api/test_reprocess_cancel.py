"""Calling documents off and processing them anew, in every state, while workers are at them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from shared.models.document import Document, DocumentState, EventName
from shared.models.extraction import Extraction, Field, ReviewReason, TypeGuess
from shared.models.tenancy import Scope
from shared.models.time import utc_now
from shared.models.work import Problem, WorkState
from shared.stages import lifecycle
from shared.stages.context import Limits, Runtime
from shared.stages.extracting import Extracted
from shared.stages.job import JobContext
from shared.stages.reading import PartRead
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Query
from tests.api.harness import Caller, Gateway, Json
from tests.unit.stage_bench import Bench, FieldStage

FIELDS = {"invoice": ("total_amount", "1.00"), "receipt": ("total", "2.00")}


class Typed(FieldStage):
    """Finds one field, which depends on the type that was asked for; else an invoice's."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.go = asyncio.Event(), asyncio.Event()
        self.go.set()
        self.modes: list[str] = []

    async def run(self, record: Extraction, context: JobContext[Extraction]) -> Extracted:
        self.calls += 1
        self.modes.append(record.mode.value)
        self.began.set()
        await self.go.wait()
        kind = record.requested_type or "invoice"
        name, value = FIELDS[kind]
        found = {name: Field(value=value, raw=value, confidence=0.9)}
        return Extracted(TypeGuess(name=kind, confidence=0.9), "test/1", found, self.reasons)


class Stages:
    """The stages ocr and extract beside the gateway; each can be held up."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.extract = Typed()
        bench.extract = self.extract
        bench.read.script = [self._read]
        self.began, self.go = asyncio.Event(), asyncio.Event()
        self.go.set()

    async def _read(self, record: Document, context: JobContext[Document]) -> PartRead:
        self.began.set()
        await self.go.wait()
        return PartRead(pages_done=1, pages=1)


@pytest.fixture
async def stages(gateway: Gateway) -> AsyncIterator[Stages]:
    limits = Limits(lease=timedelta(seconds=2.0), beat=0.2, max_attempts=3)
    bench = Bench(Runtime(gateway.store, gateway.parts.broker, limits))
    stages = Stages(bench)
    await bench.start()
    yield stages
    stages.go.set()
    stages.extract.go.set()
    await bench.stop(0.2)


async def until(caller: Caller, document: Json, *states: str) -> Json:
    async with asyncio.timeout(30):
        while True:
            found: Json = await caller.call("GET", document["links"]["self"], 200)
            if found["state"] in states:
                return found
            await asyncio.sleep(0.02)


async def in_state(stages: Stages, gateway: Gateway, caller: Caller, state: str) -> Json:
    """A document in that state; an open one is held there by a worker at it."""
    if state == "reading":
        stages.go.clear()
    elif state == "extracting":
        stages.extract.go.clear()
    elif state in {"needs_review", "rejected"}:
        stages.extract.reasons = [ReviewReason(code="low_confidence", field="total_amount")]
    (made,) = await caller.upload()
    if state == "reading":
        await stages.began.wait()
        return await until(caller, made, "reading")
    if state == "extracting":
        await stages.extract.began.wait()
        return await until(caller, made, "extracting")
    document = await until(caller, made, "ready", "needs_review")
    if state == "rejected":
        return await caller.call("POST", made["links"]["review"], 200, json={"verdict": "reject"})
    if state in {"failed", "cancelled", "expired"}:
        await _end(gateway, caller, made["id"], state)
        return await caller.call("GET", made["links"]["self"], 200)
    assert document["state"] == state
    return document


async def _end(gateway: Gateway, caller: Caller, identity: str, state: str) -> None:
    """As if it had come to this end before anything was found."""
    record = await gateway._settled(caller, identity)
    open_again = record.copy_with(state=DocumentState.READING, extraction=None, type=None)
    if state == "failed":
        ended = lifecycle.fail(open_again, Problem(code="CRASHED"), utc_now())
    elif state == "cancelled":
        ended = lifecycle.cancel(open_again, utc_now())
    else:
        ended = open_again.copy_with(state=DocumentState.EXPIRED)
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    assert await documents.replace(ended) is not None


async def extractions(gateway: Gateway, caller: Caller, identity: str) -> list[Extraction]:
    found = gateway.store.of(caller.tenant, EXTRACTIONS)
    return await found.page(Query({"document": identity}), None, 10)


async def names(gateway: Gateway, caller: Caller, identity: str) -> list[EventName]:
    record = await gateway.store.of(caller.tenant, DOCUMENTS).get(identity)
    assert record is not None
    assert [it.sequence for it in record.events] == list(range(1, record.sequence + 1))
    return [it.name for it in record.events]


@pytest.mark.parametrize("state", ["reading", "extracting"])
async def test_what_a_worker_is_at_can_be_cancelled_and_its_commit_is_refused(
    stages: Stages, gateway: Gateway, alice: Caller, state: str
) -> None:
    document = await in_state(stages, gateway, alice, state)
    path = f"{document['links']['self']}/cancel"
    cancelled = await alice.call("POST", path, 200)
    assert cancelled["state"] == "cancelled"
    stages.go.set()  # at once: the worker comes to its commit before its next heartbeat
    stages.extract.go.set()
    async with asyncio.timeout(30):
        while "lease_lost" not in stages.bench.outcomes:
            await asyncio.sleep(0.02)
    after = await alice.call("GET", document["links"]["self"], 200)
    assert (after["state"], after["fields"]) == ("cancelled", {})
    assert after["sequence"] == cancelled["sequence"]
    assert (await names(gateway, alice, document["id"]))[-1] is EventName.CANCELLED
    found = await extractions(gateway, alice, document["id"])
    assert [(it.work.state, it.fields) for it in found] == [(WorkState.CANCELLED, {})][: len(found)]
    assert len(found) == (state == "extracting")
    assert await alice.call("POST", path, 200) == after


@pytest.mark.parametrize("state", ["ready", "needs_review", "failed", "rejected", "expired"])
async def test_what_is_over_cannot_be_cancelled(
    stages: Stages, gateway: Gateway, alice: Caller, state: str
) -> None:
    document = await in_state(stages, gateway, alice, state)
    body = await alice.call("POST", f"{document['links']['self']}/cancel", 409)
    assert (body["code"], body["detail"]) == ("CONFLICT", f"The document is {state}.")
    assert await alice.call("GET", document["links"]["self"], 200) == document


@pytest.mark.parametrize(
    "state", ["reading", "extracting", "ready", "needs_review", "failed", "cancelled", "rejected"]
)
async def test_a_document_in_any_state_can_be_processed_as_another_type(
    stages: Stages, gateway: Gateway, alice: Caller, state: str
) -> None:
    document = await in_state(stages, gateway, alice, state)
    stages.extract.reasons = []
    path = f"{document['links']['self']}/reprocess"
    begun = await alice.call("POST", path, 202, json={"type": "receipt"})
    assert (begun["revision"], begun["fields"], begun["error"]) == (2, {}, None)
    assert begun["review"]["done"] is False
    assert begun["sequence"] == document["sequence"] + 1
    stages.go.set()
    stages.extract.go.set()
    done = await until(alice, document, "ready")
    assert (done["revision"], done["type"]["name"]) == (2, "receipt")
    assert {name: it["value"] for name, it in done["fields"].items()} == {"total": "2.00"}
    told = await names(gateway, alice, document["id"])
    assert told[document["sequence"] :] == [
        EventName.RECEIVED,
        EventName.READ,
        EventName.CLASSIFIED,
        EventName.EXTRACTED,
        EventName.READY,
    ]
    assert done["sequence"] == len(told)
    assert done["pages_done"] == 1


async def test_an_expired_document_is_not_processed_anew(
    stages: Stages, gateway: Gateway, alice: Caller
) -> None:
    document = await in_state(stages, gateway, alice, "expired")
    body = await alice.call("POST", f"{document['links']['self']}/reprocess", 409)
    assert (body["code"], body["detail"]) == ("CONFLICT", "The document has expired.")


async def test_the_fields_of_each_revision_stay_apart(
    stages: Stages, gateway: Gateway, alice: Caller
) -> None:
    (made,) = await alice.upload(type="invoice")
    first = await until(alice, made, "ready")
    assert first["fields"]["total_amount"]["value"] == "1.00"
    path = f"{made['links']['self']}/reprocess"
    for wish, kind in (({}, "invoice"), ({"type": "receipt"}, "receipt"), ({}, "receipt"),
                       ({"type": None}, "invoice")):  # fmt: skip
        await alice.call("POST", path, 202, json=wish)
        done = await until(alice, made, "ready")
        assert done["type"]["name"] == kind
        assert list(done["fields"]) == [FIELDS[kind][0]]
    record = await gateway.store.of(alice.tenant, DOCUMENTS).get(made["id"])
    assert record is not None
    assert (record.revision, record.requested_type) == (5, None)
    found = await extractions(gateway, alice, made["id"])
    assert sorted(it.revision for it in found) == [1, 2, 3, 4, 5]
    assert {it.work.state for it in found} == {WorkState.DONE}


async def test_reprocessing_asked_for_twice_at_a_time_ends_once(
    stages: Stages, gateway: Gateway, alice: Caller
) -> None:
    document = await in_state(stages, gateway, alice, "ready")
    path = f"{document['links']['self']}/reprocess"
    await asyncio.gather(*(alice.call("POST", path, 202) for _ in range(4)))
    done = await until(alice, document, "ready")
    assert done["revision"] == 5
    told = await names(gateway, alice, document["id"])
    assert told.count(EventName.READY) == 2
    assert told[-1] is EventName.READY


async def test_each_mode_can_be_asked_for_and_stays(
    stages: Stages, gateway: Gateway, alice: Caller
) -> None:
    document = await in_state(stages, gateway, alice, "ready")
    path = f"{document['links']['self']}/reprocess"
    wishes: list[dict[str, str]] = [{"mode": "vlm"}, {}, {"mode": "llm"}, {"mode": "basic"}]
    for wish in wishes:
        await alice.call("POST", path, 202, json=wish)
        await until(alice, document, "ready")
    assert stages.extract.modes == ["advanced", "vlm", "vlm", "llm", "basic"]


async def test_there_are_no_other_modes_and_types(
    stages: Stages, gateway: Gateway, alice: Caller
) -> None:
    document = await in_state(stages, gateway, alice, "ready")
    path = f"{document['links']['self']}/reprocess"
    for wish, status, code in (
        ({"mode": "best"}, 400, "BAD_REQUEST"),
        ({"type": "passport"}, 422, "UNKNOWN_TYPE"),
    ):
        assert (await alice.call("POST", path, status, json=wish))["code"] == code
    assert (await alice.call("GET", document["links"]["self"], 200))["revision"] == 1
    await alice.call("POST", path, 202, json={"mode": "advanced"})


async def test_others_cannot_change_it(
    stages: Stages, gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    document = await in_state(stages, gateway, alice, "ready")
    reader = await gateway.another(alice.organization, Scope.READ)
    for action in ("cancel", "reprocess"):
        path = f"{document['links']['self']}/{action}"
        assert (await bob.call("POST", path, 404))["code"] == "NOT_FOUND"
        assert (await reader.call("POST", path, 403))["code"] == "NOT_ENOUGH_PERMISSIONS"
    assert await alice.call("GET", document["links"]["self"], 200) == document
