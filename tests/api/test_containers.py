"""Messages and archives over the API: what becomes of them and of what was in them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from shared.models.document import DocumentState
from shared.models.source_email import SourceEmail
from shared.models.time import utc_now
from shared.models.work import StageName
from shared.stages import lifecycle
from shared.stages.context import Runtime
from shared.stages.retention import Retention
from shared.stages.services import StageService
from shared.store.collections import DOCUMENTS
from tests.api.containers import sent, stored, taken_apart, unpacking, zipped
from tests.api.documind_client import client_of as documind
from tests.api.harness import DOCUMENTS_PATH, Caller, Gateway, form
from tests.samples.mails import PDF, PNG, attached, mail, text_part

OTHER_PDF = PDF + b"% another\n"
MESSAGE = mail(text_part(), attached("a.pdf"), attached("b.exe", b"MZ" + bytes(100)))


@pytest.fixture
async def unpack(gateway: Gateway) -> AsyncIterator[StageService]:
    async with unpacking(gateway) as stage:
        yield stage


async def test_a_message_becomes_documents_that_know_it(
    gateway: Gateway, alice: Caller, bob: Caller, unpack: StageService
) -> None:
    wishes = {"reference": "PO-1", "metadata": '{"a": 1}', "type": "invoice"}
    made = await sent(alice, "m.bin", MESSAGE, **wishes)
    assert (made["media_type"], made["container"]["kind"]) == ("message/rfc822", "email")
    seen = await taken_apart(alice, made)
    assert seen["state"] == "ready"
    email = seen["source_email"]
    assert (email["sender"], email["subject"]) == (
        "Ann Sender <ann@supplier.example>", "Invoice 7",
    )  # fmt: skip
    assert email["date"] == "2024-03-05T09:00:00.000Z"
    (left_out,) = seen["container"]["left_out"]
    assert (left_out["name"], left_out["code"]) == ("b.exe", "FILE_TYPE_NOT_SUPPORTED")
    (child,) = seen["container"]["children"]
    assert (child["name"], child["state"]) == ("a.pdf", "received")
    document = await alice.call("GET", child["links"]["self"], 200)
    assert (document["parent"], document["source_email"]) == (made["id"], email)
    assert (document["reference"], document["metadata"]) == ("PO-1", {"a": 1})
    assert (await stored(gateway, alice, child["id"])).requested_type == "invoice"
    listed = await alice.call("GET", seen["links"]["children"], 200)
    assert [it["id"] for it in listed["documents"]] == [child["id"]]
    assert document["links"]["parent"] == made["links"]["self"]
    assert (await bob.call("GET", seen["links"]["children"], 200))["documents"] == []
    names = [it.name.value for it in (await stored(gateway, alice, made["id"])).events]
    assert names == ["document.received", "document.ready"]
    assert list(gateway.settings.spool.iterdir()) == []


async def test_facts_known_from_the_delivery_go_before_the_header_s(
    gateway: Gateway, alice: Caller
) -> None:
    made = await sent(alice, "m.eml", mail(text_part(), attached("a.pdf")))
    record = await stored(gateway, alice, made["id"])
    known = SourceEmail(sender="proved@supplier.example", authenticated=False, door="smtp")
    await gateway.store.of(alice.tenant, DOCUMENTS).change(
        record.id, lambda it: it.copy_with(source_email=known)
    )
    async with unpacking(gateway):
        seen = await taken_apart(alice, made)
    for email in (seen["source_email"], await child_email(alice, seen)):
        assert (email["sender"], email["door"]) == ("proved@supplier.example", "smtp")
        assert (email["authenticated"], email["subject"]) == (False, "Invoice 7")


async def child_email(caller: Caller, container: dict) -> dict:  # type: ignore[type-arg]
    (child,) = container["container"]["children"]
    return (await caller.call("GET", child["links"]["self"], 200))["source_email"]


async def test_without_attachments_the_text_is_the_document(
    alice: Caller, unpack: StageService
) -> None:
    for message in (
        mail(text_part("Total: 12 EUR")),
        mail(text_part("Total"), attached("b", b"MZ")),
    ):
        seen = await taken_apart(alice, await sent(alice, "m.eml", message))
        assert [it["name"] for it in seen["container"]["children"]] == ["Invoice 7.txt"]


async def test_nothing_to_take_is_rejected_and_what_cannot_be_opened_fails(
    alice: Caller, unpack: StageService
) -> None:
    locked = bytearray(zipped(("a.pdf", PDF)))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    for name, content, state, code in (
        ("m.eml", mail(text_part(" ")), "rejected", "CONTAINER_EMPTY"),
        ("z.zip", zipped(("a.exe", b"MZ" + bytes(9))), "rejected", "FILE_TYPE_NOT_SUPPORTED"),
        ("z.zip", zipped(("a", b"MZ"), ("b", b"")), "rejected", "CONTAINER_EMPTY"),
        (
            "z.zip",
            zipped(*((f"{it}", PDF) for it in range(2001))),
            "rejected",
            "CONTAINER_TOO_MANY",
        ),
        ("z.zip", bytes(locked), "failed", "FILE_ENCRYPTED"),
        ("z.zip", zipped(("a.pdf", PDF))[:-9], "failed", "FILE_CORRUPT"),
    ):
        seen = await taken_apart(alice, await sent(alice, name, content))
        assert (seen["state"], seen["error"]["code"]) == (state, code)
        assert seen["container"]["children"] == []


async def test_waiting_for_a_container_waits_for_what_is_in_it(
    gateway: Gateway, alice: Caller, unpack: StageService
) -> None:
    content = zipped(("a.pdf", PDF), ("b.pdf", OTHER_PDF))
    call = alice.call("POST", DOCUMENTS_PATH, 200, data=form(("z.zip", content), wait="10"))
    waiting = asyncio.create_task(call)
    documents = gateway.store.of(alice.tenant, DOCUMENTS)
    async with asyncio.timeout(10):
        while len(children := await _children(gateway, alice)) < 2:
            await asyncio.sleep(0.02)
    for number, child in enumerate(children):
        assert not waiting.done()
        now = await gateway.store.now()
        ended = await documents.change(child, lambda it: lifecycle.cancel(it, now))  # noqa: B023
        assert ended is not None
        gateway.outbox.nudge(DOCUMENTS, ended)
        if number == 0:
            await asyncio.sleep(0.2)
    body = await waiting
    listed = body["documents"][0]["container"]["children"]
    assert [it["state"] for it in listed] == ["cancelled", "cancelled"]
    body = await alice.call(
        "POST", DOCUMENTS_PATH, 202, data=form(("z.zip", zipped(("c.pdf", PDF))), wait="0.5")
    )
    assert body["documents"][0]["state"] in {"ready", "received"}


async def _children(gateway: Gateway, caller: Caller) -> list[str]:
    body = await caller.call("GET", DOCUMENTS_PATH, 200)
    return [it["id"] for it in body["documents"] if it["parent"]]


async def test_removing_a_container_removes_what_was_in_it(
    gateway: Gateway, alice: Caller, unpack: StageService
) -> None:
    kept = await sent(alice, "k.eml", mail(attached("k.pdf", OTHER_PDF)))
    made = await sent(alice, "m.eml", MESSAGE)
    seen, kept = await taken_apart(alice, made), await taken_apart(alice, kept)
    await alice.call("DELETE", made["links"]["self"], 204)
    await alice.call("GET", seen["container"]["children"][0]["links"]["self"], 404)
    left = {it["id"] for it in (await alice.call("GET", DOCUMENTS_PATH, 200))["documents"]}
    assert left == {kept["id"], kept["container"]["children"][0]["id"]}
    blobs = await gateway.blobs.list(f"{alice.organization}/")
    assert {it.key.split("/")[1] for it in blobs} == left
    await alice.call("DELETE", kept["container"]["children"][0]["links"]["self"], 204)
    seen = await alice.call("GET", kept["links"]["self"], 200)
    assert [it["state"] for it in seen["container"]["children"]] == [None]


async def test_unpacking_anew_makes_only_what_is_missing(
    gateway: Gateway, alice: Caller, unpack: StageService
) -> None:
    made = await sent(alice, "z.zip", zipped(("a.pdf", PDF), ("b.png", PNG)))
    before = (await taken_apart(alice, made))["container"]["children"]
    await alice.call("DELETE", before[0]["links"]["self"], 204)
    await alice.call("POST", f"{made['links']['self']}/reprocess", 202)
    after = (await taken_apart(alice, made))["container"]["children"]
    assert [it["id"] for it in after] == [it["id"] for it in before]
    assert [it["state"] for it in after] == ["received", "received"]
    assert (await stored(gateway, alice, before[1]["id"])).revision == 1


async def test_calling_off_a_container_calls_off_what_is_open_of_it(
    gateway: Gateway, alice: Caller
) -> None:
    made = await sent(alice, "m.eml", MESSAGE)
    seen = await alice.call("POST", f"{made['links']['self']}/cancel", 200)
    assert seen["state"] == "cancelled"
    async with unpacking(gateway):
        made = await sent(alice, "n.eml", MESSAGE)
        seen = await taken_apart(alice, made)
        seen = await alice.call("POST", f"{made['links']['self']}/cancel", 200)
        assert seen["state"] == "ready"
        assert [it["state"] for it in seen["container"]["children"]] == ["cancelled"]
        await alice.call("POST", f"{made['links']['self']}/cancel", 409)


async def test_unpacking_that_was_broken_off_makes_none_twice_and_loses_none(
    gateway: Gateway, alice: Caller
) -> None:
    content = zipped(("a.pdf", PDF), ("b.pdf", OTHER_PDF), ("c.png", PNG))
    made = await sent(alice, "z.zip", content)
    async with unpacking(gateway, "unpack.child=sleep:60@2"):
        async with asyncio.timeout(15):
            while len(await _children(gateway, alice)) < 2:
                await asyncio.sleep(0.02)
        stranded = await stored(gateway, alice, made["id"])
        assert stranded.state is DocumentState.RECEIVED
    async with unpacking(gateway):
        seen = await taken_apart(alice, made)
    children = [it["id"] for it in seen["container"]["children"]]
    assert len(children) == 3
    assert sorted(await _children(gateway, alice)) == sorted(children)
    keys = [it.key for it in await gateway.blobs.list(f"{alice.organization}/")]
    assert len(keys) == 4


async def test_a_container_removed_while_it_is_unpacked_leaves_nothing(
    gateway: Gateway, alice: Caller
) -> None:
    async with unpacking(gateway, "unpack.child=sleep:1@1"):
        made = await sent(alice, "z.zip", zipped(("a.pdf", PDF), ("b.pdf", OTHER_PDF)))
        async with asyncio.timeout(15):
            while not await _children(gateway, alice):
                await asyncio.sleep(0.02)
            await alice.call("DELETE", made["links"]["self"], 204)
            await asyncio.sleep(1.2)
            while await gateway.blobs.list(f"{alice.organization}/"):
                await asyncio.sleep(0.02)
    assert (await alice.call("GET", DOCUMENTS_PATH, 200))["documents"] == []


async def test_the_stage_s_listings_show_containers_alone(
    gateway: Gateway, alice: Caller, unpack: StageService
) -> None:
    await sent(alice, "a.pdf", PDF)
    made = await taken_apart(alice, await sent(alice, "m.eml", mail(attached("b.pdf", OTHER_PDF))))
    jobs = await alice.call("GET", f"/admin/{StageName.UNPACK}/jobs", 200)
    assert [(it["document"], it["state"]) for it in jobs["jobs"]] == [(made["id"], "done")]
    results = await alice.call("GET", f"/admin/{StageName.UNPACK}/results", 200)
    assert [it["document"] for it in results["results"]] == [made["id"]]
    reading = await alice.call("GET", f"/admin/{StageName.OCR}/jobs", 200)
    assert made["id"] not in [it["document"] for it in reading["jobs"]]


async def test_a_mailbox_has_no_sender_and_its_messages_have(
    alice: Caller, unpack: StageService
) -> None:
    mark = b"From ann@x.example Tue Mar 05 09:00:00 2024\n"
    two = mark + mail(attached("a.pdf")) + b"\n" + mark + mail(attached("b.pdf", OTHER_PDF))
    seen = await taken_apart(alice, await sent(alice, "in.mbox", two))
    assert (seen["source_email"], len(seen["container"]["children"])) == (None, 2)
    for child in seen["container"]["children"]:
        document = await alice.call("GET", child["links"]["self"], 200)
        assert document["source_email"]["subject"] == "Invoice 7"


async def test_documind_takes_none(gateway: Gateway, alice: Caller) -> None:
    ada = documind(gateway, alice)
    for name, content in (("a.eml", MESSAGE), ("a.zip", zipped(("a.pdf", PDF)))):
        detail = await ada.refused("POST", "/upload", 400, data=form((name, content)))
        assert "supported formats" in detail
    assert (await ada.call("GET", "/documents"))["total"] == 0


async def test_children_expire_with_their_container_each_by_itself(
    gateway: Gateway, alice: Caller, unpack: StageService
) -> None:
    moment = utc_now() + timedelta(seconds=60)
    made = await sent(alice, "m.eml", MESSAGE, expires=moment.isoformat())
    seen = await taken_apart(alice, made)
    (child,) = seen["container"]["children"]
    told = await alice.call("GET", child["links"]["self"], 200)
    assert told["expires"] == seen["expires"] is not None
    documents = gateway.store.of(alice.tenant, DOCUMENTS)
    over = utc_now() - timedelta(seconds=1)
    await documents.change(
        made["id"], lambda it: it.copy_with(expires=over, outbox=[], announced=it.sequence)
    )
    await Retention(
        Runtime(gateway.store, gateway.parts.broker), gateway.outbox, gateway.blobs
    ).step()
    gone = await alice.call("GET", made["links"]["self"], 200)
    assert (gone["state"], gone["source_email"], gone["container"]["left_out"]) == (
        "expired",
        None,
        [],
    )
    assert gone["container"]["children"][0]["state"] == "received"
