"""Dead letters over the API: seen by their tenant, replayed once, discarded, many at a pace."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import aiohttp
import pytest
from structlog.testing import capture_logs

from shared.blobs.keys import page_key
from shared.errors import Code
from shared.models.delivery import Delivery, DeliveryAttempt
from shared.models.document import Document, DocumentState, EventName
from shared.models.extraction import Extraction, ExtractionOrder
from shared.models.outbox import OutboxKind
from shared.models.schema import Schema
from shared.models.tenancy import Scope
from shared.models.time import utc_now
from shared.models.work import Problem, Work, WorkState
from shared.stages import failing, lifecycle
from shared.stages.context import Runtime
from shared.stages.retention import Retention
from shared.store.collections import DEAD_LETTERS, DELIVERIES, DOCUMENTS, EXTRACTIONS
from shared.store.port import Query
from tests.api.harness import API, PDF, Caller, Gateway, Json

LETTERS = f"{API}/dead-letters"
CRASHED = Problem(code=Code.CRASHED, detail="The worker process died on this document.")
Change = Callable[[Document], Document]


async def changed(gateway: Gateway, caller: Caller, identity: str, change: Change) -> Document:
    """The document as ``change`` leaves it, its letter written."""
    stored = await gateway.store.of(caller.tenant, DOCUMENTS).change(identity, change)
    assert stored is not None
    await gateway.outbox.carry_out(DOCUMENTS, stored)
    return stored


async def unread(gateway: Gateway, caller: Caller, problem: Problem = CRASHED) -> Document:
    """One whose reading has failed."""
    (made,) = await caller.upload()
    await gateway._settled(caller, made["id"])
    return await changed(
        gateway, caller, made["id"], lambda it: lifecycle.fail(it, problem, utc_now())
    )


async def unfound(gateway: Gateway, caller: Caller) -> Document:
    """One that was read, and on which nothing could be found."""
    (made,) = await caller.upload()
    read = await gateway.read(caller, made["id"])
    work = Work(state=WorkState.FAILED, attempts=1, problem=Problem(code=Code.LLM_REFUSED))
    extraction = Extraction(
        id=lifecycle.extraction_id(read), organization=read.organization, workspace="w",
        document=read.id, revision=1, work=work,
    )  # fmt: skip
    return await changed(
        gateway, caller, read.id, lambda it: lifecycle.settle(it, extraction, utc_now())
    )


async def letters(caller: Caller, **filters: str) -> list[Json]:
    found = await caller.call("GET", LETTERS, 200, params=filters)
    rows: list[Json] = found["dead_letters"]
    return rows


async def now_at(gateway: Gateway, caller: Caller, identity: str) -> Document:
    found = await gateway.store.of(caller.tenant, DOCUMENTS).get(identity)
    assert found is not None
    return found


async def test_a_document_leads_to_its_letter_which_says_all_but_content(
    gateway: Gateway, alice: Caller
) -> None:
    failed = await unread(gateway, alice)
    shown = await alice.call("GET", f"{API}/documents/{failed.id}", 200)
    letter = await alice.call("GET", shown["links"]["dead_letter"], 200)
    assert [letter[it] for it in ("state", "code", "stage", "subject", "document", "detail")] == [
        "open", "CRASHED", "ocr", "document", failed.id, CRASHED.detail,
    ]  # fmt: skip
    assert (letter["trace_id"], letter["audit"]) == (shown["trace_id"], [])
    assert len(letter["trace_id"]) == 32
    assert await letters(alice) == [letter]


async def test_lists_are_paged_and_filtered(gateway: Gateway, alice: Caller) -> None:
    ids = [(await unread(gateway, alice)).id for _ in range(3)]
    last = await unfound(gateway, alice)
    assert [it["document"] for it in await letters(alice)] == [last.id, *reversed(ids)]
    assert [it["document"] for it in await letters(alice, stage="extract")] == [last.id]
    assert [it["code"] for it in await letters(alice, kind="permanent")] == ["LLM_REFUSED"]
    assert len(await letters(alice, code="CRASHED", state="open")) == 3
    assert len(await letters(alice, document=ids[0], workspace=alice.workspace)) == 1
    assert await letters(alice, state="replayed") == []
    assert await letters(alice, created_before="2020-01-01T00:00:00Z") == []
    async with alice.client.get(LETTERS, params={"maxRetrieve": "3"}) as page:
        assert page.headers["X-More-Results-Available"] == "true"
        cursor = page.headers["X-Cursor-ID"]
    (rest,) = await letters(alice, maxRetrieve="3", cursorId=cursor)
    assert rest["document"] == ids[0]
    for name in ("state", "stage", "kind"):
        await alice.call("GET", LETTERS, 400, params={name: "strange"})


async def test_others_neither_see_nor_touch_them(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    failed = await unread(gateway, alice)
    (letter,) = await letters(alice)
    place = letter["links"]["self"]
    assert await letters(bob) == []
    for method, path in (("GET", place), ("POST", f"{place}/replay"), ("POST", f"{place}/discard")):
        await bob.call(method, path, 404)
    for action in ("replay", "discard"):
        told = await bob.call("POST", f"{LETTERS}/{action}", 200, json={"document": failed.id})
        assert told["letters"] == []
    writer = await gateway.another(alice.organization, Scope.READ, Scope.WRITE)
    assert len(await letters(writer)) == 1
    for action in ("replay", "discard"):
        await writer.call("POST", f"{place}/{action}", 403)
        await writer.call("POST", f"{LETTERS}/{action}", 403, json={})
    elsewhere = await gateway.another(alice.organization, workspaces=("other",))
    await elsewhere.call("POST", f"{place}/replay", 404)
    assert (await now_at(gateway, alice, failed.id)).revision == 1


async def test_twenty_replays_at_once_begin_it_once(gateway: Gateway, alice: Caller) -> None:
    failed = await unread(gateway, alice)
    (letter,) = await letters(alice)
    with capture_logs() as logged:
        answers = await asyncio.gather(
            *(alice.call("POST", f"{letter['links']['self']}/replay", 202) for _ in range(20))
        )
    assert {it["state"] for it in answers} == {"replayed"}
    ((closing,),) = {tuple(str(step) for step in it["audit"]) for it in answers}
    (audit,) = answers[0]["audit"]
    assert (audit["what"], str(audit)) == ("replayed", closing)
    (key,) = [it["id"] for it in (await alice.call("GET", f"{API}/keys", 200))["keys"]]
    assert audit["by"] == key
    (line,) = [it for it in logged if it["event"] == "dead_letter_closed"]
    assert (line["letter"], line["by"], line["outcome"]) == (letter["id"], key, "replayed")
    document = await now_at(gateway, alice, failed.id)
    assert (document.revision, document.state) == (2, DocumentState.RECEIVED)
    assert [it.name for it in document.events].count(EventName.RECEIVED) == 2


async def test_what_fails_again_has_a_letter_that_points_at_the_earlier(
    gateway: Gateway, alice: Caller
) -> None:
    failed = await unread(gateway, alice)
    (first,) = await letters(alice)
    await alice.call("POST", f"{first['links']['self']}/replay", 202)
    await gateway._settled(alice, failed.id)
    await changed(gateway, alice, failed.id, lambda it: lifecycle.fail(it, CRASHED, utc_now()))
    second, again = await letters(alice)
    assert (second["state"], again["state"]) == ("open", "replayed")
    assert (second["earlier"], second["links"]["earlier"]) == (first["id"], first["links"]["self"])
    # Asking once more about the first does nothing to the second.
    await alice.call("POST", f"{first['links']['self']}/replay", 202)
    assert (await now_at(gateway, alice, failed.id)).revision == 2


async def test_only_the_search_for_fields_is_done_again_where_pages_are_good(
    gateway: Gateway, alice: Caller
) -> None:
    failed = await unfound(gateway, alice)
    (letter,) = await letters(alice)
    assert (letter["stage"], letter["attempts"]) == ("extract", 1)
    await alice.call("POST", f"{letter['links']['self']}/replay", 202)
    document = await now_at(gateway, alice, failed.id)
    assert (document.state, document.revision, document.pages) == (DocumentState.EXTRACTING, 2, 2)
    names = [it.name for it in document.events][-2:]
    assert names == [EventName.RECEIVED, EventName.READ]
    (page,) = (await alice.call("GET", f"{API}/documents/{failed.id}/pages/1", 200))["lines"]
    assert page["text"] == "page 1 says hello"


async def test_one_whose_pages_are_gone_is_read_again(gateway: Gateway, alice: Caller) -> None:
    failed = await unfound(gateway, alice)
    await gateway.blobs.delete(page_key(failed.organization, failed.id, 1, 1))
    (letter,) = await letters(alice)
    place = letter["links"]["self"]
    await alice.call("POST", f"{place}/replay", 409, json={"from_stage": "extract"})
    await alice.call("POST", f"{place}/replay", 202)
    assert (await now_at(gateway, alice, failed.id)).state is DocumentState.RECEIVED


async def test_it_can_begin_at_its_start_and_later(gateway: Gateway, alice: Caller) -> None:
    failed = await unfound(gateway, alice)
    (letter,) = await letters(alice)
    due = utc_now() + timedelta(hours=1)
    wish = {"from_stage": "start", "not_before": due.isoformat()}
    told = await alice.call("POST", f"{letter['links']['self']}/replay", 202, json=wish)
    assert datetime.fromisoformat(told["audit"][0]["due"]) == due
    document = await now_at(gateway, alice, failed.id)
    assert document.state is DocumentState.RECEIVED
    (job,) = [it for it in document.outbox if it.kind is OutboxKind.JOB]
    assert job.not_before == due


async def test_discarded_ones_stay_as_they_are(gateway: Gateway, alice: Caller) -> None:
    failed = await unread(gateway, alice)
    (letter,) = await letters(alice)
    place = letter["links"]["self"]
    for _ in range(2):
        left = await alice.call("POST", f"{place}/discard", 200)
        assert (left["state"], len(left["audit"])) == ("discarded", 1)
    await alice.call("POST", f"{place}/replay", 409)
    assert (await now_at(gateway, alice, failed.id)).state is DocumentState.FAILED
    assert await letters(alice, state="open") == []
    other = await unread(gateway, alice)
    (open_one,) = await letters(alice, state="open", document=other.id)
    await alice.call("POST", f"{open_one['links']['self']}/replay", 202)
    await alice.call("POST", f"{open_one['links']['self']}/discard", 409)


async def test_who_processes_anew_closes_the_letter_too(gateway: Gateway, alice: Caller) -> None:
    failed = await unread(gateway, alice)
    await alice.call("POST", f"{API}/documents/{failed.id}/reprocess", 202)
    await gateway.outbox.drain()
    (letter,) = await letters(alice)
    assert (letter["state"], letter["audit"][0]["what"]) == ("replayed", "reprocessed")
    shown = await alice.call("GET", f"{API}/documents/{failed.id}", 200)
    assert "dead_letter" not in shown["links"]


async def test_many_are_replayed_at_a_pace(gateway: Gateway, alice: Caller) -> None:
    ids = [(await unread(gateway, alice)).id for _ in range(5)]
    other = await unread(gateway, alice, Problem(code=Code.FILE_ENCRYPTED))
    wish = {"code": "CRASHED", "limit": 3, "per_minute": 2}
    dry = await alice.call("POST", f"{LETTERS}/replay", 200, json={**wish, "dry_run": True})
    assert (dry["dry_run"], len(dry["letters"]), dry["more"]) == (True, 3, True)
    assert len(await letters(alice, state="open")) == 6
    begun = await alice.call("POST", f"{LETTERS}/replay", 200, json=wish)
    assert (begun["letters"], begun["more"]) == (dry["letters"], True)
    rest = await alice.call(
        "POST", f"{LETTERS}/replay", 200, json={**wish, "not_before": begun["next_due"]}
    )
    assert (len(rest["letters"]), rest["more"], rest["left"]) == (2, False, [])
    dues = [
        datetime.fromisoformat(it["audit"][0]["due"])
        for it in reversed(await letters(alice, state="replayed"))
    ]
    assert [it - dues[0] for it in dues] == [timedelta(seconds=30 * n) for n in range(5)]
    assert [(await now_at(gateway, alice, it)).revision for it in (*ids, other.id)] == [2] * 5 + [1]
    nothing = await alice.call("POST", f"{LETTERS}/replay", 200, json=wish)
    assert nothing["letters"] == []
    left = await alice.call("POST", f"{LETTERS}/discard", 200, json={})
    assert len(left["letters"]) == 1
    await alice.call("POST", f"{LETTERS}/replay", 400, json={"per_minute": 0})


async def test_deliveries_and_ordered_extractions_begin_anew(
    gateway: Gateway, alice: Caller
) -> None:
    (made,) = await alice.upload()
    own = {"organization": alice.organization, "workspace": alice.workspace, "document": made["id"]}
    problem = Problem(code=Code.TARGET_REFUSED, detail="The receiver answered 500.")
    tried = DeliveryAttempt(at=utc_now(), status=500, problem=problem)
    delivery = Delivery(
        **own, event="e", event_name=EventName.READY, sequence=1, subscription="s", payload="{}",
        attempts_made=10, log=[tried] * 10, work=Work(state=WorkState.FAILED, problem=problem),
    )  # fmt: skip
    delivery = failing.fail_delivery(delivery, problem, utc_now())
    await gateway.store.of(alice.tenant, DELIVERIES).insert(delivery)
    await gateway.outbox.carry_out(DELIVERIES, delivery)
    order = ExtractionOrder(fields_schema=Schema(name="s"), review_threshold=0.5, channel="x")
    work = Work(state=WorkState.FAILED, attempts=3, problem=CRASHED)
    ordered = Extraction(**own, revision=0, order=order, work=work)  # before it was read again
    failure = failing.failure_of(failing.StageName.EXTRACT, CRASHED, work)
    ordered = failing.die(ordered, failure, utc_now())
    await gateway.store.of(alice.tenant, EXTRACTIONS).insert(ordered)
    await gateway.outbox.carry_out(EXTRACTIONS, ordered)
    found = {it["subject"]: it for it in await letters(alice, document=made["id"])}
    assert (found["delivery"]["attempts"], len(found["delivery"]["tries"])) == (10, 10)
    assert found["delivery"]["links"]["delivery"].endswith(delivery.id)
    for letter in found.values():
        await alice.call(
            "POST", f"{letter['links']['self']}/replay", 409, json={"from_stage": "start"}
        )
        again = await alice.call("POST", f"{letter['links']['self']}/replay", 202)
        assert again["state"] == "replayed"
    sent = await gateway.store.of(alice.tenant, DELIVERIES).get(delivery.id)
    done = await gateway.store.of(alice.tenant, EXTRACTIONS).get(ordered.id)
    assert sent is not None
    assert done is not None
    assert (sent.work.state, sent.attempts_made) == (WorkState.WAITING, 0)
    assert (done.work.state, done.work.attempts) == (WorkState.WAITING, 0)
    assert done.revision == 1


@pytest.mark.parametrize("how", ["delete", "expire"])
async def test_letters_go_with_their_document(gateway: Gateway, alice: Caller, how: str) -> None:
    failed = await unread(gateway, alice)
    if how == "delete":
        await alice.call("DELETE", f"{API}/documents/{failed.id}", 204)
    else:
        over = utc_now() - timedelta(seconds=1)
        told = failed.sequence
        await changed(
            gateway,
            alice,
            failed.id,
            lambda it: it.copy_with(expires=over, outbox=[], announced=told),
        )
        runtime = Runtime(gateway.store, gateway.parts.broker)
        await Retention(runtime, gateway.outbox, gateway.blobs).step()
        assert (await now_at(gateway, alice, failed.id)).tombstone is not None
    assert await gateway.store.across(DEAD_LETTERS).page(Query(), None, 10) == []


async def test_a_trace_given_by_the_caller_is_kept_and_a_bad_one_is_not(
    gateway: Gateway, alice: Caller
) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    form = aiohttp.FormData()
    form.add_field("files", PDF, filename="a.pdf")
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01", "X-Request-ID": "mine"}
    made = await alice.call("POST", f"{API}/documents", 202, data=form, headers=headers)
    document = made["documents"][0]
    assert document["trace_id"] == trace
    stored = await now_at(gateway, alice, document["id"])
    assert not stored.trace.startswith(headers["traceparent"]), "the step is our own"
    bad = {"traceparent": f"00-{'0' * 32}-b7ad6b7169203331-01"}
    form = aiohttp.FormData()
    form.add_field("files", PDF, filename="a.pdf")
    other = await alice.call("POST", f"{API}/documents", 202, data=form, headers=bad)
    assert other["documents"][0]["trace_id"] not in {trace, "0" * 32, None}
    refused = await alice.call("GET", f"{LETTERS}/x", 404, headers=headers)
    assert refused["request_id"] == "mine"
