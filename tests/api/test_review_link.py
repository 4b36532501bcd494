"""Signed links to a review: no key, one document, and nothing beside it."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from services.ingest.dialects.affinda.documents.links import DocumentLinks
from shared.http.links import LinkSigner
from shared.models.document import Document
from shared.models.time import utc_now
from shared.store.collections import DOCUMENTS
from tests.api.console_client import AS_BROWSER, Browser
from tests.api.harness import SECRET, Caller, Gateway
from tests.api.test_review_work import invoice


async def link_to(gateway: Gateway, caller: Caller, identity: str, **age: Any) -> str:
    """What the Affinda dialect gives as ``reviewUrl``, without the host."""
    document = await gateway.store.of(caller.tenant, DOCUMENTS).get(identity)
    assert isinstance(document, Document)
    url = DocumentLinks(LinkSigner(SECRET), "", utc_now() - timedelta(**age)).review(document)
    assert url is not None
    return url


async def open_link(browser: Browser, url: str) -> tuple[int, str]:
    request = browser.client.get(url, headers=AS_BROWSER, allow_redirects=False)
    async with request as answer:
        return answer.status, answer.headers.get("Location", "") or await answer.text()


async def test_a_link_opens_one_document_and_nothing_else(gateway: Gateway, alice: Caller) -> None:
    document, other = await invoice(gateway, alice), await invoice(gateway, alice)
    browser = Browser(gateway)
    url = await link_to(gateway, alice, document["id"])
    assert await open_link(browser, url) == (303, f"/console/review/{document['id']}")
    page = await browser.page(f"/review/{document['id']}")
    assert "2026-17" in page.text
    assert 'href="/console/upload"' not in page.text
    assert "Another type" not in page.text
    for path in ("/upload", "/live", "/review", "/review/next", f"/review/{other['id']}", "/types"):
        refused = await browser.get(path)
        assert refused.status == 404, path
        assert other["id"] not in refused.text
    words = await browser.get(f"/review/{document['id']}/pages/0/words")
    assert words.status == 200
    assert (await browser.get(f"/review/{other['id']}/pages/0/words")).status == 404
    assert (await browser.post(f"/review/{other['id']}/undo")).status == 404
    own = f"/review/{document['id']}"
    assert (await browser.post(f"{own}/retype", {"type": "receipt"})).status == 403
    refused = await browser.post(f"{own}/lock", {"wish": "take_over"})
    assert refused.status == 303
    written = await browser.post(f"{own}/fields/total_amount", {"value": "5", "revision": "none"})
    assert written.status == 409
    async with aiohttp.ClientSession(gateway.url, cookie_jar=browser.jar) as api:
        assert (await api.get("/api/v1/documents")).status == 401


async def test_a_link_that_is_over_or_was_changed_opens_nothing(
    gateway: Gateway, alice: Caller
) -> None:
    document, other = await invoice(gateway, alice), await invoice(gateway, alice)
    browser = Browser(gateway)
    old = await link_to(gateway, alice, document["id"], hours=2)
    good = await link_to(gateway, alice, document["id"])
    moved = f"/review/{other['id']}?{urlsplit(good).query}"
    for url in (old, moved, f"/review/{document['id']}", f"{good}0"):
        status, text = await open_link(browser, url)
        assert status == 403, url
        assert "no longer good" in text
    assert not browser.jar.filter_cookies(gateway.url)  # type: ignore[arg-type]


async def test_who_has_signed_in_stays_so(gateway: Gateway, alice: Caller, bob: Caller) -> None:
    document = await invoice(gateway, alice)
    browser = await Browser(gateway).sign_in(alice.key)
    before = browser.cookie()
    await open_link(browser, await link_to(gateway, alice, document["id"]))
    assert browser.cookie() == before
    stranger = await Browser(gateway).sign_in(bob.key)
    before = stranger.cookie()
    await open_link(stranger, await link_to(gateway, alice, document["id"]))
    assert stranger.cookie() != before
    assert (await stranger.get(f"/review/{document['id']}")).status == 200
