"""Types, integrations and operations at a real browser: built, tried, connected, mended."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import APIRequestContext, Page, expect

from tests.browser.harness import Arrive, Person, called, upload
from tests.browser.receiver import Receiver
from tests.e2e.embedded import Up
from tests.samples.invoices import Invoice, invoice_pdf

HOSTILE = "<b>hostile</b>"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def field(page: Page, place: str) -> str:
    return page.locator(f'[id="{place}.name"]').input_value()


def agree(page: Page) -> None:
    """Say yes to what the page asks before it does something for good."""
    page.on("dialog", lambda dialog: dialog.accept())


def test_a_type_is_built_from_a_template_tried_and_saved(
    api: APIRequestContext, person: Person
) -> None:
    upload(api, "<b>hostile.pdf", invoice_pdf(Invoice()), wait="true")
    page = person.page
    page.goto("/console/types")
    person.check()
    page.get_by_label("Template").select_option("invoice")
    page.get_by_role("button", name="Begin").click()
    page.get_by_label("Title", exact=True).fill(HOSTILE)
    page.get_by_role("button", name="Add a field", exact=True).press("Enter")
    added = page.locator(":focus")
    expect(added).to_have_id(re.compile(r"f\d+\.name"))
    place = (added.get_attribute("id") or "").removesuffix(".name")
    person.type("no name")
    person.press("Tab")
    expect(page.locator("#json")).to_have_value(re.compile(r'"name": "no name"'))
    page.get_by_role("button", name="Save").click()
    expect(page.locator(f'[id="{place}.name-problem"]')).to_be_visible()
    person.check()
    page.locator(f'[id="{place}.name"]').fill("order_number")
    page.locator(f'[id="{place}.name"]').press("Tab")
    page.get_by_role("button", name="Move order_number up").press("Enter")
    up_one = f"f{int(place[1:]) - 1}"
    expect(page.locator(f'[id="{up_one}.name"]')).to_have_value("order_number")
    page.get_by_role("button", name="Try", exact=True).click()
    found = page.locator("#trial tbody tr")
    expect(found.filter(has_text="invoice_number")).to_contain_text("RG-2024-0815")
    expect(page.locator("#trial rect").first).to_be_attached()
    expect(page.locator("#trial h2")).to_contain_text("hostile")
    expect(page.locator("#trial h2 b")).to_have_count(0)
    picture = page.locator("#trial img").first
    expect(picture).not_to_have_js_property("naturalWidth", 0)
    person.check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("version 1")
    made = called(api, "GET", "/types/my_invoice")
    assert (made["title"], made["fields"][-2]["name"]) == (HOSTILE, "order_number")
    (document,) = called(api, "GET", "/documents")["documents"]
    assert document["type"]["name"] == "invoice", "a try changes nothing"
    assert len(called(api, "GET", f"/documents/{document['id']}/extractions")["extractions"]) == 1


def test_fields_are_proposed_of_a_sample_and_json_counts_both_ways(person: Person) -> None:
    page = person.page
    page.goto("/console/types")
    sample = page.locator('form[action$="/types/sample"]')
    sample.get_by_label("Name of the type").fill("From sample")
    file = {"name": "s.pdf", "mimeType": "application/pdf", "buffer": invoice_pdf(Invoice())}
    sample.get_by_label("A file").set_input_files([file])
    sample.get_by_role("button", name="Propose fields").click()
    expect(page.locator("#json")).to_have_value(re.compile('"name": "from_sample"'))
    assert page.locator(".field").count() > 3
    page.locator("#json").fill('{"name": "slips", "fields": [{"name": "number", "type": "oops"}]}')
    page.get_by_role("button", name="Take over from the JSON").click()
    expect(page.locator('[id="f0.type-problem"]')).to_be_visible()
    page.locator("#json").fill('{"name": "slips", "fields": [{"name": "number"}]')
    page.get_by_role("button", name="Take over from the JSON").click()
    expect(page.locator("#json-problem")).to_contain_text("no JSON")


def test_a_webhook_is_made_tested_seen_and_sent_again(
    person: Person, receiver: Receiver, api: APIRequestContext
) -> None:
    page = person.page
    agree(page)
    page.goto("/console/integrations")
    page.get_by_label("Address").fill(f"{receiver.url}/?{HOSTILE}")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".secret")).to_contain_text("whsec_")
    person.check()
    page.get_by_role("button", name="Send a test").click()
    first = receiver.next()
    assert first.body["type"] == "webhook.test"
    expect(page.locator("#log-rows tr")).to_have_count(1)
    page.locator("#log-rows a").first.click()
    page.get_by_text("Headers", exact=True).click()
    expect(page.get_by_text(f"webhook-id: {first.headers['webhook-id']}")).to_be_visible()
    page.get_by_text("Body", exact=True).click()
    expect(page.locator("details[open] pre").last).to_contain_text("webhook.test")
    person.check()
    with page.expect_navigation():
        page.get_by_role("button", name="Send again").click()
    assert receiver.next().headers["webhook-id"] == first.headers["webhook-id"]
    page.goto("/console/integrations")
    page.get_by_role("row", name=re.compile("hostile")).get_by_role("link").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    assert called(api, "GET", "/subscriptions")["subscriptions"] == []


def test_a_key_is_made_used_and_revoked(person: Person, arrive: Arrive) -> None:
    page = person.page
    agree(page)
    page.goto("/console/integrations/keys")
    page.get_by_label("What it is for").fill(HOSTILE)
    page.get_by_role("button", name="Make the key").click()
    key = page.locator(".secret").inner_text()
    person.check()
    other = arrive(java_script_enabled=False)
    other.page.goto("/console/sign-in")
    other.page.get_by_label("API key").fill(key)
    other.page.get_by_label("API key").press("Enter")
    other.page.goto("/console/types")
    expect(other.page.get_by_role("heading", name="Document types")).to_be_visible()
    expect(other.page.get_by_role("link", name="Integrations")).to_have_count(0)
    page.get_by_role("button", name=f"Revoke {HOSTILE}").click()
    expect(page.get_by_role("row", name=re.compile("hostile"))).to_contain_text("Revoked")
    other.page.goto("/console/types")
    expect(other.page.get_by_label("API key")).to_be_visible()


def test_a_dead_letter_is_seen_and_tried_again_until_its_document_is_done(
    person: Person, arrive: Arrive, api: APIRequestContext, receiver: Receiver, up: Up
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
    night = arrive(color_scheme="dark").sign_in(up.key)
    for path in ("operations/server", "integrations/usage", "integrations/mail", "types/new"):
        night.page.goto(f"/console/{path}")
        night.check()


def test_types_are_edited_without_scripts(arrive: Arrive, up: Up, api: APIRequestContext) -> None:
    page = arrive(java_script_enabled=False).page
    page.goto("/console/sign-in")
    page.get_by_label("API key").fill(up.key)
    page.get_by_label("API key").press("Enter")
    page.goto("/console/types/new")
    page.get_by_label("Title", exact=True).fill("Plain")
    page.get_by_label("Name for programs").fill("plain")
    page.get_by_label("Name", exact=True).fill("number")
    page.get_by_role("button", name="Add a field", exact=True).click()
    page.locator('[id="f1.name"]').fill("day")
    page.locator('[id="f1.type"]').select_option("date")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("version 1")
    assert [it["type"] for it in called(api, "GET", "/types/plain")["fields"]] == ["text", "date"]
