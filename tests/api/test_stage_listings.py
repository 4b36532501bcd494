"""Admin ports: health, metrics, and what a stage stored and does."""

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from shared.config import Settings
from shared.errors import Code, Transient
from shared.http.admin import AdminParts, build_admin_app
from shared.http.health import Check, Health
from shared.models.document import DocumentState
from shared.models.time import utc_now
from shared.models.work import Lease, Problem, StageName, Work, WorkState
from shared.stages import lifecycle
from shared.stages.extracting import _new_extraction
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from tests.api.harness import PDF, SECRET, Caller, Gateway, Json, running, serving

HEADERS = ("X-Cursor-ID", "X-More-Results-Available", "X-Cursor-Was-Broken")


@pytest.fixture
async def admin(gateway: Gateway) -> AsyncIterator[str]:
    """The admin port of a process of stage ocr."""
    parts = AdminParts(SECRET, gateway.store, CollectorRegistry(), [StageName.OCR])
    async with serving(build_admin_app(parts)) as url:
        yield url


async def get(caller: Caller, url: str, **query: str) -> Json:
    headers = {"Authorization": f"Bearer {caller.key}"}
    async with aiohttp.request("GET", url, params=query, headers=headers) as answer:
        body: Json = await answer.json()
        assert answer.status == 200, body
        assert all(it in answer.headers for it in HEADERS)
        return {**body, "more": answer.headers[HEADERS[1]], "cursor": answer.headers[HEADERS[0]]}


async def move(gateway: Gateway, caller: Caller, identity: str, **changes: object) -> None:
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    record = await gateway._settled(caller, identity)
    assert await documents.replace(record.copy_with(**changes)) is not None


async def test_ocr_lists_the_documents_it_read(
    gateway: Gateway, alice: Caller, bob: Caller, admin: str
) -> None:
    uploaded = [it["id"] for it in await alice.upload(PDF, PDF, PDF)]
    for identity in uploaded[:2]:
        await gateway.read(alice, identity, pages=3)
    body = await get(alice, f"{admin}/results")
    assert sorted(it["document"] for it in body["results"]) == sorted(uploaded[:2])
    assert {(it["pages"], it["pages_done"]) for it in body["results"]} == {(3, 3)}
    assert (await get(bob, f"{admin}/results"))["results"] == []
    first = await get(alice, f"{admin}/results", maxRetrieve="1")
    second = await get(alice, f"{admin}/results", maxRetrieve="1", cursorId=first["cursor"])
    assert (first["more"], second["more"]) == ("true", "false")
    assert {first["results"][0]["id"], second["results"][0]["id"]} == set(uploaded[:2])
    assert await get(alice, f"{gateway.url}/admin/ocr/results") | {"cursor": 0} == (
        body | {"cursor": 0}
    )


async def test_ocr_lists_its_jobs_by_state(
    gateway: Gateway, alice: Caller, bob: Caller, admin: str
) -> None:
    waiting, running, dead, later = [it["id"] for it in await alice.upload(PDF, PDF, PDF, PDF)]
    now = utc_now()
    lease = Lease(token="t", worker="w1", until=now + timedelta(seconds=60))
    record = await gateway._settled(alice, running)
    busy = record.parts[0].copy_with(work=Work(state=WorkState.RUNNING, lease=lease, attempts=1))
    await move(gateway, alice, running, state=DocumentState.READING, parts=[busy])
    problem = Problem(code="FILE_CORRUPT", detail="The file is damaged.")
    record = await gateway._settled(alice, dead)
    broken = record.parts[0].copy_with(work=Work(state=WorkState.FAILED, problem=problem))
    await move(gateway, alice, dead, state=DocumentState.FAILED, parts=[broken], error=problem)
    read = await gateway.read(alice, later)
    await gateway.store.of(alice.tenant, DOCUMENTS).replace(
        lifecycle.fail(read, Problem(code="CRASHED"), now)
    )
    for state, expected in (("waiting", waiting), ("running", running), ("dead", dead)):
        (job,) = (await get(alice, f"{admin}/jobs", state=state))["jobs"]
        assert (job["document"], job["stage"]) == (expected, "ocr")
        assert (await get(bob, f"{admin}/jobs", state=state))["jobs"] == []
    (job,) = (await get(alice, f"{admin}/jobs", state="running"))["jobs"]
    assert job["work"][0]["worker"] == "w1"
    assert len((await get(alice, f"{admin}/jobs"))["jobs"]) == 4


async def test_extract_lists_results_and_jobs_also_those_nobody_began(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    waiting, again, done = [it["id"] for it in await alice.upload(PDF, PDF, PDF)]
    await gateway.read(alice, waiting)
    document = await gateway.read(alice, again)
    await gateway.finish(alice, done, total="1.00")
    retried = _new_extraction(document).copy_with(work=Work(attempts=1))
    extractions = gateway.store.of(alice.tenant, EXTRACTIONS)
    await extractions.insert(retried)
    url = f"{gateway.url}/admin/extract"
    (result,) = (await get(alice, f"{url}/results"))["results"]
    assert (result["document"], result["type"], result["fields"]) == (done, "receipt", 1)
    jobs = (await get(alice, f"{url}/jobs", state="waiting"))["jobs"]
    assert {it["document"] for it in jobs} == {waiting, again}
    stored = await extractions.get(retried.id)
    assert stored is not None
    running = Work(state=WorkState.RUNNING, attempts=2)
    await extractions.replace(stored.copy_with(work=running))
    assert [
        it["document"] for it in (await get(alice, f"{url}/jobs", state="waiting"))["jobs"]
    ] == [waiting]
    (job,) = (await get(alice, f"{url}/jobs", state="running"))["jobs"]
    assert (job["document"], job["work"][0]["attempts"]) == (again, 2)
    for path in ("results", "jobs"):
        body = await get(bob, f"{url}/{path}")
        assert body[path] == []


async def test_a_state_that_is_none_is_a_bad_request(alice: Caller) -> None:
    for stage in ("fetch", "ocr", "extract", "notify"):
        await alice.call("GET", f"/admin/{stage}/jobs?state=lost", 400)
        assert (await alice.call("GET", f"/admin/{stage}/jobs", 200))["jobs"] == []
    await alice.call("GET", "/admin/relay/jobs", 404)


async def test_listings_need_a_key(admin: str) -> None:
    for path in ("results", "jobs"):
        async with aiohttp.request("GET", f"{admin}/{path}") as answer:
            assert (answer.status, (await answer.json())["code"]) == (401, "WRONG_AUTH")


async def test_health_of_a_gateway_that_is_well(gateway: Gateway, alice: Caller) -> None:
    for path, status in (("/livez", "alive"), ("/readyz", "ready")):
        async with gateway.client().get(path) as answer:
            body = await answer.json()
            assert (answer.status, body["status"]) == (200, status)
    assert set(body["checks"]) == {"store", "blobs", "broker"}
    async with gateway.client().get("/version") as answer:
        assert (await answer.json())["name"] == "docstage"


async def test_a_gateway_without_its_store_is_not_ready_but_alive(
    gateway: Gateway, alice: Caller
) -> None:
    await gateway.store.close()
    async with gateway.client().get("/readyz") as answer:
        body = await answer.json()
        assert (answer.status, body["status"]) == (503, "unavailable")
        assert body["checks"]["store"]["ok"] is False
        assert body["checks"]["blobs"]["ok"] is True
    async with gateway.client().get("/livez") as answer:
        assert answer.status == 200


async def test_readiness_tells_required_from_optional_and_draining() -> None:
    async def well() -> None: ...

    async def down() -> None:
        raise Transient(Code.DEPENDENCY_DOWN)

    health = Health({"a": Check(well), "b": Check(down, required=False)})
    assert (await health.readiness())[0] is True
    assert (await health.readiness())[1]["status"] == "degraded"
    health.draining = True
    ready, body = await health.readiness()
    assert (ready, body["status"]) == (False, "draining")
    strict = Health({"a": Check(well), "b": Check(down)})
    ready, body = await strict.readiness()
    assert (ready, body["status"]) == (False, "unavailable")


async def test_metrics_count_without_naming_anyone(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    (document,) = await alice.upload()
    await bob.call("GET", document["links"]["self"], 404)
    async with gateway.client().get("/metrics") as answer:
        text = await answer.text()
        assert answer.content_type == "text/plain"
    assert 'docstage_documents_total{channel="upload",outcome="accepted"} 1.0' in text
    assert f"docstage_ingest_bytes_total {float(len(PDF))}" in text
    assert 'route="/api/v1/documents/{id}",status="404"' in text
    for secret in (document["id"], alice.organization, alice.key):
        assert secret not in text


async def test_a_process_that_is_dead_says_so() -> None:
    registry = CollectorRegistry()
    parts = AdminParts(SECRET, None, registry, [], alive={"consumer": lambda: False})  # type: ignore[arg-type]
    async with serving(build_admin_app(parts)) as url:
        async with aiohttp.request("GET", f"{url}/livez") as answer:
            assert answer.status == 503
            assert (await answer.json())["checks"] == {"consumer": False}
        async with aiohttp.request("GET", f"{url}/results") as answer:
            assert answer.status == 404


async def test_with_an_admin_port_of_its_own_the_gateway_shows_no_metrics(
    settings: Settings,
) -> None:
    async with running(settings.model_copy(update={"admin_port": 9000})) as gateway:
        alice = await gateway.caller("alice")
        for path in ("/metrics", "/admin/ocr/jobs"):
            assert (await alice.call("GET", path, 404))["code"] == "NOT_FOUND"
        await alice.call("GET", "/readyz", 200)
        async with gateway.client().get("/openapi.json") as answer:
            assert not [it for it in (await answer.json())["paths"] if "admin" in it]
