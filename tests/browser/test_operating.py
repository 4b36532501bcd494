"""Operations at a real browser: what hangs, what has failed, the server; all pages by night."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import APIRequestContext, expect

from tests.browser.harness import PHONE, Arrive, Person, called, called_until, upload
from tests.browser.receiver import Receiver
from tests.e2e.embedded import Up
from tests.samples.invoices import Invoice, invoice_pdf

HOSTILE = "<b>hostile</b>"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def lettered(api: APIRequestContext, document: str) -> str:
    """A document has failed, and its letter is there, open: that is written a moment later."""
    path = f"/dead-letters?document={document}&state=open"
    (letter, *_) = called_until(api, path, lambda it: it["dead_letters"])["dead_letters"]
    return str(letter["id"])


def test_a_dead_letter_is_seen_and_tried_again_until_its_document_is_done(
    person: Person, api: APIRequestContext, receiver: Receiver
) -> None:
    wish = {"url": f"{receiver.url}/a.pdf", "wait": "true"}
    (made,) = called(api, "POST", "/documents", wish)["documents"]
    assert made["state"] == "failed", "there is no file yet"
    page = person.page
    page.goto("/console/operations")
    expect(page.locator("#lines tbody tr")).to_have_count(5)
    person.check()
    page.get_by_role("link", name="a.pdf").click()
    expect(page.locator("table.way")).to_contain_text("Failed")
    person.check()
    lettered(api, made["id"])
    page.goto("/console/operations/dead-letters")
    page.locator("tbody th a").first.click()
    expect(page.get_by_text("What to do:")).to_be_visible()
    person.check()
    receiver.file = invoice_pdf(Invoice(number="RG-2"))
    page.get_by_role("button", name="Try it again").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Tried again")
    page.get_by_role("link", name="its timeline").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("Ready|To review"))
    assert called(api, "GET", f"/documents/{made['id']}")["type"]["name"] == "invoice"


def test_what_hangs_is_seen_with_its_lease_and_what_failed_is_discarded_with_a_word(
    person: Person, api: APIRequestContext, receiver: Receiver
) -> None:
    receiver.gate.clear()
    receiver.file = b""
    wish = {"url": f"{receiver.url}/hanging.pdf"}
    (made,) = called(api, "POST", "/documents", wish)["documents"]
    page = person.page
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/console/operations")
    expect(page.get_by_text("No document has stood still for ten minutes.")).to_be_visible()
    fetching = page.locator("#lines tbody tr").first
    expect(fetching.locator("td").nth(1)).to_have_text("1")
    page.get_by_label("Not done, and not moved").select_option("0")
    row = page.get_by_role("row", name=re.compile("hanging.pdf"))
    expect(row).to_contain_text(re.compile(r"Fetching: at work since .*, by \S+ until "))
    person.check()
    receiver.gate.set()
    expect(fetching.locator("td").nth(1)).to_have_text("0")
    expect(page.get_by_text("Nothing is under way.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("hanging.pdf"))).to_contain_text("404")
    before = lettered(api, made["id"])
    page.get_by_role("link", name="Try them again").click()
    page.get_by_label("Stage").select_option("ocr")
    expect(page.get_by_text("There is none of that kind.")).to_be_visible()
    page.get_by_label("Stage").select_option("fetch")
    expect(page.get_by_role("link", name="FETCH_REFUSED")).to_be_visible()
    page.get_by_role("button", name="Count them").click()
    expect(page.get_by_text("1 would be tried again.")).to_be_visible()
    page.get_by_role("button", name="Try them again").click()
    expect(page.get_by_text("1 are tried again.")).to_be_visible()
    called_until(api, f"/dead-letters/{before}", lambda it: it["state"] != "open")
    assert lettered(api, made["id"]) != before
    page.goto("/console/operations/dead-letters")
    page.locator("tbody th a").first.click()
    page.get_by_label("Why nothing is to be done").fill(HOSTILE)
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Discarded")
    expect(page.get_by_text(HOSTILE)).to_be_visible()
    page.get_by_role("link", name="it failed once before").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Tried again")


def test_the_servers_page_has_all_that_the_doctor_looks_at(person: Person, up: Up) -> None:
    command = [sys.executable, "-m", "services.cli", "doctor", "--only", "local", "--json"]
    env = {**os.environ, "DOCSTAGE_DATA_DIR": str(up.data)}
    page = person.page
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as doctor:  # noqa: S603
        page.goto("/console/operations/server")
        rows = page.locator("#checkup tbody tr")
        expect(rows.first).to_be_visible()
        told, _ = doctor.communicate()
    seen = {*rows.locator("td:nth-child(3)").all_inner_texts()}
    settings = {"store", "blobs", "models", "versions", "limits", "data folder"}
    asked = [it for it in json.loads(told)["findings"] if it["name"] in settings]
    assert len(asked) >= len(settings)
    assert {it["detail"] for it in asked} <= seen
    expect(page.get_by_role("row", name=re.compile("^Dead letters"))).to_be_visible()
    person.check()


@pytest.fixture(scope="module")
def paths(api: APIRequestContext, receiver: Receiver) -> list[str]:
    """The pages of types, integrations and operations, with something on each."""
    hook = called(api, "POST", "/subscriptions", {"url": f"{receiver.url}/all"})
    called(api, "POST", "/result-queues", {"name": "all"})
    called(api, "POST", "/types", {"name": "slips", "fields": [{"name": "number"}]})
    damaged = upload(api, "damaged.pdf", b"%PDF-1.7 and nothing that a PDF has")
    document = upload(api, "seen.pdf", invoice_pdf(Invoice(number="RG-3")), wait="true")
    receiver.next()
    letter = lettered(api, damaged["id"])
    (delivery, *_) = called(api, "GET", f"/deliveries?subscription={hook['id']}")["deliveries"]
    types = ["types", "types/new?from=invoice", "types/slips", "types/invoice"]
    hooks = ["integrations/webhooks", f"integrations/webhooks/{hook['id']}"]
    log = ["integrations/deliveries", f"integrations/deliveries/{delivery['id']}"]
    queues = ["integrations/queues", "integrations/queues/all"]
    others = [f"integrations/{it}" for it in ("mail", "keys", "usage")]
    letters = ["operations/dead-letters", f"operations/dead-letters/{letter}"]
    ways = ["operations", f"operations/timeline/{document['id']}", "operations/server"]
    return [*types, "types/slips/training", *hooks, *log, *queues, *others, *letters, *ways]


@pytest.mark.parametrize("screen", [{"color_scheme": "dark"}, {"viewport": PHONE}])
def test_every_page_is_legible_at_night_and_on_a_phone(
    arrive: Arrive, up: Up, paths: list[str], screen: dict[str, object]
) -> None:
    person = arrive(**screen).sign_in(up.key)
    for path in paths:
        person.page.goto(f"/console/{path}")
        person.check()
        size = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        wide, screen_wide = person.page.evaluate(size)
        assert wide <= screen_wide, path
