"""Looking at documents, and changing them."""

import pytest

from shared.models.document import EventName
from shared.models.ids import new_id
from shared.models.page import Page
from shared.store.collections import DELIVERIES, DOCUMENTS, EXTRACTIONS
from shared.store.port import Query
from tests.api.harness import DOCUMENTS_PATH, PDF, PNG, Caller, Gateway, form

SUB_PATHS = ("", "/pages", "/pages/0", "/original", "/preview/0", "/text")


async def test_a_finished_document_shows_its_fields_type_and_pages(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    (document,) = await alice.upload()
    await gateway.finish(alice, document["id"], total="12.30", company="ACME")
    body = await alice.call("GET", document["links"]["self"], 200)
    assert body["state"] == "ready"
    assert (body["pages"], body["pages_done"]) == (2, 2)
    assert body["fields"]["company"]["value"] == "ACME"
    assert body["sequence"] > document["sequence"]
    listed = await alice.call("GET", DOCUMENTS_PATH, 200)
    assert listed["documents"] == [body]
    for path in SUB_PATHS:
        await bob.call("GET", f"{DOCUMENTS_PATH}/{document['id']}{path}", 404)


async def test_pages_text_and_previews(gateway: Gateway, alice: Caller, bob: Caller) -> None:
    (document,) = await alice.upload()
    own = document["links"]["self"]
    await gateway.read(alice, document["id"], pages=3)
    body = await alice.call("GET", f"{own}/pages", 200)
    assert [(it["number"], it["words"]) for it in body["pages"]] == [(0, 4), (1, 4), (2, 4)]
    page = await alice.call("GET", body["pages"][1]["links"]["self"], 200)
    assert page["links"]["document"] == own
    parsed = Page.model_validate({**page, "links": None})
    assert parsed.text == "page 1 says hello"
    async with alice.client.get(f"{own}/text") as answer:
        assert answer.content_type == "text/plain"
        assert await answer.text() == ("page 0 says hello\fpage 1 says hello\fpage 2 says hello")
    async with alice.client.get(body["pages"][0]["links"]["preview"]) as answer:
        assert answer.content_type == "image/webp"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (await bob.call("GET", f"{own}/pages/0", 404))["code"] == "NOT_FOUND"


async def test_the_list_of_pages_is_paged_in_their_order(gateway: Gateway, alice: Caller) -> None:
    (document,) = await alice.upload()
    await gateway.read(alice, document["id"], pages=12)
    seen: list[int] = []
    cursor, more = "", True
    while more:
        query = {"maxRetrieve": "5", "cursorId": cursor}
        async with alice.client.get(document["links"]["pages"], params=query) as answer:
            seen += [it["number"] for it in (await answer.json())["pages"]]
            cursor = answer.headers["X-Cursor-ID"]
            more = answer.headers["X-More-Results-Available"] == "true"
    assert seen == list(range(12))


async def test_what_is_not_read_yet_is_empty_or_not_found(alice: Caller, bob: Caller) -> None:
    (document,) = await alice.upload()
    own = document["links"]["self"]
    assert (await alice.call("GET", f"{own}/pages", 200))["pages"] == []
    async with alice.client.get(f"{own}/text") as answer:
        assert (answer.status, await answer.text()) == (200, "")
    for path in ("/pages/0", "/preview/0"):
        body = await alice.call("GET", own + path, 404)
        assert body["detail"] == "The page has not been read yet."
        await bob.call("GET", own + path, 404)


@pytest.mark.parametrize("number", ["2", "99999", "1000000000", "-1", "x", "0.5", "٣"])
async def test_there_is_no_such_page(gateway: Gateway, alice: Caller, number: str) -> None:
    (document,) = await alice.upload()
    await gateway.finish(alice, document["id"])
    for kind in ("pages", "preview"):
        path = f"{document['links']['self']}/{kind}/{number}"
        assert (await alice.call("GET", path, 404))["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        (
            "Rechnung für März.pdf",
            (
                'attachment; filename="Rechnung f_r M_rz.pdf"; '
                "filename*=UTF-8''Rechnung%20f%C3%BCr%20M%C3%A4rz.pdf"
            ),
        ),
        (
            "<img onerror>.pdf",
            "attachment; filename=\"<img onerror>.pdf\"; filename*=UTF-8''%3Cimg%20onerror%3E.pdf",
        ),
        (
            "a%0d%0aX.pdf",
            "attachment; filename=\"a_0d_0aX.pdf\"; filename*=UTF-8''a%250d%250aX.pdf",
        ),
    ],
)
async def test_the_original_is_a_download_that_no_browser_runs(
    alice: Caller, bob: Caller, name: str, disposition: str
) -> None:
    (document,) = (await alice.call("POST", DOCUMENTS_PATH, 202, data=form((name, PNG))))[
        "documents"
    ]
    path = document["links"]["original"]
    async with alice.client.get(path) as answer:
        assert await answer.read() == PNG
        assert answer.headers["Content-Disposition"] == disposition
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["Content-Length"] == str(len(PNG))
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "no-store" in answer.headers["Cache-Control"]
    async with alice.client.head(path) as answer:
        assert (answer.status, await answer.read()) == (200, b"")
    await bob.call("GET", path, 404)


async def test_a_large_original_comes_back_whole(alice: Caller) -> None:
    content = PDF + bytes(range(256)) * 4000
    (document,) = await alice.upload(content)
    async with alice.client.get(document["links"]["original"]) as answer:
        assert await answer.read() == content


async def test_an_original_that_vanished_is_an_error_not_a_broken_download(
    gateway: Gateway, alice: Caller
) -> None:
    (document,) = await alice.upload()
    await gateway.blobs.delete_all(f"{alice.organization}/")
    body = await alice.call("GET", document["links"]["original"], 500)
    assert body["code"] == "BLOB_MISSING"


async def test_deleting_removes_everything_of_one_document_and_nothing_else(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    mine, twin = await alice.upload(PDF, PDF)
    await gateway.finish(alice, mine["id"])
    await gateway.finish(alice, twin["id"])
    await bob.call("DELETE", mine["links"]["self"], 404)
    async with alice.client.delete(mine["links"]["self"]) as answer:
        assert (answer.status, await answer.read()) == (204, b"")
    for path in SUB_PATHS:
        await alice.call("GET", mine["links"]["self"] + path, 404)
    await alice.call("DELETE", mine["links"]["self"], 404)
    of_mine = Query({"document": mine["id"]})
    for collection in (EXTRACTIONS, DELIVERIES):
        assert await gateway.store.of(alice.tenant, collection).page(of_mine, None, 1) == []
    assert await gateway.blobs.list(f"{alice.organization}/{mine['id']}/") == []
    kept = await alice.call("GET", twin["links"]["self"], 200)
    assert kept["state"] == "ready"
    async with alice.client.get(twin["links"]["original"]) as answer:
        assert await answer.read() == PDF


async def test_cancelling_ends_a_document_once(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    (document,) = await alice.upload()
    path = f"{document['links']['self']}/cancel"
    await bob.call("POST", path, 404)
    assert (await alice.call("POST", path, 200))["state"] == "cancelled"
    assert (await alice.call("POST", path, 200))["state"] == "cancelled"
    record = await gateway.store.of(alice.tenant, DOCUMENTS).get(document["id"])
    assert record is not None
    assert [it.name for it in record.events] == [EventName.RECEIVED, EventName.CANCELLED]


async def test_a_finished_document_cannot_be_cancelled(gateway: Gateway, alice: Caller) -> None:
    (document,) = await alice.upload()
    await gateway.finish(alice, document["id"])
    body = await alice.call("POST", f"{document['links']['self']}/cancel", 409)
    assert body["code"] == "CONFLICT"


async def test_reprocessing_begins_anew_as_another_type(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    (document,) = await alice.upload()
    await gateway.finish(alice, document["id"], total="1.00")
    path = f"{document['links']['self']}/reprocess"
    await bob.call("POST", path, 404)
    assert (await alice.call("POST", path, 422, json={"type": "nope"}))["code"] == "UNKNOWN_TYPE"
    assert (await alice.call("POST", path, 400, json={"typo": 1}))["code"] == "BAD_REQUEST"
    body = await alice.call("POST", path, 202, json={"type": "invoice"})
    assert (body["state"], body["revision"], body["fields"]) == ("received", 2, {})
    record = await gateway.store.of(alice.tenant, DOCUMENTS).get(document["id"])
    assert record is not None
    assert record.requested_type == "invoice"
    again = await alice.call("POST", path, 202)
    assert again["revision"] == 3


@pytest.mark.parametrize(
    "identity", ["x", "1", "%00", "..%2f..", "a" * 500, "ffffffff-ffff-ffff-ffff-fffffffffffg"]
)
async def test_what_cannot_be_an_id_is_not_found(alice: Caller, identity: str) -> None:
    for path in SUB_PATHS:
        body = await alice.call("GET", f"{DOCUMENTS_PATH}/{identity}{path}", 404)
        assert body["code"] == "NOT_FOUND"


async def test_an_unknown_id_is_not_found(alice: Caller) -> None:
    await alice.call("GET", f"{DOCUMENTS_PATH}/{new_id()}", 404)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "NOT_FOUND"),
        ("GET", "/api/v1/nothing", 404, "NOT_FOUND"),
        ("PUT", DOCUMENTS_PATH, 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/api/v1/documents/", 404, "NOT_FOUND"),
    ],
)
async def test_what_the_router_refuses_is_json_too(
    alice: Caller, method: str, path: str, status: int, code: str
) -> None:
    async with alice.client.request(method, path) as answer:
        body = await answer.json()
        assert (answer.status, body["status"], body["code"]) == (status, status, code)
        assert answer.headers["X-Request-ID"]
        if status == 405:
            assert "POST" in answer.headers["Allow"]


async def test_a_json_body_that_is_too_large_or_wrong_is_json_too(alice: Caller) -> None:
    path = "/api/v1/workspaces"
    body = await alice.call("POST", path, 413, json={"name": "x" * 2_000_000})
    assert body["code"] == "BAD_REQUEST"
    for bad in (b"{", b"[]", b"\xff", b"", b'{"name": 1}', b'{"name": "a", "id": "b"}'):
        headers = {"Content-Type": "application/json"}
        body = await alice.call("POST", path, 400, data=bad, headers=headers)
        assert body["code"] == "BAD_REQUEST"
    body = await alice.call("POST", path, 400, data=b"{}", headers={"Content-Type": "text/plain"})
    assert "application/json" in body["detail"]
