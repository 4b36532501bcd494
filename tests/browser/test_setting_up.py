"""Types at a real browser: built field by field, proposed, tried, taught by reviews."""

import re

from playwright.sync_api import APIRequestContext, Page, Route, expect

from tests.browser.harness import Arrive, Person, called, upload
from tests.e2e.embedded import Up
from tests.samples.invoices import Invoice, invoice_pdf
from tests.samples.tickets import TYPE, ticket_pdf, tickets

HOSTILE = "<b>hostile</b>"


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


def named(page: Page, place: str, name: str) -> None:
    """Give the field at a place its name, as the JSON beside it then says."""
    page.locator(f'[id="{place}.name"]').fill(name)
    page.locator(f'[id="{place}.name"]').press("Tab")
    expect(page.locator("#json")).to_have_value(re.compile(f'"name": "{name}"'))


def test_a_table_and_its_rules_are_built_by_buttons(person: Person, api: APIRequestContext) -> None:
    page = person.page
    agree(page)
    page.goto("/console/types/new")
    page.get_by_label("Title", exact=True).fill("Slips")
    page.get_by_label("Name for programs").fill("slips")
    named(page, "f0", "lines")
    page.locator('[id="f0.type"]').select_option("rows")
    for number, name in enumerate(("what", "price", "spare")):
        page.get_by_role("button", name="Add a column to lines").click()
        expect(page.locator(f'[id="f0.c{number}.name"]')).to_be_focused()
        named(page, f"f0.c{number}", name)
    held: list[Route] = []
    page.route("**/types/edit", lambda route: held.append(route), times=1)  # noqa: PLW0108 - it marks its handler
    page.locator('[id="f0.c1.type"]').select_option("amount")
    page.get_by_role("button", name="Remove spare").click()  # while the type is on its way
    held[0].continue_()
    expect(page.locator('[id="f0.c2.name"]')).to_have_count(0)
    page.get_by_role("button", name="Move price up").click()
    expect(page.locator('[id="f0.c0.name"]')).to_have_value("price")
    page.get_by_role("button", name="Add a field", exact=True).click()
    named(page, "f1", "totl")
    named(page, "f1", "total")
    page.locator('[id="f1.type"]').select_option("amount")
    page.get_by_text("More of total").click()
    page.locator('[id="f1.new-rule"]').select_option("sum")
    page.get_by_role("button", name="Add rule to total").click()
    page.get_by_label("Fields that make the sum").fill("lines.price")
    page.locator('[id="f1.new-rule"]').select_option("range")
    page.get_by_role("button", name="Add rule to total").click()
    page.get_by_label("Smallest number").fill("nothing")
    page.get_by_role("button", name="Save").click()
    expect(page.locator('[id="f1.r1.minimum-problem"], [id="f1.r1-problem"]')).to_be_visible()
    person.check()
    page.get_by_label("Smallest number").fill("1")
    page.get_by_label("Message when it is broken").last.fill("Slips are never free.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("version 1")
    lines, total = called(api, "GET", "/types/slips")["fields"]
    assert [it["name"] for it in lines["fields"]] == ["price", "what"]
    assert [it["kind"] for it in total["rules"]] == ["sum", "range"]
    assert total["rules"][0]["of"] == ["lines.price"]
    page.get_by_role("button", name="Remove this type").click()
    expect(page.get_by_text("The type is removed")).to_be_visible()


def test_a_type_is_described_and_tried_at_once_on_a_file_that_is_new(
    person: Person, api: APIRequestContext
) -> None:
    page = person.page
    page.goto("/console/types")
    described = page.locator('form[action$="/types/describe"]')
    described.get_by_label("Name of the type").fill("Bills")
    described.get_by_label("What is to be found").fill("...")
    described.get_by_role("button", name="Propose fields").click()
    expect(page.locator("#notice")).to_contain_text("Name what is to be found")
    expect(described.get_by_label("Name of the type")).to_have_value("Bills")
    described.get_by_label("What is to be found").fill("invoice number, invoice date, total amount")
    described.get_by_role("button", name="Propose fields").click()
    expect(page.locator('[id="f0.name"]')).to_have_value("invoice_number")
    assert [field(page, f"f{it}") for it in (1, 2)] == ["invoice_date", "total_amount"]
    person.check()
    number = "RG-2031-77"
    file = {"name": "new.pdf", "mimeType": "application/pdf"}
    content = invoice_pdf(Invoice(number=number))
    page.get_by_label("or another file").set_input_files([{**file, "buffer": content}])
    page.get_by_role("button", name="Try on this file").click()
    expect(page.locator("#trial h2")).to_have_text("Found on new.pdf")
    rows = page.locator("#trial tbody tr")
    expect(rows.filter(has_text="invoice_number")).to_contain_text(number)
    expect(page.locator("#trial img").first).not_to_have_js_property("naturalWidth", 0)
    person.check()
    page.once("dialog", lambda it: it.dismiss())  # the draft is not saved: stay
    page.get_by_role("link", name="Documents", exact=True).click()
    expect(page.locator('[id="f0.name"]')).to_have_value("invoice_number")
    (taken,) = [
        it for it in called(api, "GET", "/documents")["documents"] if it["name"] == "new.pdf"
    ]
    assert taken["type"] is None, "it was only tried on"


def test_reviews_teach_a_type_and_what_that_is_worth_is_shown(
    person: Person, api: APIRequestContext
) -> None:
    called(api, "POST", "/types", TYPE)
    page = person.page
    page.goto("/console/types/well_ticket/training")
    page.get_by_role("button", name="Learn from the reviews").click()
    expect(page.locator("#notice")).to_contain_text("three accepted reviews")
    for ticket in tickets(3):
        made = upload(api, "ticket.pdf", ticket_pdf(ticket), type="well_ticket", wait="true")
        called(api, "POST", f"/documents/{made['id']}/review", {"fields": ticket.fields})
    page.get_by_role("button", name="Learn from the reviews").click()
    expect(page.get_by_role("heading", name="Version 1 In use")).to_be_visible()
    gain = page.get_by_text(re.compile(r"Right: \d+ of 18 values before, \d+ with it"))
    before, after = re.findall(r"(\d+) of 18 .*, (\d+) with", gain.inner_text())[0]
    assert int(after) > int(before)
    person.check()
    page.get_by_role("button", name="Stop using it").click()
    expect(page.get_by_text("It is no longer used")).to_be_visible()
    expect(page.get_by_role("heading", name="In use")).to_have_count(0)
    page.get_by_role("button", name="Use this one").click()
    expect(page.get_by_role("heading", name="Version 1 In use")).to_be_visible()
    page.goto("/console/types")
    expect(page.get_by_role("row", name=re.compile("well_ticket"))).to_contain_text("In use")


def test_types_are_edited_without_scripts(arrive: Arrive, up: Up, api: APIRequestContext) -> None:
    upload(api, "plain.pdf", invoice_pdf(Invoice()), wait="true")
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
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.locator("#trial tbody tr")).to_have_count(2)
    expect(page.locator('[id="f1.name"]')).to_have_value("day")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("version 1")
    assert [it["type"] for it in called(api, "GET", "/types/plain")["fields"]] == ["text", "date"]
