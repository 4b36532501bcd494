"""A reviewer works on pages and tables as a whole: lines, rows, turns, pieces and types."""

import re
import time
from collections.abc import Callable
from typing import Any

import pymupdf
import pytest
from playwright.sync_api import APIRequestContext, Locator, Page, expect

from tests.browser.harness import Person, called, upload
from tests.browser.test_review import fields_of, focused, opened
from tests.samples.invoices import Invoice, Line, invoice_pdf
from tests.samples.pages import drawn_page, encoded

LINES = "lined_invoice"
SLIP = "slip"
ROWS = {
    "name": "line_items",
    "type": "rows",
    "fields": [
        {"name": "description"},
        {"name": "quantity", "type": "number"},
        {"name": "unit_price", "type": "amount"},
        {"name": "line_total", "type": "amount"},
    ],
}
Send = Callable[..., str]
_FINAL = {"ready", "needs_review", "failed", "rejected"}


def settled(api: APIRequestContext, identity: str) -> Any:
    while (document := called(api, "GET", f"/documents/{identity}"))["state"] not in _FINAL:
        time.sleep(0.2)
    return document


@pytest.fixture(scope="module")
def send(api: APIRequestContext) -> Send:
    """Send a file in, of a type with lines or of one with two short values; its id."""
    sum_of = [{"kind": "range", "maximum": "100", "message": "More than we ever pay."}]
    fields = [{"name": "invoice_number", "threshold": 1.0}, ROWS]
    api.post("/api/v1/types", data={"name": LINES, "fields": fields})
    columns = [{**it, "rules": sum_of} if it["name"] == "line_total" else it
               for it in ROWS["fields"]]  # fmt: skip
    ruled = {**ROWS, "fields": columns}
    api.post("/api/v1/types", data={"name": "ruled", "fields": [ruled]})
    short = [
        {"name": name, "type": "identifier", "synonyms": [name.title()], "required": True}
        for name in ("lot", "owner")
    ]
    api.post("/api/v1/types", data={"name": SLIP, "fields": short})

    def sent(name: str, content: bytes, kind: str) -> str:
        identity: str = upload(api, name, content, type=kind)["id"]
        settled(api, identity)
        return identity

    return sent


def sweep(page: Page, first: Locator, last: Locator) -> None:
    """Draw a line over words with the mouse."""
    from_box, to_box = first.bounding_box(), last.bounding_box()
    assert from_box
    assert to_box
    page.mouse.move(from_box["x"] + 2, from_box["y"] + from_box["height"] / 2)
    page.mouse.down()
    page.mouse.move(to_box["x"] + 2, to_box["y"] + to_box["height"] / 2, steps=4)
    page.mouse.up()


def cells(page: Page, row: int) -> list[str]:
    found = page.locator(f'#t-line_items tr[data-row="{row}"] input[name=value]')
    return [it.input_value() for it in found.all()]


def word(page: Page, text: str, at: int = 0) -> Locator:
    return page.locator(f'rect.word[data-text="{text}"]').nth(at)


def test_a_line_of_the_page_fills_a_row(person: Person, send: Send, api: APIRequestContext) -> None:
    page = opened(person, send("lines.pdf", invoice_pdf(), LINES))
    expect(word(page, "lamp")).to_have_count(1)
    page.locator('[id="v-line_items/1/description"]').focus()
    page.keyboard.press("Control+Shift+Backspace")
    expect(page.locator('[id="v-line_items/1/description"]')).to_have_count(0)
    page.locator('[id="v-line_items/0/description"]').focus()
    word(page, "lamp").hover()
    page.keyboard.down("Shift")  # a new row below
    sweep(page, word(page, "Desk"), word(page, "60.00"))
    page.keyboard.up("Shift")
    focused(page, "v-line_items/1/description")
    assert cells(page, 1) == ["Desk lamp", "2", "30.00", "60.00"]
    sweep(page, word(page, "Standing"), word(page, "oak"))  # of the row that has the focus
    expect(page.locator('[id="v-line_items/1/description"]')).to_have_value("Standing desk, oak")
    assert cells(page, 1)[1:] == ["2", "30.00", "60.00"]
    person.press("F2")  # by keys alone, onto the line below
    page.keyboard.press("ArrowDown")
    expect(page.locator("#word")).to_have_text("Desk")
    page.keyboard.press("Control+Shift+Enter")
    focused(page, "v-line_items/2/description")
    assert cells(page, 2) == ["Desk lamp", "2", "30.00", "60.00"]
    page.locator("#v-invoice_number").focus()  # no table: the words are the field's
    sweep(page, word(page, "Beispiel"), word(page, "KG"))
    expect(page.locator("#v-invoice_number")).to_have_value("Beispiel & Partner KG")
    identity = page.url.rpartition("/")[2]
    rows = fields_of(api, identity)["line_items"]
    assert [it["line_total"]["value"] for it in rows] == ["190.00", "60.00", "60.00"]
    assert rows[2]["description"]["boxes"]


def test_a_table_is_accepted_but_for_what_is_wrong_or_said_not_to_be_there(
    person: Person, send: Send, api: APIRequestContext
) -> None:
    identity = send("ruled.pdf", invoice_pdf(), "ruled")
    page = opened(person, identity)
    page.locator('[id="v-line_items/1/quantity"]').focus()
    person.press("Alt+Enter")
    focused(page, "v-line_items/0/line_total")  # 190.00 is more than is ever paid
    for place, state in (("0/description", "checked"), ("1/line_total", "checked"),
                         ("0/line_total", "wrong")):  # fmt: skip
        expect(page.locator(f'[id="m-line_items/{place}"]')).to_contain_text(state)
    person.check()
    person.press("Alt+Shift+Delete")
    expect(page.locator('[id="m-line_items"]')).to_contain_text("not there")
    focused(page, "approve")
    page.get_by_role("button", name="Put it back").click()
    expect(page.locator('[id="v-line_items/1/line_total"]')).to_have_value("60.00")
    page.get_by_role("button", name="No such table").click()
    expect(page.locator('[id="m-line_items"]')).to_contain_text("not there")
    assert "line_items" not in fields_of(api, identity)


def test_a_page_that_lay_the_wrong_way_up_is_read_again(
    person: Person, send: Send, api: APIRequestContext
) -> None:
    sideways = drawn_page(("Lot 31",), width=900).rotate(90, expand=True)  # so few words
    identity = send("slip.png", encoded(sideways, "PNG"), SLIP)
    assert "31" not in str(fields_of(api, identity).get("lot"))
    page = opened(person, identity)
    expect(page.locator("#misread")).to_be_hidden()
    page.locator("#v-owner").fill("OURS-1")
    person.press("Enter")
    expect(page.locator("#m-owner")).to_contain_text("checked")
    sheet = page.locator("#page-0")
    expect(sheet).to_have_attribute("data-read", re.compile("0|180|270"))
    while sheet.get_attribute("data-turn") != "90":
        person.press("F6")
        expect(page.locator("#misread")).to_be_visible()
    expect(page.locator("#misread")).to_contain_text("Page 1 was read another way up")
    person.check()
    person.press("Shift+F6")
    expect(page.locator("#v-lot")).to_have_value("31")
    expect(page.locator("#v-owner")).to_have_value("OURS-1")
    expect(page.locator("#m-owner")).to_contain_text("checked")
    expect(page.locator("#v-lot")).to_be_editable()
    expect(page.locator("#misread")).to_be_hidden()
    page.locator("#v-owner").focus()
    word(page, "Lot").click()
    expect(page.locator("#v-owner")).to_have_value("Lot")
    assert called(api, "GET", f"/documents/{identity}/pages/0")["rotation"] == 90


def bundle(*numbers: str) -> bytes:
    """Invoices one behind the other in one file."""
    with pymupdf.open() as whole:
        for number in numbers:
            lines = (Line("Desk lamp", "2", "30.00", "60.00"),)
            with pymupdf.open(stream=invoice_pdf(Invoice(number=number, lines=lines))) as one:
                whole.insert_pdf(one)
        content: bytes = whole.tobytes()
        return content


def test_two_documents_in_one_file_are_split_by_keys(
    person: Person, send: Send, api: APIRequestContext
) -> None:
    identity = send("two.pdf", bundle("A-1", "A-2"), LINES)
    page = opened(person, identity)
    thumbs = page.locator("#strip button")
    expect(thumbs).to_have_count(2)
    expect(thumbs.nth(1).locator("img")).to_have_js_property("complete", value=True)
    page.locator("#document-name").focus()
    person.press("Alt+PageDown")
    expect(thumbs.nth(1)).to_have_attribute("aria-current", "true")
    page.locator("#more summary").focus()
    person.press("Enter", "Tab", "Tab", "Tab")
    focused(page, "split-before")
    person.type("2")
    person.press("Enter")
    expect(page.get_by_role("heading", name="two.pdf")).to_have_count(0)
    whole = settled(api, identity)
    children = [settled(api, it["id"]) for it in whole["container"]["children"]]
    assert [it["pages"] for it in children] == [1, 1]
    assert [it["fields"]["invoice_number"]["value"] for it in children] == ["A-1", "A-2"]


def test_another_type_has_other_fields(person: Person, send: Send, api: APIRequestContext) -> None:
    identity = send("retyped.pdf", invoice_pdf(), SLIP)
    page = opened(person, identity)
    expect(page.locator("#v-owner")).to_be_visible()
    page.locator("#more summary").focus()
    person.press("Enter", "Tab")
    focused(page, "type")
    page.locator("#type").select_option(LINES)
    person.press("Tab", "Enter")
    expect(page.locator("#v-invoice_number")).to_have_value("RG-2024-0815")
    expect(page.locator("#v-owner")).to_have_count(0)
    document = settled(api, identity)
    assert (document["type"]["name"], document["revision"]) == (LINES, 2)


def test_a_page_that_is_looked_at_closely_is_sharp(person: Person, send: Send) -> None:
    page = opened(person, send("sharp.pdf", invoice_pdf(), LINES))
    image = page.locator("#page-0 img")
    before = page.evaluate("document.querySelector('#page-0 img').naturalWidth")
    for _ in range(2):
        page.locator("#zoom-in").click()
    expect(image).to_have_attribute("src", re.compile(r"\?size=large$"))
    assert page.evaluate("document.querySelector('#page-0 img').naturalWidth") == 2 * before == 2000


def test_words_that_did_not_come_are_asked_for_again(person: Person, send: Send) -> None:
    identity = send("away.pdf", invoice_pdf(), LINES)
    person.page.route("**/pages/0/words", lambda it: it.abort(), times=1)
    with person.page.expect_event("requestfailed"):
        page = opened(person, identity)
    expect(page.locator("rect.word")).to_have_count(0)
    page.locator("#v-invoice_number").focus()
    person.press("F2")
    expect(page.locator("#word")).to_have_text("RG-2024-0815")
