"""One document as people take it all the way: upload, watch, review by keys, be told, export."""

import csv
import io
import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, expect

from tests.browser.harness import Person, called
from tests.samples.invoices import Invoice, Line, invoice_pdf

WRONG = Invoice(
    net="160.00",
    tax="30.40",
    total="199.40",
    lines=(Line("Desk lamp, brass", "4", "40.00", "160.00"),),
)
TOTAL = "v-total_amount"
MOST_KEYS = 60
PATIENCE = 120.0


class Hook:
    """Somebody's system that is told by webhook."""

    def __init__(self) -> None:
        self.told: SimpleQueue[dict[str, Any]] = SimpleQueue()
        told = self.told

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                told.put(json.loads(self.rfile.read(length)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook"


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    yield hook
    hook.server.shutdown()


def test_a_document_from_upload_to_export(
    person: Person, api: APIRequestContext, hook: Hook
) -> None:
    called(api, "POST", "/subscriptions", {"url": hook.url, "events": ["document.reviewed"]})
    page = person.page
    page.goto("/console/upload")
    file = {"name": "lamps.pdf", "mimeType": "application/pdf", "buffer": invoice_pdf(WRONG)}
    page.locator("#files").set_input_files([file])
    page.get_by_role("link", name="Review it").click()
    expect(page.get_by_role("heading", name="lamps.pdf")).to_be_visible()
    person.check()
    person.keys = 0
    correct_by_keys(person)
    expect(page.locator("#told")).to_contain_text("lamps.pdf")
    print(f"{person.keys} keys for a document with a wrong total")  # noqa: T201 - a figure
    event = hook.told.get(timeout=PATIENCE)
    page.goto("/console/documents?search=lamps")
    page.get_by_label("Select lamps.pdf", exact=True).check()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export").click()
    (row,) = csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text()))
    assert (row["name"], row["fields.total_amount"]) == ("lamps.pdf", "190.40")
    assert row["id"] == event["data"]["document"]["id"]


def correct_by_keys(person: Person) -> None:
    """Enter accepts what is right; the total, which the sum says is wrong, is typed anew."""
    page = person.page
    here = page.locator(":focus")
    expect(here).to_have_attribute("id", re.compile("^v-|^approve$"))
    while person.keys < MOST_KEYS:
        place = here.get_attribute("id")
        if place == "approve":
            expect(here).not_to_have_attribute("aria-disabled", "true")
            return person.press("Enter")
        if place == TOTAL and here.input_value() != "190.40":
            person.press("Control+a")
            person.type("190.40")
        person.press("Enter")
        expect(page.locator(f":focus:not([id='{place}'])")).to_be_visible()
    raise AssertionError("the keys led nowhere")
