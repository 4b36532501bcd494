"""Documents by URL: accepted at once, fetched by the stage beside the gateway."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from services.ingest.__main__ import build_fetch
from shared.config import Settings
from shared.models.document import Document
from shared.models.work import Lane, StageName, WorkState
from shared.process import Process
from shared.stages import job as jobs
from shared.stages.context import Limits, Runtime
from shared.stages.failpoints import Failpoints
from shared.stages.relay import Relay
from shared.stages.retry import RetryPolicy
from shared.stages.services import StageService
from shared.store.collections import DOCUMENTS
from shared.store.port import Query
from shared.telemetry.metrics import IntakeMetrics
from shared.telemetry.stage_metrics import StageMetrics
from tests.api.harness import API, DOCUMENTS_PATH, PDF, PNG, SECRET, Caller, Gateway, Json, running
from tests.api.origin import NETWORK, Canary, Origin, running_canary, running_origin

MAX_BYTES = 1024 * 1024


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    async with running_origin() as origin:
        yield origin


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=tmp_path,
        max_file_bytes=MAX_BYTES,
        wait_limit=10.0,
        allow_private_targets=NETWORK,
    )


@pytest.fixture
async def gateway(settings: Settings) -> AsyncIterator[Gateway]:
    async with running(settings) as gateway:
        yield gateway


@asynccontextmanager
async def fetching(gateway: Gateway, attempts: int = 1) -> AsyncIterator[StageService]:
    """The fetch stage, and the relay, beside a gateway, as the ingest process has them."""
    registry = CollectorRegistry()
    limits = Limits(lease=timedelta(seconds=1), beat=0.2, max_attempts=attempts)
    process = Process(
        settings=gateway.settings,
        secret=SECRET,
        runtime=Runtime(gateway.store, gateway.parts.broker, limits),
        blobs=gateway.blobs,
        pool=None,
        outbox=gateway.outbox,
        registry=registry,
        metrics=StageMetrics(registry),
        failpoints=Failpoints(),
    )
    stage = build_fetch(process, IntakeMetrics(registry))
    relay = asyncio.create_task(_relay(Relay(process.runtime, process.outbox)))
    await stage.start()
    try:
        yield stage
    finally:
        await stage.stop(0.1)
        relay.cancel()


async def _relay(relay: Relay) -> None:
    while True:
        await relay.step()
        await asyncio.sleep(0.05)


@pytest.fixture
async def fetch(gateway: Gateway) -> AsyncIterator[None]:
    async with fetching(gateway):
        yield


async def post(caller: Caller, url: str, status: int = 202, **wishes: object) -> Json:
    body = await caller.call("POST", DOCUMENTS_PATH, status, json={"url": url, **wishes})
    assert body["rejected"] == []
    document: Json = body["documents"][0]
    return document


async def record(gateway: Gateway, caller: Caller, identity: str) -> Document:
    found = await gateway.store.of(caller.tenant, DOCUMENTS).get(identity)
    assert found is not None
    return found


async def fetched(gateway: Gateway, caller: Caller, identity: str) -> Document:
    """The document once the stage is done with it."""
    async with asyncio.timeout(15):
        while True:
            document = await record(gateway, caller, identity)
            if document.has_file or document.is_final:
                return document
            await asyncio.sleep(0.01)


async def ended(gateway: Gateway, caller: Caller, url: str) -> Json:
    made = await post(caller, url)
    await fetched(gateway, caller, made["id"])
    return await caller.call("GET", made["links"]["self"], 200)


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


async def test_a_name_or_redirect_to_a_private_address_fails_with_a_reason(
    gateway: Gateway, alice: Caller, origin: Origin, fetch: None
) -> None:
    async with running_canary() as canary:
        for url in _ways_to(canary, origin):
            document = await ended(gateway, alice, url)
            assert document["state"] == "failed"
            assert document["error"] == {
                "code": "TARGET_BLOCKED",
                "detail": "The address is not allowed as a target.",
            }
            assert "original" not in document["links"]
        assert canary.connections == 0


def _ways_to(canary: Canary, origin: Origin) -> list[str]:
    there = f"{canary.port}/secret.pdf"
    return [
        f"http://localhost:{there}",
        origin.redirect("/to/127.0.0.1", f"http://127.0.0.1:{there}"),
        origin.redirect("/to/mapped", f"http://[::ffff:127.0.0.1]:{there}"),
        origin.redirect("/to/number", f"http://2130706433:{there}"),
        origin.redirect("/to/name", f"http://localhost:{there}"),
        origin.redirect("/to/metadata", "http://169.254.169.254/latest/meta-data/"),
    ]


async def test_what_the_door_does_not_take_is_rejected(
    gateway: Gateway, alice: Caller, origin: Origin, fetch: None
) -> None:
    for body, code in ((b"<html>sign in</html>", "FILE_TYPE_NOT_SUPPORTED"), (b"", "FILE_EMPTY")):
        document = await ended(gateway, alice, origin.serve("/odd.pdf", body))
        assert (document["state"], document["error"]["code"]) == ("rejected", code)
    stored = await record(gateway, alice, document["id"])
    assert [it.name.value for it in stored.events] == ["document.received", "document.rejected"]
    assert await gateway.blobs.list(f"{alice.organization}/") == []
    assert list(gateway.settings.spool.iterdir()) == []


@pytest.mark.parametrize("declared", [10 * MAX_BYTES, None])
async def test_what_is_too_large_fails_and_leaves_nothing(
    declared: int | None, gateway: Gateway, alice: Caller, origin: Origin, fetch: None
) -> None:
    async def large(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = declared
        await response.prepare(request)
        for _ in range(10):
            await response.write(PDF.ljust(MAX_BYTES))
        return response

    origin.answers["/large.pdf"] = large
    document = await ended(gateway, alice, origin.url("/large.pdf"))
    assert (document["state"], document["error"]["code"]) == ("failed", "FETCH_TOO_LARGE")
    assert str(MAX_BYTES) in document["error"]["detail"]
    assert origin.count("/large.pdf") == 1, "trying again would not help"
    assert await gateway.blobs.list(f"{alice.organization}/") == []
    assert list(gateway.settings.spool.iterdir()) == []


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_a_refusal_is_final(
    status: int, gateway: Gateway, alice: Caller, origin: Origin
) -> None:
    async with fetching(gateway, attempts=3):
        document = await ended(gateway, alice, origin.serve("/a.pdf", b"", status))
    assert (document["state"], document["error"]["code"]) == ("failed", "FETCH_REFUSED")
    assert document["error"]["detail"] == f"The URL's server answered {status}."
    assert origin.count("/a.pdf") == 1


async def test_a_failing_server_is_asked_again(
    gateway: Gateway, alice: Caller, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "FAILED_ATTEMPT", RetryPolicy(base=0.1, cap=0.1))
    statuses = iter([500, 503])

    async def moody(_: web.Request) -> web.Response:
        status = next(statuses, 200)
        return web.Response(status=status, body=PDF)

    origin.answers["/moody.pdf"] = moody
    down = origin.serve("/down.pdf", b"", 502)
    async with fetching(gateway, attempts=3):
        up, gone = await asyncio.gather(
            ended(gateway, alice, origin.url("/moody.pdf")), ended(gateway, alice, down)
        )
    assert (up["state"], up["media_type"]) == ("received", "application/pdf")
    assert (gone["state"], gone["error"]["code"]) == ("failed", "FETCH_FAILED")
    assert (origin.count("/moody.pdf"), origin.count("/down.pdf")) == (3, 3)


async def test_a_failed_fetch_can_be_tried_anew(
    gateway: Gateway, alice: Caller, bob: Caller, origin: Origin, fetch: None
) -> None:
    failed = await ended(gateway, alice, origin.url("/later.pdf"))
    assert failed["state"] == "failed"
    await alice.call("GET", f"{failed['links']['self']}/original", 404)
    origin.serve("/later.pdf", PDF)
    path = f"{failed['links']['self']}/reprocess"
    await bob.call("POST", path, 404)
    again = await alice.call("POST", path, 202)
    assert (again["state"], again["error"], again["revision"]) == ("received", None, 2)
    assert (await fetched(gateway, alice, failed["id"])).size == len(PDF)


async def test_what_was_fetched_is_not_fetched_again(
    gateway: Gateway, alice: Caller, origin: Origin, fetch: None
) -> None:
    document = await ended(gateway, alice, origin.serve("/a.pdf", PDF))
    await gateway.finish(alice, document["id"], total="1.00")
    await alice.call("POST", f"{document['links']['self']}/reprocess", 202)
    stored = await record(gateway, alice, document["id"])
    assert (stored.has_file, len(stored.parts)) == (True, 1)
    assert origin.count("/a.pdf") == 1


async def test_cancelled_or_deleted_meanwhile_nothing_stays(
    gateway: Gateway, alice: Caller, origin: Origin, fetch: None
) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: web.Request) -> web.Response:
        arrived.set()
        await go_on.wait()
        return web.Response(body=PDF)

    origin.answers["/slow.pdf"] = slow
    cancelled = await post(alice, origin.url("/slow.pdf"))
    deleted = await post(alice, origin.url("/slow.pdf"))
    async with asyncio.timeout(10):
        while origin.count("/slow.pdf") < 2:
            await asyncio.sleep(0.01)
    await alice.call("GET", f"{cancelled['links']['self']}/original", 409)
    await alice.call("POST", f"{cancelled['links']['self']}/cancel", 200)
    await alice.call("DELETE", deleted["links"]["self"], 204)
    go_on.set()
    await asyncio.sleep(0.5)
    shown = await alice.call("GET", cancelled["links"]["self"], 200)
    assert (shown["state"], shown["size"]) == ("cancelled", None)
    stored = await record(gateway, alice, cancelled["id"])
    assert stored.source is not None
    assert (stored.source.work.state, stored.parts) == (WorkState.CANCELLED, [])
    left = await gateway.blobs.list(f"{alice.organization}/{deleted['id']}/")
    assert left == []


async def test_names_encodings_and_content(
    gateway: Gateway, alice: Caller, origin: Origin, fetch: None
) -> None:
    given = "attachment; filename*=UTF-8''r%C3%A9sum%C3%A9.png"
    origin.serve("/x/y", gzip.compress(PNG), Content_Encoding="gzip", Content_Disposition=given)
    document = await ended(gateway, alice, origin.redirect("/short", "/x/y"))
    assert (document["name"], document["media_type"]) == ("résumé.png", "image/png")
    assert document["size"] == len(PNG)
    for path, location, name in (
        ("/scan.pdf", "/blobs/0123", "scan.pdf"),
        ("/s/1", "/scan%202.pdf", "scan 2.pdf"),
        ("/", "/", "document"),
    ):
        if path != location:
            origin.redirect(path, location)
        origin.serve(location.replace("%20", " "), PDF)
        assert (await ended(gateway, alice, origin.url(path)))["name"] == name


async def test_a_stopped_stage_hands_its_fetch_back_unspent(
    gateway: Gateway, alice: Caller, origin: Origin
) -> None:
    arrived = asyncio.Event()

    async def never(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(PDF)
        arrived.set()
        await asyncio.sleep(3600)
        return response

    origin.answers["/a.pdf"] = never
    async with fetching(gateway) as stage:
        made = await post(alice, origin.url("/a.pdf"))
        await asyncio.wait_for(arrived.wait(), 10)
        await stage.stop(0.05)
        document = await record(gateway, alice, made["id"])
    assert document.source is not None
    work = document.source.work
    assert (work.state, work.attempts, work.lease) == (WorkState.WAITING, 0, None)
    assert list(gateway.settings.spool.iterdir()) == []
    origin.serve("/a.pdf", PDF)
    async with fetching(gateway):
        assert (await fetched(gateway, alice, made["id"])).has_file


async def test_the_stage_lists_its_jobs_and_results(
    gateway: Gateway, alice: Caller, bob: Caller, origin: Origin
) -> None:
    await alice.upload(PDF)
    good = await post(alice, origin.serve("/a.pdf", PDF))
    bad = await post(alice, origin.url("/none.pdf"))
    url = "/admin/fetch"
    waiting = (await alice.call("GET", f"{url}/jobs?state=waiting", 200))["jobs"]
    assert [it["document"] for it in waiting] == [bad["id"], good["id"]]
    assert {it["stage"] for it in waiting} == {StageName.FETCH.value}
    reading = (await alice.call("GET", "/admin/ocr/jobs?state=waiting", 200))["jobs"]
    assert len(reading) == 1, "what is not here yet does not wait to be read"
    async with fetching(gateway):
        for document in (good, bad):
            await fetched(gateway, alice, document["id"])
    (dead,) = (await alice.call("GET", f"{url}/jobs?state=dead", 200))["jobs"]
    assert (dead["document"], dead["problem"]["code"]) == (bad["id"], "FETCH_REFUSED")
    (result,) = (await alice.call("GET", f"{url}/results", 200))["results"]
    assert result["document"] == good["id"]
    assert len((await alice.call("GET", f"{url}/jobs", 200))["jobs"]) == 2
    for path in ("jobs", "results"):
        assert (await bob.call("GET", f"{url}/{path}", 200))[path] == []


async def test_other_dialects_show_a_document_that_is_still_elsewhere(
    gateway: Gateway, alice: Caller, bob: Caller, origin: Origin
) -> None:
    made = await post(alice, origin.serve("/a.pdf", PDF))
    path = f"/docdigitizer/api/v1/documents/{made['id']}"
    ours = {"headers": {"Authorization": f"API_KEY {alice.key}"}}
    theirs = {"headers": {"Authorization": f"API_KEY {bob.key}"}}
    shown = (await alice.call("GET", path, 200, **ours))["document"]
    assert (shown["size"], shown["annotation_status"]) == (None, "pending")
    assert (await alice.call("GET", f"{path}/assets", 200, **ours))["assets"] == []
    async with fetching(gateway):
        await fetched(gateway, alice, made["id"])
    (asset,) = (await alice.call("GET", f"{path}/assets", 200, **ours))["assets"]
    assert asset["size"] == len(PDF)
    await bob.call("GET", path, 404, **theirs)
