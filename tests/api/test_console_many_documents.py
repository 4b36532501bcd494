"""The list of very many documents, and what is done to more of them than go in one batch."""

import asyncio
import re
from html import unescape

from services.ingest.console.documents.listing import MOST_SHOWN, PAGE
from shared.models.ids import new_id
from shared.store.collections import DOCUMENTS
from tests.api.console_client import Browser
from tests.api.harness import DOCUMENTS_PATH, PDF, Caller, Gateway

COUNT = MOST_SHOWN + 70
OLDER = re.compile(r'<a class="button" href="/console([^"]+)"( data-swap)?>Show older</a>')


async def shelve(gateway: Gateway, caller: Caller, count: int) -> None:
    """As many documents, all alike."""
    (made,) = await caller.upload(PDF)
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    first = await documents.get(made["id"])
    assert first is not None
    for start in range(1, count, 200):
        numbers = range(start, min(start + 200, count))
        alike = [first.copy_with(id=new_id(), name=f"{it}.pdf", outbox=[]) for it in numbers]
        await asyncio.gather(*(documents.insert(it) for it in alike))


async def test_a_list_goes_on_upon_a_page_of_its_own_before_it_gets_slow(
    gateway: Gateway, alice: Caller
) -> None:
    await shelve(gateway, alice, COUNT)
    browser = await Browser(gateway).sign_in(alice.key)
    path, page, rows, pages = "/documents", await browser.page("/documents"), set[str](), 0
    assert f"{COUNT:,} documents, newest first" in page.text
    while True:
        found = re.findall(r'id="row-([^"]+)"', page.text)
        assert len(page.text) < 1_300 * PAGE, "what is sent does not grow"
        assert not rows & set(found), "nothing comes twice"
        rows.update(found)
        pages += 1
        older = OLDER.search(page.text)
        if older is None or not older[2]:
            break
        path = unescape(older[1])
        page = await browser.get(path, **{"X-Swap": "1"})
    assert (len(rows), pages) == (MOST_SHOWN, MOST_SHOWN // PAGE)
    assert older, "there are more"
    assert "Older ones come on a page of their own." in page.text
    onwards = await browser.page(unescape(older[1]))
    rows.update(re.findall(r'id="row-([^"]+)"', onwards.text))
    last = OLDER.search(onwards.text)
    assert last, "and they go on below each other there"
    assert last[2]
    page = await browser.get(unescape(last[1]), **{"X-Swap": "1"})
    rows.update(re.findall(r'id="row-([^"]+)"', page.text))
    assert len(rows) == COUNT
    assert OLDER.search(page.text) is None


async def test_all_that_match_are_done_batch_by_batch(gateway: Gateway, alice: Caller) -> None:
    await shelve(gateway, alice, 45)
    browser = await Browser(gateway).sign_in(alice.key)
    await browser.page("/documents")
    wish = {"action": "delete", "all": "1", "sure": "1", "limit": "20", "cursor": ""}
    done: list[int] = []
    more = True
    while more:
        answer = await browser.client.post(
            "/console/documents/bulk?search=pdf",
            data={"csrf": browser.token, **wish},
            headers={"Accept": "application/json", "Origin": browser.url},
        )
        told = await answer.json()
        assert answer.status == 200, told
        assert {it["result"] for it in told["outcomes"]} == {"done"}
        done.append(len(told["outcomes"]))
        wish["cursor"], more = told["cursor"], told["more"]
    assert done == [20, 20, 5]
    assert (await alice.call("GET", f"{DOCUMENTS_PATH}/count", 200))["count"] == 0
