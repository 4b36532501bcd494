"""The fetch stage beside the gateway: what becomes of a URL that was accepted."""

import asyncio
import gzip

import pytest
from aiohttp import web

from shared.models.work import StageName, WorkState
from shared.stages import job as jobs
from shared.stages.retry import RetryPolicy
from tests.api.harness import API, PDF, PNG, Caller, Gateway
from tests.api.origin import Canary, Origin, running_canary
from tests.api.urls.fetching import MAX_BYTES, ended, fetched, fetching, post, record


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


@pytest.mark.parametrize(("policy", "state"), [("reject", "rejected"), ("link", "ready")])
async def test_a_file_that_is_there_already_names_its_twin(
    gateway: Gateway, alice: Caller, origin: Origin, policy: str, state: str
) -> None:
    workspace = f"{API}/workspaces/{alice.workspace}"
    await alice.call("PATCH", workspace, 200, json={"policies": {"duplicates": policy}})
    async with fetching(gateway):
        first = await ended(gateway, alice, origin.serve("/a.pdf", PDF))
        second = await ended(gateway, alice, origin.serve("/b.pdf", PDF))
    assert (first["state"], first["duplicate_of"]) == ("received", None)
    assert second["state"] == state
    if policy == "link":
        assert second["duplicate_of"] == first["id"]
        return
    assert second["error"]["code"] == "DUPLICATE_DOCUMENT"
    assert first["id"] in second["error"]["detail"]
    assert len(await gateway.blobs.list(f"{alice.organization}/")) == 1
