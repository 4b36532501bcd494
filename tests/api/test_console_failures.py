"""When something below the console fails, a plain page says so, and leads back."""

import re
import sqlite3

from shared.blobs.keys import page_key
from shared.store.collections import DOCUMENTS
from tests.api.console_client import Browser, Page
from tests.api.harness import Caller, Gateway
from tests.api.test_review_work import invoice


def is_plain(page: Page, status: int, sentence: str) -> None:
    """A page for people: a sentence, a way back, an id for the log, and nothing of our insides."""
    assert page.status == status, page.text
    assert page.headers["Content-Type"].startswith("text/html")
    assert "Content-Security-Policy" in page.headers
    shown = page.text.partition("<main")[2]
    assert f"<p>{sentence}</p>" in shown
    assert '<a href="/console">' in shown
    assert re.search(r"request <code>[0-9a-f-]{36}</code>", shown)
    for inside in ("Traceback", "Error:", ".py", "sqlite", "table", "None"):
        assert inside not in shown, inside


async def test_what_fails_below_shows_a_plain_page(gateway: Gateway, alice: Caller) -> None:
    browser = await Browser(gateway).sign_in(alice.key)
    made = await invoice(gateway, alice)
    document = await gateway.store.of(alice.tenant, DOCUMENTS).get(made["id"])
    assert document is not None
    key = page_key(document.organization, document.id, document.revision, 0)
    await gateway.blobs.put(key, b"{no JSON", "application/json")
    broken = await browser.get(f"/review/{document.id}")
    is_plain(broken, 500, "A stored page cannot be read.")
    assert "Sign out" in broken.text, "who is signed in stays so"

    (file,) = gateway.parts.settings.data_dir.glob("*.db")
    with sqlite3.connect(file) as store:
        store.execute("ALTER TABLE documents RENAME TO hidden")
    is_plain(await browser.get("/documents"), 503, "The database file does not answer.")
    part = await browser.get("/documents", **{"X-Swap": "1"})
    assert (part.status, "<main" in part.text, 'role="alert"' in part.text) == (503, False, True)

    await gateway.store.close()
    gone = await browser.get("/documents")
    is_plain(gone, 503, "The store is not open.")
    assert int(gone.headers["Retry-After"]) > 0
