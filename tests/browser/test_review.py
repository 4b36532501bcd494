"""A person reviews documents: by keys alone, with another at the same time, and with mistakes."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, Page, expect

from benchmarks.keystrokes import Keystrokes
from tests.browser.harness import WAIT, Arrive, Person, called, upload
from tests.e2e.embedded import Up
from tests.samples.invoices import Invoice, invoice_pdf

TYPE = "checked_invoice"
FIELDS = [
    {"name": "supplier_name"},
    {"name": "invoice_number", "threshold": 1.0},
    {"name": "invoice_date", "type": "date", "threshold": 1.0},
    {
        "name": "total_amount",
        "type": "amount",
        "rules": [{"kind": "range", "maximum": "290", "message": "More than we ever pay."}],
    },
    {
        "name": "line_items",
        "type": "rows",
        "fields": [
            {"name": "description"},
            {"name": "quantity", "type": "number"},
            {"name": "line_total", "type": "amount"},
        ],
    },
]
Send = Callable[..., str]
_FINAL = {"ready", "needs_review", "failed", "rejected"}


@pytest.fixture(scope="module")
def send(api: APIRequestContext) -> Send:
    """Send an invoice in, of a type with two doubtful fields and a wrong one; its id."""
    api.post("/api/v1/types", data={"name": TYPE, "fields": FIELDS})

    def sent(name: str = "invoice.pdf", **invoice: Any) -> str:
        content = invoice_pdf(Invoice(**invoice))
        identity: str = upload(api, name, content, type=TYPE)["id"]
        while called(api, "GET", f"/documents/{identity}")["state"] not in _FINAL:
            time.sleep(0.2)
        return identity

    return sent


def opened(person: Person, identity: str, query: str = "") -> Page:
    """The review's page, ready to be worked on."""
    page = person.page
    page.goto(f"/console/review/{identity}{query}")
    expect(page.locator("#approve")).not_to_have_attribute("aria-disabled", "true")
    return page


def focused(page: Page, identity: str) -> None:
    expect(page.locator(f'[id="{identity}"]')).to_be_focused()


def fields_of(api: APIRequestContext, identity: str) -> Any:
    return called(api, "GET", f"/documents/{identity}")["fields"]


def test_a_document_is_reviewed_by_keys_alone(
    person: Person, send: Send, api: APIRequestContext, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = send("first.pdf"), send("second.pdf", number="RG-2")
    page = person.page
    page.goto(f"/console/review/next?type={TYPE}")
    expect(page.get_by_role("heading", name="first.pdf")).to_be_visible()
    expect(page.locator("#summary")).to_have_text("1 wrong, 2 to check")
    person.check()
    focused(page, "v-total_amount")  # what is wrong comes first
    expect(page.locator('[id="m-total_amount"]')).to_contain_text("More than we ever pay.")
    expect(page.locator("rect.box.lit")).to_have_attribute("data-place", "total_amount")
    person.type("289,50")
    person.press("Enter")
    focused(page, "v-invoice_number")
    expect(page.locator("#v-total_amount")).to_have_value("289.50")
    expect(page.locator('[id="m-total_amount"]')).to_contain_text("read as 297.50")
    person.press("Enter")
    focused(page, "v-invoice_date")
    person.press("Enter")
    focused(page, "approve")
    expect(page.locator("#summary")).to_have_text("All is right")
    expect(page.locator("#approve")).not_to_have_attribute("aria-disabled", "true")
    person.press("Enter")
    expect(page.get_by_role("heading", name="second.pdf")).to_be_visible()
    expect(page.locator("#told")).to_contain_text("Approved: first.pdf")
    assert fields_of(api, first)["total_amount"]["value"] == "289.50"
    actions = called(api, "GET", f"/documents/{first}/review")["actions"]
    kinds = [it["kind"] for it in actions]
    assert kinds == ["change", "accept", "accept", "approve"]
    assert actions[0]["before"], actions[0]["after"] == ("297.50", "289.50")
    assert 0 < actions[0]["milliseconds"] <= actions[-1]["milliseconds"]
    with capsys.disabled():
        model = Keystrokes(person.keys, decisions=4).seconds
        print(f"\n  a wrong value and two doubtful ones: {person.keys} keys, {model:.1f} s by KLM")  # noqa: T201
    opened(person, second)
    person.keys = 0
    for place in ("invoice_number", "invoice_date", "total_amount"):
        page.locator(f"#v-{place}").focus()
    page.locator("#v-total_amount").fill("10")
    for _ in range(3):
        page.keyboard.press("Enter")
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
    focused(page, "approve")
    page.reload()
    expect(page.locator("#approve")).not_to_have_attribute("aria-disabled", "true")
    focused(page, "approve")
    person.press("Enter")
    expect(page.get_by_role("heading", name="second.pdf")).to_have_count(0)
    assert person.keys == 1
    with capsys.disabled():
        model = Keystrokes(person.keys, decisions=1).seconds
        print(f"  nothing doubtful: {person.keys} key, {model:.1f} s by KLM")  # noqa: T201


def test_an_approval_is_taken_back_before_anybody_hears_of_it(
    person: Person, send: Send, api: APIRequestContext
) -> None:
    identity = send("undone.pdf")
    page = opened(person, identity)
    page.keyboard.press("Control+Enter")  # with a wrong value: it takes a reason
    expect(page.get_by_role("dialog")).to_contain_text("More than we ever pay.")
    focused(page, "sign-off")
    page.keyboard.type("A large one.")
    page.keyboard.press("Enter")
    page.locator("#undo").click()
    expect(page.get_by_role("heading", name="undone.pdf")).to_be_visible()
    expect(page.locator("#v-total_amount")).to_be_editable()
    document = called(api, "GET", f"/documents/{identity}")
    assert document["review"]["done"] is False
    page.keyboard.press("F4")
    page.keyboard.type("An advertisement.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="undone.pdf")).to_have_count(0)
    page.goto(f"/console/review/{identity}")
    expect(page.locator("#lock")).to_contain_text("Rejected: An advertisement.")


def test_a_key_that_is_held_accepts_once_and_approves_nothing(
    person: Person, send: Send, api: APIRequestContext
) -> None:
    identity = send("held.pdf")
    page = opened(person, identity)
    focused(page, "v-total_amount")
    page.keyboard.type("5")
    page.keyboard.down("Enter")
    focused(page, "v-invoice_number")
    for _ in range(12):
        page.keyboard.down("Enter")
    focused(page, "v-invoice_number")
    page.keyboard.up("Enter")
    page.locator("#approve").focus()
    page.keyboard.down("Shift")
    page.keyboard.up("Shift")
    page.evaluate(
        """() => document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
            { key: "Enter", bubbles: true, cancelable: true, repeat: true }))"""
    )
    kinds = [it["kind"] for it in called(api, "GET", f"/documents/{identity}/review")["actions"]]
    assert kinds == ["change"]


def test_words_of_the_page_fill_a_field_by_click_and_by_keys(
    person: Person, send: Send, api: APIRequestContext
) -> None:
    identity = send("words.pdf")
    page = opened(person, identity)
    word = page.locator('rect.word[data-text="RG-2024-0815"]')
    expect(word).to_have_count(1)
    page.locator("#v-supplier_name").focus()
    page.locator('rect.word[data-text="Musterweg"]').click()
    expect(page.locator("#v-supplier_name")).to_have_value("Musterweg")
    focused(page, "v-supplier_name")
    page.locator('rect.word[data-text="3"]').click(modifiers=["Shift"])
    expect(page.locator("#v-supplier_name")).to_have_value("Musterweg 3")
    page.keyboard.press("Enter")
    expect(page.locator('[id="m-supplier_name"]')).to_contain_text("read as Nordwind Handel GmbH")
    stored = fields_of(api, identity)["supplier_name"]
    assert (stored["value"], len(stored["boxes"]), stored["source"]) == ("Musterweg 3", 2, "person")
    page.locator("rect.box[data-place=invoice_date]").click()
    focused(page, "v-invoice_date")  # a box leads to its field
    page.keyboard.press("F2")
    expect(page.locator("#word")).to_have_text("2024-03-14")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#word")).to_have_text("2024-04-13")
    page.keyboard.press("Escape")
    focused(page, "v-invoice_date")
    expect(page.locator("#v-invoice_date")).to_have_value("2024-03-14")
    page.keyboard.press("F2")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("#v-invoice_date")).to_have_value("2024-04-13")
    page.keyboard.press("Escape")  # the value as it was read
    expect(page.locator("#v-invoice_date")).to_have_value("2024-03-14")


def test_what_does_not_fit_stays_typed_and_says_why(person: Person, send: Send) -> None:
    page = opened(person, send("typed.pdf"))
    page.locator("#v-invoice_date").fill("<b>soon</b>")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("must be a date such as 2026-01-31")
    expect(page.locator("#v-invoice_date")).to_have_value("<b>soon</b>")
    expect(page.locator("#v-invoice_date")).to_have_attribute("aria-invalid", "true")
    focused(page, "v-invoice_date")
    person.check()
    page.locator("#v-invoice_date").fill("3. Mai 2024")
    page.keyboard.press("Enter")
    expect(page.locator("#v-invoice_date")).to_have_value("2024-05-03")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.locator("#v-supplier_name").focus()
    page.keyboard.press("Alt+Delete")
    expect(page.locator('[id="m-supplier_name"]')).to_contain_text("not there")


def test_lines_are_edited_put_in_taken_out_and_put_back(
    person: Person, send: Send, api: APIRequestContext
) -> None:
    identity = send("lines.pdf")
    page = opened(person, identity)
    cell = page.locator('[id="v-line_items/0/description"]')
    expect(cell).to_have_value("Standing desk, oak")
    cell.focus()
    page.keyboard.press("ArrowDown")
    focused(page, "v-line_items/1/description")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Control+Shift+Enter")
    focused(page, "v-line_items/1/description")
    page.keyboard.type("A chair")
    page.keyboard.press("Enter")
    expect(page.locator('[id="m-line_items/1/description"]')).to_contain_text("checked")
    expect(page.locator('[id="v-line_items/2/description"]')).to_have_value("Desk lamp")
    cell.focus()
    page.keyboard.press("Control+Shift+Backspace")
    expect(cell).to_have_value("A chair")
    page.get_by_role("button", name="Put it back").click()
    expect(cell).to_have_value("Standing desk, oak")
    rows = fields_of(api, identity)["line_items"]
    assert [it["description"]["value"] for it in rows] == [
        "Standing desk, oak", "A chair", "Desk lamp",
    ]  # fmt: skip


@pytest.fixture
def ann(api: APIRequestContext, arrive: Arrive) -> Person:
    """Somebody who is no administrator."""
    wish = {"name": "Ann", "scopes": ["documents:read", "documents:write"]}
    return arrive().sign_in(called(api, "POST", "/keys", wish)["key"])


def test_of_two_at_once_one_reads_until_the_other_leaves(
    ann: Person, arrive: Arrive, api: APIRequestContext, send: Send
) -> None:
    identity = send("two.pdf")
    page = opened(ann, identity)
    wish = {"name": "Ben", "scopes": ["documents:read", "documents:write"]}
    ben = arrive().sign_in(called(api, "POST", "/keys", wish)["key"])
    other = ben.page
    other.goto(f"/console/review/{identity}")
    expect(other.locator("#lock")).to_contain_text("Ann is reviewing this document")
    expect(other.locator("#v-total_amount")).not_to_be_editable()
    expect(other.locator("#approve")).to_be_disabled()
    expect(other.locator("#take-over")).to_have_count(0)
    ben.check()
    page.goto("/console/upload")  # she leaves: it is free at once
    expect(page.get_by_role("heading", name="Upload documents")).to_be_visible()
    work = called(api, "GET", f"/documents/{identity}/review/work")
    assert work["lock"] is None
    other.reload()
    expect(other.locator("#v-total_amount")).to_be_editable()


def test_who_falls_silent_is_followed_by_somebody_else(
    ann: Person, arrive: Arrive, person: Person, api: APIRequestContext, send: Send
) -> None:
    identity = send("silent.pdf")
    page = opened(ann, identity)
    admin = person.page
    admin.goto(f"/console/review/{identity}")
    admin.locator("#take-over").click()  # an administrator need not wait
    expect(admin.locator("#v-total_amount")).to_be_editable()
    expect(page.locator("#lock")).to_contain_text("is reviewing this document")
    expect(page.locator("#v-total_amount")).not_to_be_editable()
    last = called(api, "GET", f"/documents/{identity}/review")["actions"][-1]
    assert (last["kind"], last["note"]) == ("take_over", "Ann")
    admin.route("**/leave", lambda route: route.abort())  # as when a machine goes down
    person.context.close()
    page.locator("#take-over").click(timeout=3 * WAIT)  # once the lease is over
    expect(page.locator("#v-total_amount")).to_be_editable()


def test_a_value_that_has_changed_meanwhile_is_shown_with_ones_own(
    person: Person, api: APIRequestContext, send: Send
) -> None:
    identity = send("stale.pdf")
    page = opened(person, identity)
    session = page.locator("#review-state").get_attribute("data-revision")
    token = called(api, "GET", f"/documents/{identity}/review/work")["revision"]
    assert token == session
    elsewhere = person.tab()  # the same person, in another tab
    elsewhere.goto(f"/console/review/{identity}")
    elsewhere.locator("#v-invoice_number").fill("THEIRS-1")
    elsewhere.keyboard.press("Enter")
    expect(elsewhere.locator('[id="m-invoice_number"]')).to_contain_text("checked")
    page.locator("#v-invoice_number").fill("MINE-2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("THEIRS-1")
    expect(page.locator("#v-invoice_number")).to_have_value("MINE-2")
    page.get_by_role("button", name="Keep mine").click()
    expect(page.locator('[id="m-invoice_number"]')).to_contain_text("checked")
    assert fields_of(api, identity)["invoice_number"]["value"] == "MINE-2"


def test_hostile_names_and_values_are_text(person: Person, send: Send) -> None:
    hostile = '<img src=x onerror="window.hit=1"> & "q"'
    page = opened(person, send("<b>invoice<b>.pdf", seller="<i>N</i> & GmbH"))
    expect(page.get_by_role("heading", name="<b>invoice<b>.pdf")).to_be_visible()
    page.locator("#v-invoice_number").fill(hostile)
    page.keyboard.press("Enter")
    expect(page.locator("#v-invoice_number")).to_have_value(hostile)
    page.reload()
    expect(page.locator("#v-invoice_number")).to_have_value(hostile)
    assert page.evaluate("window.hit") is None
    assert page.locator("main img[src=x]").count() == 0


def test_in_the_dark_on_a_phone_and_with_all_keys_told(arrive: Arrive, up: Up, send: Send) -> None:
    identity = send("dark.pdf")
    dark = arrive(color_scheme="dark").sign_in(up.key)
    page = opened(dark, identity)
    page.locator("#document-name").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Approve the document")
    dark.check()
    page.keyboard.press("Escape")
    page.locator("#more summary").click()
    page.locator("#letters").uncheck()
    page.locator("#document-name").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    dark.check()
    with page.expect_response("**/turn*") as kept:
        page.keyboard.press("F6")
    assert kept.value.status == 204
    expect(page.locator("#page-0 g.turned")).to_have_attribute("transform", re.compile("rotate"))
    page.reload()
    expect(page.locator("#page-0 g.turned")).to_have_attribute("transform", re.compile("rotate"))
