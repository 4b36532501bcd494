"""``POST /documents`` over a real socket."""

import asyncio
import hashlib
from pathlib import Path

import aiohttp
import pytest

from shared.models.document import Document
from shared.store.collections import DOCUMENTS
from shared.store.port import Query
from tests.api.harness import DOCUMENTS_PATH, PDF, PNG, Caller, Gateway, form
from tests.samples import office


async def stored(gateway: Gateway, caller: Caller) -> list[Document]:
    return await gateway.store.of(caller.tenant, DOCUMENTS).page(Query(), None, 100)


def spooled(gateway: Gateway) -> list[Path]:
    return list(gateway.settings.spool.iterdir())


async def files_of(gateway: Gateway, caller: Caller) -> int:
    return len(await gateway.blobs.list(f"{caller.organization}/"))


async def test_a_file_becomes_a_document_that_can_be_got(alice: Caller, bob: Caller) -> None:
    (document,) = await alice.upload(
        PDF, reference="order 7", metadata='{"a": [1, "ü"]}', region="au", language="EN"
    )
    assert (document["region"], document["language"], document["archived"]) == ("AU", "en", None)
    for wrong in ({"region": "AUS"}, {"language": "english"}, {"text_layers": "some"}):
        body = await alice.call("POST", DOCUMENTS_PATH, 400, data=form(("a.pdf", PDF), **wrong))
        assert next(iter(wrong)) in body["detail"]
    assert document["state"] == "received"
    assert document["name"] == "0.pdf"
    assert document["media_type"] == "application/pdf"
    assert document["size"] == len(PDF)
    assert document["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert document["workspace"] == alice.workspace
    assert document["reference"] == "order 7"
    assert document["metadata"] == {"a": [1, "ü"]}
    assert document["created"].endswith("Z")
    assert document["fields"] == {}
    assert document["error"] is None
    assert document["review"] == {
        "needed": False, "reasons": [], "done": False, "verdict": None, "note": "",
        "by": None, "at": None,
    }  # fmt: skip
    again = await alice.call("GET", document["links"]["self"], 200)
    assert {**again, "updated": 0} == {**document, "updated": 0}
    refused = await bob.call("GET", document["links"]["self"], 404)
    assert refused == {
        "request_id": refused["request_id"],
        "status": 404,
        "code": "NOT_FOUND",
        "detail": "There is no such thing.",
    }


async def test_every_link_of_a_document_works_from_the_first_moment(
    alice: Caller, bob: Caller
) -> None:
    (document,) = await alice.upload()
    for name, path in document["links"].items():
        async with alice.client.get(path) as answer:
            assert answer.status == 200, name
        async with bob.client.get(path) as answer:
            assert answer.status == (200 if name == "collection" else 404), name


async def test_many_files_have_a_result_each_in_order(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    files = [
        ("one.pdf", PDF),
        ("two.exe", b"MZ\x90\x00 no words"),
        ("three.png", PNG),
        ("four.pdf", b""),
        ("five.pdf", b"x" * (1024 * 1024 + 1)),
        ("six.pptx", office.ooxml("pptx", "<p/>")),
        ("seven.pdf", PDF),
    ]
    body = await alice.call("POST", DOCUMENTS_PATH, 202, data=form(*files))
    assert [it["name"] for it in body["documents"]] == ["one.pdf", "three.png", "seven.pdf"]
    assert [(it["name"], it["code"]) for it in body["rejected"]] == [
        ("two.exe", "FILE_TYPE_NOT_SUPPORTED"),
        ("four.pdf", "FILE_EMPTY"),
        ("five.pdf", "FILE_TOO_LARGE"),
        ("six.pptx", "FILE_TYPE_NOT_SUPPORTED"),
    ]
    assert "portable-executable" in body["rejected"][0]["detail"]
    assert "presentationml" in body["rejected"][3]["detail"]
    assert len({it["id"] for it in body["documents"]}) == 3
    assert len(await stored(gateway, alice)) == 3
    assert await stored(gateway, bob) == []
    assert spooled(gateway) == []


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "FILE_EMPTY"),
        (b"MZ\x90\x00", 415, "FILE_TYPE_NOT_SUPPORTED"),
        (b"%PDF-" + b"x" * (1024 * 1024), 413, "FILE_TOO_LARGE"),
    ],
)
async def test_when_all_are_rejected_the_status_is_that_of_the_first(
    gateway: Gateway, alice: Caller, content: bytes, status: int, code: str
) -> None:
    files = [("a", content), ("b", b"MZ other words")]
    body = await alice.call("POST", DOCUMENTS_PATH, status, data=form(*files))
    assert (body["status"], body["code"]) == (status, code)
    assert spooled(gateway) == []
    assert await files_of(gateway, alice) == 0


async def test_a_file_of_exactly_the_limit_is_taken(alice: Caller) -> None:
    (document,) = await alice.upload(PDF.ljust(1024 * 1024, b" "))
    assert document["size"] == 1024 * 1024


async def test_files_beyond_the_allowed_number_are_told_so(alice: Caller) -> None:
    files = [(f"{number}.pdf", PDF) for number in range(22)]
    body = await alice.call("POST", DOCUMENTS_PATH, 202, data=form(*files))
    assert len(body["documents"]) == 20
    assert [(it["name"], it["code"]) for it in body["rejected"]] == [
        ("20.pdf", "TOO_MANY_FILES"),
        ("21.pdf", "TOO_MANY_FILES"),
    ]


async def test_fields_count_before_and_after_the_files(alice: Caller) -> None:
    data = aiohttp.FormData()
    data.add_field("reference", "before")
    data.add_field("files", PDF, filename="a.pdf")
    data.add_field("priority", "low")
    data.add_field("type", "invoice")
    data.add_field("files", PDF, filename="b.pdf")
    body = await alice.call("POST", DOCUMENTS_PATH, 202, data=data)
    assert [it["reference"] for it in body["documents"]] == ["before", "before"]


async def test_the_order_reaches_the_stages(gateway: Gateway, alice: Caller) -> None:
    await alice.upload(
        PDF,
        priority="low",
        type="invoice",
        mode="vlm",
        expires="2999-01-01T00:00:00Z",
        wait="false",
    )
    (document,) = await stored(gateway, alice)
    assert document.lane == "low"
    assert document.requested_type == "invoice"
    assert document.mode == "vlm"
    assert document.expires is not None
    assert document.expires.year == 2999


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"type": "no such type"}, 422, "UNKNOWN_TYPE"),
        ({"workspace": "no such workspace"}, 422, "UNKNOWN_WORKSPACE"),
        ({"priority": "high"}, 400, "BAD_REQUEST"),
        ({"mode": "best"}, 400, "BAD_REQUEST"),
        ({"metadata": "[1]"}, 400, "BAD_REQUEST"),
        ({"metadata": "{"}, 400, "BAD_REQUEST"),
        ({"metadata": '{"a": NaN}'}, 400, "BAD_REQUEST"),
        ({"metadata": '{"a": "' + "x" * 17_000 + '"}'}, 400, "BAD_REQUEST"),
        ({"wait": "soon"}, 400, "BAD_REQUEST"),
        ({"wait": "-1"}, 400, "BAD_REQUEST"),
        ({"wait": "nan"}, 400, "BAD_REQUEST"),
        ({"expires": "tomorrow"}, 400, "BAD_REQUEST"),
        ({"expires": "1999-01-01T00:00:00Z"}, 400, "BAD_REQUEST"),
        ({"reference": "x" * 256}, 400, "BAD_REQUEST"),
        ({"anything": "x" * 70_000}, 400, "BAD_REQUEST"),
    ],
)
async def test_a_bad_field_refuses_the_call_and_leaves_nothing(
    gateway: Gateway, alice: Caller, fields: dict[str, str], status: int, code: str
) -> None:
    body = await alice.call("POST", DOCUMENTS_PATH, status, data=form(("a.pdf", PDF), **fields))
    assert body["code"] == code
    assert await stored(gateway, alice) == []
    assert spooled(gateway) == []
    assert await files_of(gateway, alice) == 0


async def test_a_workspace_is_named_by_id_or_name_and_never_another_organizations(
    alice: Caller, bob: Caller
) -> None:
    made = await alice.call("POST", "/api/v1/workspaces", 201, json={"name": "Einkauf"})
    by_name, by_id = (
        await alice.upload(PDF, workspace=made["name"]),
        await alice.upload(PDF, workspace=made["id"]),
    )
    assert by_name[0]["workspace"] == by_id[0]["workspace"] == made["id"]
    for named in (made["id"], made["name"]):
        data = form(("a.pdf", PDF), workspace=named)
        body = await bob.call("POST", DOCUMENTS_PATH, 422, data=data)
        assert body["code"] == "UNKNOWN_WORKSPACE"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("<img onerror=alert(1)>.pdf", "<img onerror=alert(1)>.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\me\\a.pdf", "a.pdf"),
        ("", "document"),
        ("..", "document"),
        ("in\u202evoice.pdf", "invoice.pdf"),
        ("Rechnung für März.pdf", "Rechnung für März.pdf"),
        ("ä" * 200 + ".pdf", "ä" * 125 + ".pdf"),
    ],
)
async def test_a_hostile_name_is_only_shown(
    gateway: Gateway, alice: Caller, given: str, shown: str
) -> None:
    (document,) = (await alice.call("POST", DOCUMENTS_PATH, 202, data=form((given, PDF))))[
        "documents"
    ]
    assert document["name"] == shown
    (record,) = await stored(gateway, alice)
    assert record.blob == f"{alice.organization}/{document['id']}/original"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", b"hello"),
        ("application/x-www-form-urlencoded", b"a=b"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"no boundary in here"),
        ("multipart/form-data; boundary=x", b"--x--\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n%PDF-',
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\xfe\r\n--x--\r\n',
        ),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n--x--\r\n",
        ),
    ],
)
async def test_a_body_that_is_no_form_with_a_file_is_a_bad_request(
    gateway: Gateway, alice: Caller, content_type: str, body: bytes
) -> None:
    answer = await alice.call(
        "POST", DOCUMENTS_PATH, 400, data=body, headers={"Content-Type": content_type}
    )
    assert answer["code"] == "BAD_REQUEST"
    assert spooled(gateway) == []
    assert await stored(gateway, alice) == []


async def test_a_caller_who_leaves_in_the_middle_leaves_nothing(
    gateway: Gateway, alice: Caller
) -> None:
    async def endless():  # type: ignore[no-untyped-def]  # noqa: ANN202
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'
        yield PDF
        await asyncio.Event().wait()

    request = asyncio.create_task(
        alice.call(
            "POST",
            DOCUMENTS_PATH,
            202,
            data=endless(),
            headers={"Content-Type": "multipart/form-data; boundary=x"},
        )
    )
    async with asyncio.timeout(20):
        while not spooled(gateway):
            await asyncio.sleep(0.01)
        request.cancel()
        while spooled(gateway):
            await asyncio.sleep(0.01)
    assert await stored(gateway, alice) == []


async def test_while_the_store_is_down_nothing_is_accepted(gateway: Gateway, alice: Caller) -> None:
    await alice.upload()
    await gateway.store.close()
    async with alice.client.post(DOCUMENTS_PATH, data=form(("a.pdf", PDF))) as answer:
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) >= 1
        assert (await answer.json())["code"] in {"DEPENDENCY_DOWN", "UNAVAILABLE"}
    assert spooled(gateway) == []
