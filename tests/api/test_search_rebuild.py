"""All documents are indexed anew: by the API some at a time, by the command to the end."""

import sqlite3
from pathlib import Path

from structlog.testing import capture_logs

from shared.blobs.keys import page_key
from shared.search.words import Words
from shared.stages.context import Runtime
from shared.stages.indexing import Indexing
from shared.store.collections import DOCUMENTS
from tests.api.command import Command
from tests.api.harness import API, DOCUMENTS_PATH, PDF, Caller, Gateway

REBUILD = f"{API}/search/rebuild"


async def finished(gateway: Gateway, caller: Caller, number: int, company: str) -> str:
    (document,) = await caller.upload(PDF + str(number).encode())
    await gateway.finish(caller, document["id"], company=company)
    return str(document["id"])


async def lose(gateway: Gateway, caller: Caller, *ids: str) -> None:
    """What searches know of documents; nothing tells that it is gone."""
    for identity in ids:
        assert await gateway.store.of(caller.tenant, DOCUMENTS).index(identity, Words())


async def found(caller: Caller, words: str) -> set[str]:
    body = await caller.call("GET", DOCUMENTS_PATH, 200, params={"search": words})
    return {it["id"] for it in body["documents"]}


async def test_a_lost_index_is_built_anew(
    gateway: Gateway, alice: Caller, bob: Caller, tmp_path: Path
) -> None:
    hers = {await finished(gateway, alice, number, "Zebra Ltd") for number in range(3)}
    his = {await finished(gateway, bob, 7, "Zebra Ltd")}
    await alice.upload(PDF + b"open")
    await lose(gateway, alice, *hers)
    await lose(gateway, bob, *his)
    assert await found(alice, "zebra") == set()
    body = {"limit": 2}
    first = await alice.call("POST", REBUILD, 200, json=body)
    assert (first["indexed"], first["passed"], first["more"]) == (1, 1, True)
    assert len(await found(alice, "zebra")) == 1
    rest = await alice.call("POST", REBUILD, 200, json={**body, "cursor": first["cursor"]})
    assert rest == {"indexed": 2, "passed": 0, "more": False, "cursor": None}
    assert await found(alice, "zebra") == hers
    assert await found(alice, '"page 0 says"') == hers, "the pages as well as the values"
    assert await found(bob, "zebra") == set(), "his are his to rebuild"
    await bob.call("POST", REBUILD, 400, json={"cursor": first["cursor"]})

    docstage = Command(tmp_path, URL=gateway.url, KEY=bob.key)
    done = await docstage("search", "rebuild")
    assert (done.code, done.out) == (0, "1 document is indexed anew.\n"), done.err
    assert await found(bob, "zebra") == his
    told = await Command(tmp_path, URL=gateway.url, KEY=alice.key)("search", "rebuild", "--json")
    assert told.json == {"indexed": 3, "passed": 1}
    helped = await docstage("search", "rebuild", "--help")
    assert "lost or damaged" in " ".join(helped.out.split())


async def test_what_cannot_be_read_holds_up_no_other(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    """A damaged page costs its own words, and a damaged record itself; all else is found."""
    torn, lost = [await finished(gateway, alice, it, "Zebra Ltd") for it in range(2)]
    his = await finished(gateway, bob, 2, "Zebra Ltd")
    record = await gateway.store.of(alice.tenant, DOCUMENTS).get(torn)
    assert record is not None
    key = page_key(record.organization, record.id, record.revision, 0)
    await gateway.blobs.put(key, b"{no JSON", "application/json")
    (file,) = gateway.parts.settings.data_dir.glob("*.db")
    with sqlite3.connect(file) as store:
        store.execute("UPDATE documents SET body = '{}' WHERE id = ?", [lost])
    parts = gateway.parts
    with capture_logs() as logged:
        await Indexing(Runtime(parts.store, parts.broker), parts.blobs).step()
    assert await found(bob, "zebra") == {his}
    told = {it["event"]: it for it in logged}
    assert told["not_indexed"]["target"] == lost
    assert (told["page_not_indexed"]["document"], told["page_not_indexed"]["page"]) == (torn, 1)
