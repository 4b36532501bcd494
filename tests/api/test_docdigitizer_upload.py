"""Sending documents in DocDigitizer's dialect: what is taken, refused and remembered."""

import asyncio
import re
from datetime import datetime, timedelta

import aiohttp
import pytest
from yarl import URL

from services.ingest.dialects.docdigitizer import uploads
from services.ingest.dialects.docdigitizer.context import MAX_FILE_BYTES
from services.ingest.tenants import KeyRights
from shared.broker.port import Message
from shared.broker.topology import job_queue
from shared.config import Settings
from shared.models.document import Callback, CallbackMethod
from shared.models.tenancy import Licence, Scope
from shared.models.time import utc_now
from shared.models.work import Lane, StageName
from shared.store.collections import DOCUMENTS
from shared.store.port import Query
from tests.api.docdigitizer_client import (
    ANNOTATE,
    DOCUMENTS_PATH,
    TASKS_PATH,
    Client,
    client_of,
    field,
    part,
)
from tests.api.harness import PDF, PNG, Caller, Gateway, form, running

JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 64
TIFF = b"II*\x00" + b"\x00" * 64
READING = job_queue(StageName.OCR, Lane.NORMAL)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


async def count(gateway: Gateway, caller: Caller) -> int:
    return await gateway.store.of(caller.tenant, DOCUMENTS).count(Query(), 100)


async def test_an_upload_answers_with_its_task(gateway: Gateway, ada: Client) -> None:
    body = await ada.send(part())
    task = body.pop("task")
    assert body == {"status": 202, "code": "ACCEPTED", "detail": "Accepted"}
    document = f"{DOCUMENTS_PATH}/{task['document_id']}"
    assert task["links"] == {
        "self": f"{TASKS_PATH}/{task['id']}", "collection": TASKS_PATH, "document": document,
    }  # fmt: skip
    assert task["status"] == "PENDING"
    assert task["id"] != task["document_id"]
    assert TIME.fullmatch(task["created"])
    assert TIME.fullmatch(task["sla_moment"])
    created, due = (datetime.fromisoformat(task[it]) for it in ("created", "sla_moment"))
    assert due - created == timedelta(seconds=gateway.settings.lead_time)
    listed = await ada.call("GET", DOCUMENTS_PATH, 200)
    assert [it["id"] for it in listed["documents"]] == [task["document_id"]]


async def test_the_answer_waits_until_the_broker_has_confirmed(
    gateway: Gateway, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, confirmed = gateway.parts.broker, asyncio.Event()
    send = broker.send

    async def slow(queue: str, message: Message) -> None:
        await confirmed.wait()
        await send(queue, message)

    monkeypatch.setattr(broker, "send", slow)
    asked = asyncio.create_task(ada.annotate())
    while not await count(gateway, ada.caller):
        await asyncio.sleep(0.01)
    await ada.call("GET", DOCUMENTS_PATH, 200)
    assert not asked.done()
    confirmed.set()
    await asked
    assert await broker.depth(READING) == 1


async def test_a_broker_that_never_confirms_is_not_waited_for_for_ever(
    gateway: Gateway, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(queue: str, message: Message) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(gateway.parts.broker, "send", silent)
    monkeypatch.setattr(uploads, "CONFIRM_SECONDS", 0.1)
    task = await ada.annotate()
    assert (await ada.record(gateway, task["document_id"])).outbox, "left to the relay"


async def test_a_broker_that_is_down_refuses_nothing(gateway: Gateway, ada: Client) -> None:
    await gateway.parts.broker.close()
    task = await ada.annotate()
    stored = await ada.record(gateway, task["document_id"])
    assert stored.outbox, "left to the relay"
    await gateway.parts.broker.open()


@pytest.mark.parametrize(
    "path",
    [
        ANNOTATE,
        f"{ANNOTATE}/",
        DOCUMENTS_PATH,
        f"{DOCUMENTS_PATH}/",
        f"{ANNOTATE}:financial-document",
        f"{ANNOTATE}:financial-document/",
        f"{ANNOTATE}%3Afinancial-document",
        f"{ANNOTATE}%3afinancial-document/",
    ],
)
async def test_there_are_several_doors(gateway: Gateway, ada: Client, path: str) -> None:
    url = URL(gateway.url + path, encoded=True)
    task = await ada.annotate(path=url)
    stored = await ada.record(gateway, task["document_id"])
    expected = "financial-document" if "financial" in path else None
    assert (stored.requested_class, stored.requested_type) == (expected, None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("invoice", ("invoice", "invoice")),
        ("credit-note", ("credit-note", "credit_note")),
        ("credit_note", ("credit-note", "credit_note")),
    ],
)
async def test_a_class_can_be_one_of_our_types(
    gateway: Gateway, ada: Client, name: str, expected: tuple[str, str]
) -> None:
    task = await ada.annotate(path=f"{ANNOTATE}:{name}")
    stored = await ada.record(gateway, task["document_id"])
    assert (stored.requested_class, stored.requested_type) == expected
    assert (await ada.document(stored.id))["class"] == expected[0]


async def test_a_class_that_nobody_knows_is_not_found(gateway: Gateway, ada: Client) -> None:
    body = await ada.send(part(), path=f"{ANNOTATE}:passport", status=404)
    assert body["code"] == "NOT_FOUND"
    assert await count(gateway, ada.caller) == 0


@pytest.mark.parametrize("declared", [None, "application/octet-stream", ""])
@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("A.PDF", PDF, "application/pdf"),
        ("a.jpg", JPEG, "image/jpeg"),
        ("a.JPeG", JPEG, "image/jpeg"),
        ("a.png", PNG, "image/png"),
        ("a.tif", TIFF, "image/tiff"),
        ("x.y.tiff", TIFF, "image/tiff"),
    ],
)
async def test_without_a_media_type_the_extension_says_it(
    ada: Client, declared: str | None, name: str, content: bytes, media_type: str
) -> None:
    task = await ada.annotate(part(content, name, declared))
    document = await ada.document(task["document_id"])
    assert (document["name"], document["media_type"]) == (name, media_type)
    assert document["size"] == len(content)


@pytest.mark.parametrize(
    ("declared", "content"),
    [
        ("application/pdf", PDF),
        ("Application/PDF; charset=binary", PDF),
        ("image/jpeg", JPEG),
        ("image/jpg", JPEG),
        ("image/pjpeg", JPEG),
        ("image/png", PNG),
        ("image/tiff", TIFF),
    ],
)
async def test_a_declared_media_type_needs_no_extension(
    ada: Client, declared: str, content: bytes
) -> None:
    await ada.annotate(part(content, "no-extension", declared))
    await ada.annotate(part(content, "odd.txt", declared))


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ([], 400, "BAD_REQUEST"),
        ([field("files_are", "not here")], 400, "BAD_REQUEST"),
        ([part(PDF, "a.txt")], 415, "FILE_TYPE_NOT_SUPPORTED"),
        ([part(PDF, "a")], 415, "FILE_TYPE_NOT_SUPPORTED"),
        ([part(b"PK\x05\x06" + bytes(18), "a.zip")], 415, "FILE_TYPE_NOT_SUPPORTED"),
        ([part(b"PK\x05\x06" + bytes(18), "a.pdf")], 422, "INCOHERENT_DATA"),
        ([part(b"MIME-Version: 1.0\nFrom: a@b.c\n\nx", "a.eml")], 415, "FILE_TYPE_NOT_SUPPORTED"),
        ([part(b"GIF89a......", "a.gif")], 415, "FILE_TYPE_NOT_SUPPORTED"),
        ([part(PDF, "a.pdf", "text/plain")], 415, "FILE_TYPE_NOT_SUPPORTED"),
        ([part(PDF, "a.pdf", "application/x-pdf")], 415, "FILE_TYPE_NOT_SUPPORTED"),
        ([part(b"", "a.pdf")], 422, "INCOHERENT_DATA"),
        ([part(b"just words", "a.pdf")], 422, "INCOHERENT_DATA"),
        ([part(PNG, "a.pdf")], 422, "INCOHERENT_DATA"),
        ([part(PDF, "a.png")], 422, "INCOHERENT_DATA"),
        ([part(b"GIF89a......", "a.pdf", "application/pdf")], 422, "INCOHERENT_DATA"),
        ([part(b"x" * 1_100_000, "a.txt")], 415, "FILE_TYPE_NOT_SUPPORTED"),
        ([part(b"x" * 1_100_000, "a.pdf")], 400, "BAD_REQUEST"),
    ],
)
async def test_what_is_refused_leaves_nothing(
    gateway: Gateway, ada: Client, sent: list[bytes], status: int, code: str
) -> None:
    body = await ada.send(*sent, status=status)
    assert (body["status"], body["code"]) == (status, code)
    assert set(body) == {"status", "code", "detail"}
    assert await count(gateway, ada.caller) == 0
    assert list(gateway.settings.spool.iterdir()) == []


async def test_only_the_first_file_counts_and_the_rest_is_never_judged(
    gateway: Gateway, ada: Client
) -> None:
    task = await ada.annotate(
        field("callback_url", "https://example.com/first"),
        part(PDF, "first.pdf", name="whatever"),
        part(b"", "second.txt", "text/plain"),
        part(b"x" * 1_200_000, "third.exe"),
        field("callback_method", "POST"),
        part(PNG, "fourth.png"),
    )
    assert await count(gateway, ada.caller) == 1
    stored = await ada.record(gateway, task["document_id"])
    assert stored.name == "first.pdf"
    assert stored.callback is not None
    assert stored.callback.method is CallbackMethod.POST
    assert list(gateway.settings.spool.iterdir()) == []


async def test_a_bad_first_file_is_not_saved_by_a_good_second(
    gateway: Gateway, ada: Client
) -> None:
    await ada.send(part(b"x", "a.txt"), part(), status=415)
    assert await count(gateway, ada.caller) == 0


@pytest.mark.parametrize(
    ("size", "status"), [(25_000_000, 202), (MAX_FILE_BYTES, 202), (MAX_FILE_BYTES + 1, 400)]
)
async def test_the_limit_is_of_the_file_not_of_the_request(
    settings: Settings, size: int, status: int
) -> None:
    assert MAX_FILE_BYTES == 26_214_400
    async with running(settings.model_copy(update={"max_file_bytes": 100_000_000})) as gateway:
        client = client_of(gateway, await gateway.caller("carol"))
        skipped = part(b"y" * 3_000_000, "second.pdf")
        body = await client.send(part(PDF.ljust(size)), skipped, status=status)
        assert body["code"] == ("ACCEPTED" if status == 202 else "BAD_REQUEST")
        if status == 202:
            document = await client.document(body["task"]["document_id"])
            assert document["size"] == size


async def test_the_client_of_another_library_is_understood(ada: Client) -> None:
    """aiohttp's own form: each part says ``application/octet-stream``."""
    await ada.call("POST", ANNOTATE, 202, data=form(("a.pdf", PDF)))
    data = aiohttp.FormData()
    data.add_field("files", PDF, filename="a.pdf", content_type="application/pdf")
    await ada.call("POST", ANNOTATE, 202, data=data)


async def test_callbacks_and_tags_are_kept(gateway: Gateway, ada: Client) -> None:
    task = await ada.annotate(
        field("callback_url", "https://example.com/hook?a=1"),
        field("callback_method", "post"),
        field("callback_headers[X-Token]", "s3cret "),
        field("callback_headers[X-Other]", "two"),
        part(),
        **{"X-Docdigitizer-Tag": " red, blue ,,red, grün "},
    )
    stored = await ada.record(gateway, task["document_id"])
    assert stored.callback == Callback(
        url="https://example.com/hook?a=1",
        method=CallbackMethod.POST,
        headers={"X-Token": "s3cret", "X-Other": "two"},
    )
    document = await ada.document(task["document_id"])
    assert document["tags"] == ["red", "blue", "grün"]
    assert "s3cret" not in str(document)


async def test_a_callback_is_called_by_get_unless_told_otherwise(
    gateway: Gateway, ada: Client
) -> None:
    task = await ada.annotate(part(), field("callback_url", "http://10.0.0.1/private"))
    stored = await ada.record(gateway, task["document_id"])
    assert stored.callback == Callback(url="http://10.0.0.1/private")
    task = await ada.annotate(part(), field("callback_method", "POST"))
    assert (await ada.record(gateway, task["document_id"])).callback is None


@pytest.mark.parametrize(
    "fields",
    [
        {"callback_url": "ftp://example.com/"},
        {"callback_url": "not a url"},
        {"callback_url": "http://"},
        {"callback_url": "http://user:word@example.com/"},
        {"callback_url": "https://example.com/" + "x" * 2100},
        {"callback_url": "https://example.com/", "callback_method": "PUT"},
        {"callback_url": "https://example.com/", "callback_headers[Host]": "evil"},
        {"callback_url": "https://example.com/", "callback_headers[a b]": "c"},
        {"callback_url": "https://example.com/", "callback_headers[]": "c"},
        {"callback_url": "https://example.com/", "callback_headers[X]": "a\r\nY: b"},
        {"callback_url": "https://example.com/"}
        | {f"callback_headers[X-{number}]": "x" for number in range(21)},
    ],
)
async def test_a_callback_that_cannot_be_is_refused(
    gateway: Gateway, ada: Client, fields: dict[str, str]
) -> None:
    body = await ada.send(part(), *(field(*it) for it in fields.items()), status=400)
    assert body["code"] == "BAD_REQUEST"
    assert await count(gateway, ada.caller) == 0


@pytest.mark.parametrize("tags", ["x" * 101, ",".join(map(str, range(51)))])
async def test_too_many_or_too_long_tags_are_refused(ada: Client, tags: str) -> None:
    body = await ada.send(part(), status=400, **{"X-Docdigitizer-Tag": tags})
    assert body["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"files": "x"}'),
        ("application/pdf", PDF),
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=x", b"no boundary"),
    ],
)
async def test_a_body_that_is_no_form_is_a_bad_request(
    ada: Client, content_type: str, body: bytes
) -> None:
    answer = await ada.call(
        "POST", ANNOTATE, 400, data=body, headers={"Content-Type": content_type}
    )
    assert answer["code"] == "BAD_REQUEST"


async def test_key_licence_and_permission_go_before_the_file(gateway: Gateway, ada: Client) -> None:
    """The order of the checks: what is wrong first is what is told."""
    bad = part(b"x", "a.txt")
    carol = await gateway.caller("carol", Licence(granted=False))
    dave = await gateway.caller("dave", Licence(until=utc_now() - timedelta(days=1)))
    reader = await gateway.key(ada.caller.organization, KeyRights("r", (Scope.READ,)))
    expected = {
        "x" * 40: (401, "WRONG_AUTH"),
        carol.key: (403, "NO_LICENCE"),
        dave.key: (403, "EXPIRED_LICENCE"),
        reader: (403, "NOT_ENOUGH_PERMISSIONS"),
        ada.caller.key: (415, "FILE_TYPE_NOT_SUPPORTED"),
    }
    for key, (status, code) in expected.items():
        body = await ada.send(bad, status=status, Authentication=f"API_KEY {key}")
        assert body["code"] == code
    assert list(gateway.settings.spool.iterdir()) == []


async def test_a_key_of_one_workspace_uploads_into_it(gateway: Gateway, alice: Caller) -> None:
    made = await alice.call("POST", "/api/v1/workspaces", 201, json={"name": "W"})
    limited = await gateway.another(alice.organization, workspaces=(made["id"],))
    client = client_of(gateway, limited)
    task = await client.annotate()
    assert (await client.record(gateway, task["document_id"])).workspace == made["id"]
    own = await client_of(gateway, alice).annotate()
    body = await client.call("GET", own["links"]["document"], 404)
    assert body["code"] == "NOT_FOUND"
    await client.call("GET", own["links"]["self"], 404)
