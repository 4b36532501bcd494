"""The list of documents and the page of one, in a real browser."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, Page, expect

from tests.browser.harness import PHONE, Arrive, Person, called, called_until, upload
from tests.e2e.embedded import Up
from tests.samples.invoices import invoice_pdf

HOSTILE = "<img src=x onerror=alert(1)> & co.pdf"
LIST = "/console/documents"


@pytest.fixture(scope="module")
def shelf(api: APIRequestContext) -> dict[str, str]:
    """Ids by name: an invoice of a hostile name, 59 files that cannot be read, in this order."""
    named = {HOSTILE: upload(api, HOSTILE, invoice_pdf(), reference="PO-77")["id"]}
    for number in range(59):
        name = f"broken {number:02}.pdf"
        named[name] = upload(api, name, f"%PDF-1.7 {number}".encode())["id"]
    for words, count in (("broken", 59), ("nordwind", 1)):  # searches know them: they are done
        called_until(api, f"/documents/count?search={words}", lambda it, n=count: it["count"] == n)
    return named


def rows(page: Page) -> Any:
    return page.locator("#document-rows tr")


def box(page: Page, name: str) -> Any:
    return page.get_by_label(f"Select {name}", exact=True)


def ready(page: Page) -> Page:
    """The list once all on it is done."""
    page.goto(LIST)
    expect(rows(page)).to_have_count(50)
    expect(page.locator("[data-live-open]")).to_have_count(0)
    return page


def test_an_empty_shelf_says_what_to_do(person: Person, api: APIRequestContext) -> None:
    page = person.page
    page.goto(LIST)
    expect(page.get_by_text("There are no documents yet.")).to_be_visible()
    expect(page.get_by_role("link", name="Upload the first ones")).to_be_visible()
    person.check()
    (document,) = [upload(api, "a.pdf", b"%PDF-1.7 first")]
    fresh = page.get_by_role("link", name="1 document came in meanwhile. Show")
    fresh.click()
    row = page.locator(f"#row-{document['id']}")
    expect(row).to_contain_text("Failed")  # told as it happened, in its own row
    called(api, "DELETE", f"/documents/{document['id']}")


def test_it_is_searched_filtered_and_paged(person: Person, shelf: dict[str, str]) -> None:
    page = ready(person.page)
    assert len(page.content()) < 75_000  # of the 150 KB that a first page may have
    expect(page.locator("#count")).to_have_text("60 documents, newest first")
    page.get_by_role("link", name="Show older").click()
    expect(rows(page)).to_have_count(60)
    expect(rows(page).nth(50)).to_be_focused()
    expect(page.get_by_role("link", name="Show older")).to_have_count(0)
    row = page.locator(f"#row-{shelf[HOSTILE]}")
    expect(row.get_by_role("link", name=HOSTILE)).to_be_visible()  # as text, not as a picture
    expect(row).to_contain_text("Invoice")
    picture = row.locator('img[loading="lazy"]')
    expect(picture).not_to_have_js_property("naturalWidth", value=0)
    expect(rows(page).locator("img")).to_have_count(1)  # of what could not be read there is none
    person.check()

    search = page.get_by_label("Search", exact=True)
    for typed in ("nordwind 297,50", '"beispiel & partner"', "po-77", "rg-2024-081"):
        search.fill(typed)
        search.press("Enter")
        expect(page.locator("#filters[aria-busy]")).to_have_count(0)
        expect(rows(page)).to_have_count(1)
        expect(rows(page)).to_contain_text("co.pdf")
        expect(search).to_be_focused()
    expect(page).to_have_url(re.compile(r"search=rg-2024-081"))
    page.reload()
    expect(rows(page)).to_have_count(1)
    search.fill("nothing like this")
    search.press("Enter")
    expect(page.get_by_text("No document is like that.")).to_be_visible()
    page.get_by_role("link", name="Show all documents").click()
    page.get_by_text("Filters").click()
    page.get_by_label("State").select_option("ready")
    expect(rows(page)).to_have_count(1)
    person.check()
    search.fill("!!!")
    search.press("Enter")
    expect(page.locator("#count")).to_contain_text("must have a letter or a digit")


def test_many_are_chosen_with_keys_and_changed(person: Person, shelf: dict[str, str]) -> None:
    page = ready(person.page)
    delete = page.get_by_role("button", name="Delete")
    expect(delete).to_be_disabled()
    box(page, "broken 58.pdf").focus()
    person.press("Space", "ArrowDown", "ArrowDown", "ArrowDown", "Shift+Space")
    expect(page.get_by_text("4 selected")).to_be_visible()
    box(page, "broken 50.pdf").click()
    box(page, "broken 52.pdf").click(modifiers=["Shift"])
    expect(page.get_by_text("7 selected")).to_be_visible()
    page.get_by_role("button", name="Retype").click()
    expect(page.get_by_role("alert")).to_have_text("Choose a type first.")
    page.locator("#bulk-type").select_option("receipt")
    page.get_by_role("button", name="Retype").click()
    expect(page.locator("#report")).to_contain_text("7 documents being processed as that type.")
    expect(page.get_by_text("None selected")).to_be_visible()

    for name in ("broken 40.pdf", "broken 41.pdf"):
        box(page, name).check()
    gone = person.tab()  # somebody else is quicker
    gone.goto(f"{LIST}/{shelf['broken 41.pdf']}/delete")
    gone.get_by_role("button", name="Delete").click()
    expect(gone).to_have_url(re.compile(r"/documents$"))
    page.once("dialog", lambda it: it.dismiss())
    delete.click()
    expect(page.get_by_text("2 selected")).to_be_visible()
    questions: list[str] = []

    def accept(dialog: Any) -> None:
        questions.append(dialog.message)
        dialog.accept()

    page.once("dialog", accept)
    delete.click()
    report = page.locator("#report")
    expect(report).to_contain_text("1 document deleted, not possible for 1.")
    expect(report.get_by_role("listitem")).to_contain_text("There is no such document.")
    expect(page.locator(f"#row-{shelf['broken 40.pdf']}")).to_have_count(0)
    assert questions[0].startswith("Delete 2 documents?")
    person.check()


def test_all_that_match_are_done_in_batches(person: Person, shelf: dict[str, str]) -> None:
    page = person.page
    page.goto(f"{LIST}?search=broken")
    expect(rows(page)).to_have_count(50)
    expect(page.locator("[data-live-open]")).to_have_count(0)
    sent: list[str] = []
    page.on("request", lambda it: sent.append(it.url) if "/bulk" in it.url else None)
    page.get_by_label("all that match").check()
    expect(page.get_by_text("All selected")).to_be_visible()
    page.once("dialog", lambda it: it.accept())
    page.get_by_role("button", name="Process anew").click()
    report = page.locator("#report")
    expect(report).to_contain_text(re.compile(r"^5\d documents being processed anew\.$"))
    assert len(sent) == 3  # 20 at a time
    expect(page.get_by_label("all that match")).not_to_be_checked()
    expect(page.locator("[data-live-open]")).to_have_count(0)


def test_what_is_chosen_is_exported(person: Person, shelf: dict[str, str]) -> None:
    page = person.page
    page.goto(f"{LIST}?search=po-77")
    box(page, HOSTILE).check()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export").click()
    (row,) = csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text()))
    assert (row["name"], row["fields.total_amount"]) == (HOSTILE, "297.50")
    box(page, HOSTILE).uncheck()
    page.get_by_label("all that match").check()
    page.locator("#format").select_option("json")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export").click()
    assert shelf[HOSTILE] in Path(waiting.value.path()).read_text()


def test_a_document_has_a_page(
    person: Person, arrive: Arrive, up: Up, shelf: dict[str, str]
) -> None:
    page = person.page
    page.goto(f"{LIST}/{shelf[HOSTILE]}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(HOSTILE)
    expect(page.get_by_role("row", name="Total amount")).to_contain_text("297.50")
    expect(page.get_by_role("row", name="Desk lamp")).to_contain_text("60.00")
    picture = page.get_by_alt_text("Picture of page 1")
    expect(picture).not_to_have_js_property("naturalWidth", value=0)
    for name in ("Original file", "Searchable PDF", "Text"):
        with page.expect_download() as waiting:
            page.get_by_role("link", name=name).click()
        assert Path(waiting.value.path()).stat().st_size > 100
    person.check()
    for path, title in (("delete", "Delete"), ("there-is-no-such", "Not found")):
        page.goto(f"{LIST}/{shelf[HOSTILE]}/{path}")
        expect(page.get_by_role("heading", level=1)).to_contain_text(title)
        person.check()
    wide = arrive(color_scheme="dark").sign_in(up.key, f"{LIST}/{shelf[HOSTILE]}")
    wide.check()
    wide.page.goto(LIST)
    expect(wide.page.locator("#document-rows")).to_be_visible()
    wide.check()
    small = arrive(viewport=PHONE, color_scheme="dark").sign_in(up.key, f"{LIST}/{shelf[HOSTILE]}")
    small.check()
    small.page.goto(LIST)
    expect(small.page.locator("#document-rows")).to_be_visible()
    small.check()
    width = small.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]


def test_without_scripts_it_all_works(arrive: Arrive, up: Up, shelf: dict[str, str]) -> None:
    page = arrive(java_script_enabled=False).sign_in(up.key, LIST).page
    page.get_by_role("link", name="Show older").click()
    expect(page).to_have_url(re.compile("cursor="))
    expect(page.get_by_role("link", name=HOSTILE)).to_be_visible()
    page.get_by_label("Search", exact=True).fill("broken 30")
    page.get_by_role("button", name="Search").click()
    expect(rows(page)).to_have_count(1)
    box(page, "broken 30.pdf").check()
    page.get_by_role("button", name="Process anew").click()
    expect(page.get_by_text("Being processed anew: 1")).to_be_visible()
    page.get_by_role("link", name="Back to the documents").click()
    box(page, "broken 30.pdf").check()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Delete 1 document?")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted: 1")).to_be_visible()
    page.get_by_role("link", name="Back to the documents").click()
    expect(page.get_by_text("No document is like that.")).to_be_visible()
