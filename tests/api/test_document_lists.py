"""Lists of documents by words and filters, their counts, and what is done to many at once."""

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from shared.models.document import Document, DocumentState
from shared.models.ids import new_id
from shared.models.tag import Tag, Tagging, tagging_id
from shared.stages.context import Runtime
from shared.stages.indexing import Indexing
from shared.store.collections import DOCUMENTS, TAGGINGS, TAGS
from shared.store.port import Query
from tests.api.harness import API, DOCUMENTS_PATH, PDF, PNG, Caller, Gateway, form

BULK, COUNT, EXPORT = (f"{DOCUMENTS_PATH}/{it}" for it in ("bulk", "count", "export"))


@dataclass
class Shelf:
    """Alice's documents by their names, and one of Bob's that looks like hers."""

    gateway: Gateway
    alice: Caller
    bob: Caller
    ids: dict[str, str]
    theirs: str

    async def names(self, **filters: str) -> list[str]:
        body = await self.alice.call("GET", DOCUMENTS_PATH, 200, params=filters)
        named = [it["name"] for it in body["documents"]]
        if "tag" not in filters:
            counted = await self.alice.call("GET", COUNT, 200, params=filters)
            assert counted == {"count": len(named), "capped": False}
        return named

    async def index(self) -> None:
        parts = self.gateway.parts
        await Indexing(Runtime(parts.store, parts.broker), parts.blobs).step()


@pytest.fixture
async def shelf(gateway: Gateway, alice: Caller, bob: Caller) -> Shelf:
    files = [("Rechnung März.pdf", PDF), ("waiting.pdf", PDF + b"1"), ("scan <b>1.png", PNG)]
    body = await alice.call("POST", DOCUMENTS_PATH, 202, data=form(*files, reference="PO-77"))
    ids = {it["name"]: it["id"] for it in body["documents"]}
    (theirs,) = await bob.upload(PDF)
    fields = {"company": "Müller GmbH", "total": "1234.50"}
    await gateway.finish(alice, ids["Rechnung März.pdf"], **fields)
    await gateway.finish(bob, theirs["id"], **fields)
    shelf = Shelf(gateway, alice, bob, ids, theirs["id"])
    await shelf.index()
    return shelf


async def test_documents_are_found_by_name_fields_and_pages(shelf: Shelf) -> None:
    for search in (
        "muller",
        "1.234,50",
        "page says hello",
        '"page 1 says"',
        "MÄRZ",
        "rechn",
        "po-77 hello",
    ):
        assert await shelf.names(search=search) == ["Rechnung März.pdf"], search
    assert await shelf.names(search="po-77") == await shelf.names()
    assert await shelf.names(name="waiting") == ["waiting.pdf"]
    assert await shelf.names(name="hello") == []
    assert await shelf.names(search="hello", state="ready") == ["Rechnung März.pdf"]
    assert await shelf.names(search="hello", state="failed") == []
    for bad in ("!!!", "x" * 201):
        await shelf.alice.call("GET", DOCUMENTS_PATH, 400, params={"search": bad})


async def test_what_is_corrected_or_renamed_is_found_as_it_is_now(shelf: Shelf) -> None:
    identity = shelf.ids["Rechnung März.pdf"]
    path = f"{DOCUMENTS_PATH}/{identity}"
    await shelf.alice.call("POST", f"{path}/review", 200, json={"fields": {"company": "Zebra AG"}})
    documents = shelf.gateway.store.of(shelf.alice.tenant, DOCUMENTS)
    await shelf.gateway.outbox.drain(10.0)
    await shelf.index()
    assert await shelf.names(search="zebra") == ["Rechnung März.pdf"]
    assert await shelf.names(search="muller") == []
    assert await shelf.names(confidence_from="1") == ["Rechnung März.pdf"]
    await documents.change(identity, lambda it: it.copy_with(name="other.pdf"))
    await shelf.index()
    assert await shelf.names(search="rechnung") == []
    assert await shelf.names(search="other zebra hello") == ["other.pdf"]
    await shelf.alice.call("DELETE", path, 204)
    assert await shelf.names(search="zebra") == []


async def test_what_was_written_in_the_present_millisecond_is_indexed_too(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = await shelf.gateway.store.now()

    async def still() -> datetime:
        return now

    monkeypatch.setattr(shelf.gateway.store, "now", still)
    documents = shelf.gateway.store.of(shelf.alice.tenant, DOCUMENTS)
    identity = shelf.ids["Rechnung März.pdf"]
    await documents.change(identity, lambda it: it.copy_with(name="other.pdf"))
    await shelf.index()
    assert await shelf.names(search="other hello") == ["other.pdf"]


async def test_filters_and_their_mistakes(shelf: Shelf) -> None:
    documents = shelf.gateway.store.of(shelf.alice.tenant, DOCUMENTS)
    waiting = shelf.ids["waiting.pdf"]

    def doubt(document: Document) -> Document:
        return document.copy_with(state=DocumentState.NEEDS_REVIEW, confidence=0.4)

    await documents.change(waiting, doubt)
    tag = Tag(organization=shelf.alice.organization, workspace=shelf.alice.workspace, name="urgent")
    await shelf.gateway.store.of(shelf.alice.tenant, TAGS).insert(tag)
    tagging = Tagging(
        id=tagging_id(tag.id, waiting),
        organization=tag.organization,
        workspace=tag.workspace,
        tag=tag.id,
        document=waiting,
    )
    await shelf.gateway.store.of(shelf.alice.tenant, TAGGINGS).insert(tagging)
    one: dict[str, str]
    for one in (
        {"review": "needed"}, {"confidence_below": "0.5"}, {"tag": "urgent"}, {"tag": tag.id},
        {"state": "needs_review", "source": "upload", "confidence_from": "0.3"},
    ):  # fmt: skip
        assert await shelf.names(**one) == ["waiting.pdf"], one
    assert await shelf.names(confidence_from="0.5") == ["Rechnung März.pdf"]
    assert await shelf.names(source="mail") == await shelf.names(tag="other") == []
    mistakes = {"state": "x", "review": "x", "source": "fax", "confidence_below": "2",
                "confidence_from": "nan", "created_after": "yesterday"}  # fmt: skip
    for name, value in mistakes.items():
        for path in (DOCUMENTS_PATH, COUNT, EXPORT):
            await shelf.alice.call("GET", path, 400, params={name: value})
    for listed in ({"search": "hello"}, {"tag": "urgent"}, {"confidence_from": "0"}):
        body = await shelf.bob.call("GET", DOCUMENTS_PATH, 200, params=listed)
        expected = [] if "tag" in listed else [shelf.theirs]
        assert [it["id"] for it in body["documents"]] == expected


async def test_what_is_found_is_paged_by_cursor(gateway: Gateway, alice: Caller) -> None:
    contents = [PDF + str(number).encode() for number in range(7)]
    await alice.upload(*contents, reference="same")
    seen: list[str] = []
    cursor, more = "", True
    while more:
        params = {"search": "same", "maxRetrieve": "3", "cursorId": cursor}
        async with alice.client.get(DOCUMENTS_PATH, params=params) as answer:
            seen += [it["name"] for it in (await answer.json())["documents"]]
            cursor = answer.headers["X-Cursor-ID"]
            more = answer.headers["X-More-Results-Available"] == "true"
    assert sorted(seen) == [f"{number}.pdf" for number in range(7)]


async def test_many_are_deleted_retyped_and_processed_anew_once(shelf: Shelf) -> None:
    done, waiting, picture = shelf.ids.values()
    documents = shelf.gateway.store.of(shelf.alice.tenant, DOCUMENTS)

    async def act(status: int = 200, **wish: Any) -> dict[str, Any]:
        return await shelf.alice.call("POST", BULK, status, json=wish)

    body = await act(action="reprocess", ids=[done, waiting, shelf.theirs, new_id(), done])
    results = [(it["result"], it["code"]) for it in body["outcomes"]]
    assert results == [
        ("done", None), ("unchanged", None), ("failed", "NOT_FOUND"), ("failed", "NOT_FOUND"),
    ]  # fmt: skip
    assert (body["done"], body["unchanged"], body["failed"], body["more"]) == (1, 1, 2, False)
    again = await act(action="reprocess", ids=[done])
    assert again["outcomes"][0]["result"] == "unchanged"
    found = await documents.get(done)
    assert found is not None
    assert found.revision == 2

    listed = (await shelf.alice.call("GET", DOCUMENTS_PATH, 200))["documents"]
    order = [it["id"] for it in listed]  # the same for what is found
    for expected in ("done", "unchanged"):
        body = await act(action="retype", type="invoice", filter={"search": "po-77"}, limit=2)
        assert [it["result"] for it in body["outcomes"]] == [expected] * 2
    assert [it["id"] for it in body["outcomes"]] == order[:2]
    rest = await act(
        action="retype", type="invoice", filter={"search": "po-77"}, cursor=body["cursor"]
    )
    assert [(it["id"], it["result"]) for it in rest["outcomes"]] == [(order[2], "done")]
    assert (rest["more"], rest["cursor"]) == (False, None)

    for wish in (
        {"action": "delete"}, {"action": "delete", "filter": {}}, {"action": "burn", "ids": [done]},
        {"action": "delete", "filter": {"state": ""}}, {"action": "delete", "ids": []},
        {"action": "delete", "filter": {"colour": "red"}}, {"action": "retype", "ids": [done]},
        {"action": "delete", "ids": [done], "filter": {"state": "ready"}},
        {"action": "delete", "ids": [done], "type": "invoice"},
        {"action": "delete", "filter": {"state": "ready"}, "cursor": "x"},
    ):  # fmt: skip
        async with shelf.alice.client.post(BULK, json=wish) as answer:
            assert answer.status in {400, 422}, wish
    async with shelf.alice.client.post(
        BULK, json={"action": "retype", "ids": [done], "type": "nothing"}
    ) as answer:
        assert (await answer.json())["code"] == "UNKNOWN_TYPE"

    body = await act(action="delete", filter={"name": "waiting"})
    assert [it["name"] for it in body["outcomes"]] == ["waiting.pdf"]
    assert sorted(await shelf.names()) == ["Rechnung März.pdf", "scan <b>1.png"]
    await act(action="delete", ids=[done, picture])
    assert await shelf.names() == []
    theirs = shelf.gateway.store.of(shelf.bob.tenant, DOCUMENTS)
    assert await theirs.count(Query(), 10) == 1
    read_only = await shelf.gateway.another(shelf.alice.organization, "documents:read")  # type: ignore[arg-type]
    await read_only.call("POST", BULK, 403, json={"action": "delete", "ids": [done]})


async def test_documents_are_exported_as_files(shelf: Shelf) -> None:
    async def export(**params: str) -> tuple[bytes, Any]:
        async with shelf.alice.client.get(EXPORT, params=params) as answer:
            assert answer.status == 200, await answer.text()
            assert "attachment" in answer.headers["Content-Disposition"]
            return await answer.read(), answer.headers

    data, headers = await export(format="csv", search="muller")
    (row,) = csv.DictReader(io.StringIO(data.decode()))
    assert (row["name"], row["fields.total"]) == ("Rechnung März.pdf", "1234.50")
    assert headers["X-More-Results-Available"] == "false"
    data, _ = await export(format="json")
    assert data.count(b'"name"') >= 3
    assert shelf.theirs.encode() not in data
    data, _ = await export(format="xlsx", id=shelf.ids["Rechnung März.pdf"])
    assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(data)).namelist()
    data, _ = await export(format="jsonl", id=shelf.theirs)
    assert data == b""
    await shelf.alice.call("GET", EXPORT, 400, params={"format": "exe"})
    await shelf.alice.call("GET", EXPORT, 400, params={"id": new_id(), "state": "ready"})
    await shelf.alice.call("GET", f"{API}/documents/{new_id()}/reprocess", 405)
