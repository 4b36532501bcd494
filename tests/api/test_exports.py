"""hOCR, ALTO and Markdown of a document."""

import asyncio
from xml.etree import ElementTree as ET

import pytest

from services.ingest.stored_pages import PAGES_AT_A_TIME
from shared.blobs.keys import page_key
from shared.models.document import DocumentState
from shared.models.work import Problem
from shared.store.collections import DOCUMENTS
from tests.api.harness import PNG, Caller, Gateway

MEDIA_TYPES = {
    "hocr": "text/vnd.hocr+html",
    "alto": "application/xml",
    "markdown": "text/markdown",
}
FORMATS = pytest.mark.parametrize("kind", MEDIA_TYPES)


async def fetched(caller: Caller, path: str) -> str:
    async with caller.client.get(path) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.text()


@FORMATS
async def test_a_read_document_links_to_its_exports(
    gateway: Gateway, alice: Caller, bob: Caller, kind: str
) -> None:
    (document,) = await alice.upload()
    assert kind not in document["links"]
    await gateway.finish(alice, document["id"])
    document = await alice.call("GET", document["links"]["self"], 200)
    path = document["links"][kind]
    async with alice.client.get(path) as answer:
        assert (answer.status, answer.content_type) == (200, MEDIA_TYPES[kind])
        assert answer.charset == "utf-8"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="0.')
        told = await answer.text()
    assert [told.count(it) for it in ("hello", "says")] == [2, 2]
    if kind != "markdown":
        ET.fromstring(told)  # noqa: S314 - our own
    async with alice.client.head(path) as answer:
        assert (answer.status, await answer.read()) == (200, b"")
    assert (await bob.call("GET", path, 404))["code"] == "NOT_FOUND"
    assert (await bob.call("GET", f"{path}?page=0", 404))["code"] == "NOT_FOUND"


@FORMATS
async def test_one_page_is_there_before_the_others(
    gateway: Gateway, alice: Caller, kind: str
) -> None:
    (document,) = await alice.upload()
    read = await gateway.read(alice, document["id"], pages=3)
    part = read.parts[0].copy_with(pages_done=2)
    changed = read.copy_with(parts=[part], state=DocumentState.READING)
    await gateway.store.of(alice.tenant, DOCUMENTS).replace(changed)
    await gateway.blobs.delete(page_key(read.organization, read.id, 1, 2))
    path = f"{document['links']['self']}/{kind}"
    assert (await alice.call("GET", path, 404))["detail"] == ("The document has not been read yet.")
    told = await fetched(alice, f"{path}?page=1")
    assert "hello" in told
    async with alice.client.get(f"{path}?page=1") as answer:
        assert '"0-2.' in answer.headers["Content-Disposition"]
    assert (await alice.call("GET", f"{path}?page=2", 404))["detail"] == (
        "The page has not been read yet."
    )
    for number in ("3", "-1", "x", "0.5", "99999999"):
        assert (await alice.call("GET", f"{path}?page={number}", 404))["code"] == "NOT_FOUND"


@FORMATS
async def test_a_document_that_could_not_be_read_says_why(
    gateway: Gateway, alice: Caller, kind: str
) -> None:
    (document,) = await alice.upload()
    documents = gateway.store.of(alice.tenant, DOCUMENTS)
    await gateway.outbox.drain(10.0)
    record = await documents.get(document["id"])
    assert record is not None
    problem = Problem(code="FILE_ENCRYPTED", detail="")
    await documents.replace(record.copy_with(state=DocumentState.FAILED, error=problem))
    body = await alice.call("GET", f"{document['links']['self']}/{kind}", 404)
    assert (body["code"], body["detail"]) == (
        "NOT_FOUND", "The document was not read: FILE_ENCRYPTED.",
    )  # fmt: skip


async def test_all_pages_of_a_long_document_come_in_order(gateway: Gateway, alice: Caller) -> None:
    (document,) = await alice.upload()
    pages = 2 * PAGES_AT_A_TIME + 3
    await gateway.read(alice, document["id"], pages=pages)
    own = document["links"]["self"]
    told = await asyncio.gather(*(fetched(alice, f"{own}/{kind}") for kind in MEDIA_TYPES))
    numbers = [f"{number}" for number in range(pages)]
    hocr = ET.fromstring(told[0])  # noqa: S314 - our own
    words = [it.text for it in hocr.iter() if it.get("class") == "ocrx_word"]
    assert words[1::4] == numbers
    alto = ET.fromstring(told[1])  # noqa: S314 - our own
    strings = [it.get("CONTENT") for it in alto.iter() if it.tag.endswith("}String")]
    assert strings[1::4] == numbers
    assert [it.split()[1] for it in told[2].split("\n") if it.startswith("page")] == numbers


async def test_a_picture_is_measured_in_pixels(gateway: Gateway, alice: Caller) -> None:
    (document,) = await alice.upload(PNG)
    await gateway.read(alice, document["id"])
    own = document["links"]["self"]
    assert "<MeasurementUnit>pixel<" in await fetched(alice, f"{own}/alto")
    assert "scan_res" not in await fetched(alice, f"{own}/hocr")


async def test_a_page_that_cannot_be_parsed_breaks_no_answer_open(
    gateway: Gateway, alice: Caller
) -> None:
    (document,) = await alice.upload()
    read = await gateway.read(alice, document["id"])
    await gateway.blobs.put(page_key(read.organization, read.id, 1, 0), b"{", "application/json")
    body = await alice.call("GET", f"{document['links']['self']}/hocr", 500)
    assert body["code"] == "BLOB_CORRUPT"
