"""``wait``: an answer when all is done, or 202 with the same ids."""

import asyncio
from dataclasses import replace

import aiohttp
from prometheus_client import CollectorRegistry

from services.ingest.app import build_app
from tests.api.harness import (
    DOCUMENTS_PATH,
    PDF,
    Caller,
    Gateway,
    form,
    serving,
)


async def new_documents(caller: Caller, count: int) -> list[str]:
    while True:
        body = await caller.call("GET", DOCUMENTS_PATH, 200)
        ids = [it["id"] for it in body["documents"]]
        if len(ids) == count:
            return ids
        await asyncio.sleep(0.01)


async def test_the_answer_is_200_with_the_fields_once_all_are_done(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    files = [("a.pdf", PDF), ("b.pdf", PDF)]
    request = asyncio.create_task(
        alice.call("POST", DOCUMENTS_PATH, 200, data=form(*files, wait="true"))
    )
    first, second = await new_documents(alice, 2)
    await gateway.finish(alice, first, total="12.30")
    await asyncio.sleep(0.05)
    assert not request.done()
    await gateway.finish(alice, second, total="12.30")
    body = await request
    assert [it["state"] for it in body["documents"]] == ["ready", "ready"]
    field = body["documents"][0]["fields"]["total"]
    assert field == {
        "value": "12.30",
        "raw": "12.30",
        "confidence": 0.9,
        "boxes": [],
        "grounded": True,
        "source": "layout",
        "confirmed": False,
    }
    assert body["documents"][0]["type"] == {"name": "receipt", "confidence": 0.93}
    assert (await bob.call("GET", DOCUMENTS_PATH, 200))["documents"] == []


async def test_after_the_wait_the_answer_is_202_with_the_same_ids(alice: Caller) -> None:
    body = await alice.call("POST", DOCUMENTS_PATH, 202, data=form(("a.pdf", PDF), wait="0.05"))
    (document,) = body["documents"]
    assert document["state"] == "received"
    again = await alice.call("GET", document["links"]["self"], 200)
    assert again["id"] == document["id"]


async def test_a_repeated_call_waits_for_a_document_that_is_done_already(
    gateway: Gateway, alice: Caller
) -> None:
    headers = {"Idempotency-Key": "once"}
    first = await alice.call(
        "POST", DOCUMENTS_PATH, 202, data=form(("a.pdf", PDF)), headers=headers
    )
    await gateway.finish(alice, first["documents"][0]["id"])
    body = await alice.call(
        "POST", DOCUMENTS_PATH, 200, data=form(("a.pdf", PDF), wait="true"), headers=headers
    )
    assert [it["id"] for it in body["documents"]] == [first["documents"][0]["id"]]


async def test_a_document_that_is_deleted_meanwhile_does_not_hold_the_caller(
    gateway: Gateway, alice: Caller
) -> None:
    request = asyncio.create_task(
        alice.call("POST", DOCUMENTS_PATH, 202, data=form(("a.pdf", PDF), wait="2"))
    )
    (identity,) = await new_documents(alice, 1)
    await gateway._settled(alice, identity)
    async with alice.client.delete(f"{DOCUMENTS_PATH}/{identity}") as answer:
        assert answer.status == 204
    body = await request
    assert [it["id"] for it in body["documents"]] == [identity]


async def test_many_wait_at_once_on_one_subscription(gateway: Gateway, alice: Caller) -> None:
    requests = [
        asyncio.create_task(
            alice.call("POST", DOCUMENTS_PATH, 200, data=form(("a.pdf", PDF), wait="true"))
        )
        for _ in range(10)
    ]
    for identity in await new_documents(alice, 10):
        await gateway.finish(alice, identity)
    bodies = await asyncio.gather(*requests)
    assert {it["documents"][0]["state"] for it in bodies} == {"ready"}


async def test_a_wait_does_not_outlive_the_caller(gateway: Gateway, alice: Caller) -> None:
    impatient = aiohttp.ClientTimeout(total=0.3)
    try:
        async with alice.client.post(
            DOCUMENTS_PATH, data=form(("a.pdf", PDF), wait="true"), timeout=impatient
        ):
            pass
    except TimeoutError:
        pass
    (identity,) = await new_documents(alice, 1)
    await gateway.finish(alice, identity)
    body = await alice.call("GET", f"{DOCUMENTS_PATH}/{identity}", 200)
    assert body["state"] == "ready"


async def test_what_was_accepted_stays_so_when_the_store_fails_during_the_wait(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    request = asyncio.create_task(
        alice.call("POST", DOCUMENTS_PATH, 202, data=form(("a.pdf", PDF), wait="1"))
    )
    (identity,) = await new_documents(alice, 1)
    await gateway.store.close()
    body = await request
    assert [it["id"] for it in body["documents"]] == [identity]
    await bob.call("GET", DOCUMENTS_PATH, 503)


async def test_a_gateway_that_is_to_end_lets_the_waiting_go(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    another = replace(
        gateway.parts,
        registry=CollectorRegistry(),
        settings=gateway.settings.model_copy(update={"wait_limit": 3600.0}),
    )
    async with serving(build_app(another)) as url:
        request = asyncio.create_task(
            alice.call("POST", url + DOCUMENTS_PATH, 202, data=form(("a.pdf", PDF), wait="true"))
        )
        (identity,) = await new_documents(alice, 1)
        await asyncio.sleep(0.05)
    body = await request
    assert [it["id"] for it in body["documents"]] == [identity]
    await bob.call("GET", f"{DOCUMENTS_PATH}/{identity}", 404)
