"""Documents by URL: what is accepted, at once, and what is refused."""

import asyncio

import pytest

from shared.models.work import Lane, WorkState
from shared.store.collections import DOCUMENTS
from shared.store.port import Query
from tests.api.harness import API, DOCUMENTS_PATH, PDF, Caller, Gateway, Json
from tests.api.origin import Origin
from tests.api.urls.fetching import fetched, fetching, post, record


async def test_a_url_is_accepted_at_once_and_its_record_durable(
    gateway: Gateway, alice: Caller, bob: Caller, origin: Origin
) -> None:
    url = origin.serve("/in/invoice%207.pdf?sig=a%2Fb", PDF)
    document = await post(alice, url, reference="r-1", metadata={"a": [1]}, priority="low")
    assert (document["state"], document["url"]) == ("received", url)
    assert document["name"] == "invoice 7.pdf"
    assert [document[it] for it in ("media_type", "size", "sha256", "pages")] == [None] * 4
    assert (document["reference"], document["metadata"]) == ("r-1", {"a": [1]})
    assert origin.requests == [], "nobody fetches here yet"
    stored = await record(gateway, alice, document["id"])
    assert stored.source is not None
    assert (stored.source.url, stored.lane) == (url, Lane.LOW)
    assert "original" not in document["links"]
    for link in ("self", "collection", "pages", "text"):
        await alice.call("GET", document["links"][link], 200)
    await bob.call("GET", document["links"]["self"], 404)
    assert (await bob.call("GET", DOCUMENTS_PATH, 200))["documents"] == []


async def test_the_file_comes_through_the_door_and_is_read(
    gateway: Gateway, alice: Caller, bob: Caller, origin: Origin, fetch: None
) -> None:
    made = await post(alice, origin.serve("/a.pdf", PDF), type="receipt")
    document = await fetched(gateway, alice, made["id"])
    shown = await alice.call("GET", made["links"]["self"], 200)
    uploaded, *_ = await alice.upload(PDF)
    for name in ("media_type", "size", "sha256"):
        assert shown[name] == uploaded[name] is not None
    assert document.requested_type == "receipt"
    assert [it.work.state for it in document.parts] == [WorkState.WAITING]
    assert [it.name.value for it in document.events] == ["document.received"]
    async with alice.client.get(shown["links"]["original"]) as answer:
        assert (await answer.read(), answer.content_type) == (PDF, "application/pdf")
    assert list(gateway.settings.spool.iterdir()) == []
    await gateway.finish(alice, made["id"], total="12.30")
    done = await alice.call("GET", made["links"]["self"], 200)
    assert (done["state"], done["fields"]["total"]["value"]) == ("ready", "12.30")
    await bob.call("GET", shown["links"]["original"], 404)


async def test_wait_is_answered_when_the_document_is_done(
    gateway: Gateway, alice: Caller, bob: Caller, origin: Origin, fetch: None
) -> None:
    url = origin.serve("/a.pdf", PDF)
    request = asyncio.create_task(post(alice, url, status=200, wait=True))
    async with asyncio.timeout(10):
        while not (await alice.call("GET", DOCUMENTS_PATH, 200))["documents"]:
            await asyncio.sleep(0.01)
    (listed,) = (await alice.call("GET", DOCUMENTS_PATH, 200))["documents"]
    await fetched(gateway, alice, listed["id"])
    await gateway.finish(alice, listed["id"], total="1.00")
    assert (await request)["state"] == "ready"
    assert (await post(bob, url, wait=0.05))["state"] == "received"
    failed = await post(bob, origin.url("/none.pdf"), status=200, wait=True)
    assert (failed["state"], failed["error"]["code"]) == ("failed", "FETCH_REFUSED")


async def test_the_same_key_and_url_give_the_same_document(
    gateway: Gateway, alice: Caller, bob: Caller, origin: Origin
) -> None:
    url, headers = origin.serve("/a.pdf", PDF), {"Idempotency-Key": "k"}

    async def send(caller: Caller, body: Json, status: int = 202) -> Json:
        return await caller.call("POST", DOCUMENTS_PATH, status, json=body, headers=headers)

    bodies = await asyncio.gather(*(send(alice, {"url": url}) for _ in range(20)))
    assert len({it["documents"][0]["id"] for it in bodies}) == 1
    other = await send(bob, {"url": url})
    assert other["documents"][0]["id"] != bodies[0]["documents"][0]["id"]
    body = await send(alice, {"url": origin.url("/b.pdf")}, 409)
    assert body["code"] == "IDEMPOTENCY_KEY_REUSED"
    async with fetching(gateway):
        await fetched(gateway, alice, bodies[0]["documents"][0]["id"])
    again = await send(alice, {"url": url})
    assert again["documents"][0]["id"] == bodies[0]["documents"][0]["id"]


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/a.pdf", "file:///etc/passwd", "https://user:pw@example.com/a.pdf",
     "http://127.0.0.1/a.pdf", "http://[::1]/a.pdf", "http://169.254.169.254/latest/meta-data",
     "http://2130706433/a.pdf", "http://0x7f.1/a.pdf", "http://8.8.8.8:22/a.pdf", "example.com/a",
     "http://[::ffff:10.0.0.1]/a.pdf", "http:///a.pdf", "http://1:2:3/a.pdf"],
)  # fmt: skip
async def test_what_can_never_be_fetched_is_refused_at_once(
    url: str, gateway: Gateway, alice: Caller
) -> None:
    body = await alice.call("POST", DOCUMENTS_PATH, 422, json={"url": url})
    assert body["code"] == "TARGET_BLOCKED"
    assert await gateway.store.of(alice.tenant, DOCUMENTS).page(_ALL, None, 1) == []


_ALL = Query()


@pytest.mark.parametrize(
    "body",
    [{}, {"url": ""}, {"url": None}, {"url": 7}, {"url": "https://e.example/" + "x" * 8000},
     {"url": "https://e.example/", "file": "x"}, {"url": "https://e.example/", "wait": "later"},
     {"url": "https://e.example/", "wait": -1}, {"url": "https://e.example/", "metadata": "x"},
     {"url": "https://e.example/", "priority": "high"},
     {"url": "https://e.example/", "mode": "best"},
     {"url": "https://e.example/", "expires": "2001-01-01"},
     {"url": "https://e.example/", "metadata": {"a": "x" * 20_000}},
     {"url": "https://e.example/", "reference": "x" * 300}, [], "https://e.example/"],
)  # fmt: skip
async def test_a_body_that_is_no_order_is_a_bad_request(body: object, alice: Caller) -> None:
    answer = await alice.call("POST", DOCUMENTS_PATH, 400, json=body)
    assert answer["code"] == "BAD_REQUEST"


async def test_workspace_and_type_are_those_of_the_organization(
    alice: Caller, bob: Caller, origin: Origin
) -> None:
    url = origin.url("/a.pdf")
    made = await alice.call("POST", f"{API}/workspaces", 201, json={"name": "mail"})
    assert (await post(alice, url, workspace="mail"))["workspace"] == made["id"]
    for wish, code in (
        ({"workspace": made["id"]}, "UNKNOWN_WORKSPACE"),
        ({"type": "no such"}, "UNKNOWN_TYPE"),
    ):
        body = await bob.call("POST", DOCUMENTS_PATH, 422, json={"url": url, **wish})
        assert body["code"] == code
