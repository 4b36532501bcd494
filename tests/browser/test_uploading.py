"""Files go in, and are watched on their way, in a real browser."""

import re
import time
from pathlib import Path

from playwright.sync_api import APIRequestContext, Locator, Page, expect

from tests.browser.harness import PHONE, WAIT, Arrive, Person, called, drop, upload
from tests.browser.receiver import Receiver
from tests.e2e.embedded import Up
from tests.samples.invoices import invoice_pdf

PDF = {"name": "invoice.pdf", "mimeType": "application/pdf"}
DONE = re.compile("Ready|To review")


def sent(page: Page, name: str) -> Locator:
    return page.locator(".sent-file").filter(has_text=name)


def test_files_are_sent_and_watched_to_the_end(person: Person, api: APIRequestContext) -> None:
    page = person.page
    page.goto("/console/upload")
    expect(page.locator("#sent-empty")).to_be_visible()
    person.check()
    hostile = "<b>invoice</b><img src=x onerror=alert(1)>.pdf"
    page.locator("#files").set_input_files(
        [
            {**PDF, "buffer": invoice_pdf()},
            {**PDF, "name": "nothing.pdf", "buffer": b""},
            {**PDF, "name": "program.exe", "buffer": b"MZ" + bytes(2000)},
        ]
    )
    expect(sent(page, "nothing.pdf")).to_contain_text("It is empty")
    expect(sent(page, "program.exe")).to_contain_text("cannot be read here")
    drop(page.locator("main"), [(hostile, "text/plain", "Total 12.00 EUR")])
    expect(sent(page, "invoice.pdf")).to_contain_text(DONE)
    expect(sent(page, "invoice.pdf").locator(".steps .done")).to_have_count(3)
    expect(page.locator(".sent-file .name").filter(has_text="<b>invoice</b>")).to_be_visible()
    assert page.locator(".sent-file b, .sent-file img").count() == 0
    person.check()
    names = [it["name"] for it in called(api, "GET", "/documents")["documents"]]
    assert "invoice.pdf" in names


PASTE = """async () => {
    const canvas = document.createElement("canvas");
    const image = await new Promise((done) => canvas.toBlob(done, "image/png"));
    await navigator.clipboard.write([new ClipboardItem({ "image/png": image })]);
}"""


def drag(person: Person, *paths: Path) -> None:
    """Files and folders, as a file manager drops them."""
    devtools = person.context.new_cdp_session(person.page)
    dragged = {"items": [], "files": [str(it) for it in paths], "dragOperationsMask": 1}
    for step in ("dragEnter", "dragOver", "drop"):
        place = {"type": step, "x": 300, "y": 300, "data": dragged}
        devtools.send("Input.dispatchDragEvent", place)


def test_folders_are_dropped_pictures_pasted_and_addresses_fetched(
    person: Person, tmp_path: Path
) -> None:
    page = person.page
    page.goto("/console/upload")
    folder = tmp_path / "post"
    (folder / "march").mkdir(parents=True)
    drag(person, folder)
    expect(page.get_by_text("There are no files in what was dropped.")).to_be_visible()
    for path in ("april.txt", "march/a.txt", "march/.thumbnails"):
        (folder / path).write_text(f"Total of {path}: 12.00 EUR")
    drag(person, folder)
    for name in ("april.txt", "a.txt"):
        expect(sent(page, name)).to_contain_text(DONE)
    expect(page.locator(".sent-file")).to_have_count(2)

    person.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(PASTE)
    url = page.get_by_label("Or a file from a web address")
    url.focus()
    person.press("Control+V")
    expect(sent(page, "image.png").locator(".steps")).to_be_visible()
    expect(url).to_have_value("")
    page.evaluate("navigator.clipboard.writeText('https://example.com/a.pdf')")
    person.press("Control+V")
    expect(url).to_have_value("https://example.com/a.pdf")  # a text is pasted as ever

    with Receiver() as server:
        server.file = invoice_pdf()
        url.fill(f"{server.url}/files/fetched.pdf")
        person.press("Enter")
        expect(sent(page, "fetched.pdf")).to_contain_text(DONE)
    expect(url).to_have_value("")
    expect(sent(page, "fetched.pdf").locator(".steps li").first).to_have_text("Fetched")
    for forbidden, why in (
        ("http://10.1.2.3/a.pdf", "The address is not allowed"),
        ("ftp://example.com/a.pdf", "must be an http or https URL"),
    ):
        url.fill(forbidden)
        person.press("Enter")
        expect(sent(page, forbidden).locator(".bad")).to_contain_text(why)
    person.check()


def test_a_file_is_cancelled_half_way_and_sent_again(
    person: Person, api: APIRequestContext
) -> None:
    page = person.page
    page.goto("/console/upload")
    line = person.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 100_000}
    line.send("Network.emulateNetworkConditions", slow)
    noise = b"% " + bytes(3_000_000) + b"\n%%EOF"
    page.locator("#files").set_input_files(
        [{**PDF, "name": "large.pdf", "buffer": invoice_pdf() + noise}]
    )
    expect(page.get_by_label("Sent of large.pdf")).not_to_have_js_property("value", value=0)
    page.get_by_role("button", name="Cancel large.pdf").click()
    expect(sent(page, "large.pdf")).to_contain_text("Cancelled. Nothing was kept.")
    names = [it["name"] for it in called(api, "GET", "/documents")["documents"]]
    assert "large.pdf" not in names
    line.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    page.get_by_role("button", name="Try again to send large.pdf").click()
    expect(sent(page, "large.pdf").locator(".steps")).to_be_visible()
    names = [it["name"] for it in called(api, "GET", "/documents")["documents"]]
    assert names.count("large.pdf") == 1


LISTEN = """import(document.querySelector('script[src*="page.js"]').src
    .replace("page.js", "live.js"))
    .then((it) => it.onDocument(({ name }) => { document.body.dataset.told += `${name} `; }))"""


def test_a_stage_that_ends_is_told_without_asking(person: Person, api: APIRequestContext) -> None:
    page = person.page
    page.goto("/console/upload")
    page.evaluate(LISTEN)
    deadline = time.monotonic() + WAIT / 1000
    while page.locator("body[data-told]").count() == 0:  # the stream is open once it tells
        assert time.monotonic() < deadline
        upload(api, "broken.pdf", b"%PDF-1.7 of which nothing is ever read")
        page.wait_for_timeout(500)
    page.locator("#files").set_input_files([{**PDF, "buffer": invoice_pdf()}])
    told = re.compile("read .*(ready|needs_review) ")
    expect(page.locator("body")).to_have_attribute("data-told", told)
    expect(sent(page, "invoice.pdf")).to_contain_text(DONE)


SWAP_FORM = """import(document.querySelector('script[src*="page.js"]').src
    .replace("page.js", "swap.js"))
    .then((it) => it.put(document.getElementById("upload").outerHTML
        .replace('type="url"', 'type="url" data-new')))"""


def test_a_swap_takes_nothing_from_who_is_typing(person: Person) -> None:
    page = person.page
    page.goto("/console/upload")
    url = page.get_by_label("Or a file from a web address")
    url.focus()
    person.type("https://example.com/a.pdf")
    person.press("ArrowLeft", "ArrowLeft")
    page.evaluate(SWAP_FORM)
    expect(url).to_have_attribute("data-new", "")
    expect(url).to_have_value("https://example.com/a.pdf")
    expect(url).to_be_focused()
    person.type("!")
    expect(url).to_have_value("https://example.com/a.p!df")


def test_without_scripts_the_form_does_it(arrive: Arrive, up: Up) -> None:
    person = arrive(java_script_enabled=False).sign_in(up.key, "/console/upload")
    page = person.page
    page.locator("#files").set_input_files(
        [
            {**PDF, "name": "a.pdf", "buffer": invoice_pdf()},
            {**PDF, "name": "b.pdf", "buffer": b"x"},
        ]
    )
    page.get_by_role("button", name="Upload").click()
    expect(sent(page, "a.pdf")).to_contain_text("Received")
    expect(sent(page, "b.pdf").locator(".bad")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_on_a_phone_a_photo_can_be_taken(arrive: Arrive, up: Up) -> None:
    person = arrive(viewport=PHONE, has_touch=True, is_mobile=True, color_scheme="dark")
    person.sign_in(up.key, "/console/upload")
    page = person.page
    expect(page.get_by_text("Take a photo")).to_be_visible()
    expect(page.locator("#camera")).to_have_attribute("capture", "environment")
    person.check()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]


def test_twelve_tabs_share_one_stream_and_a_stop_waits_for_none(person: Person, up: Up) -> None:
    """The last of this module, which has no Docstage after it."""
    tabs = [person.tab() for _ in range(12)]
    for tab in tabs:
        tab.goto("/console/upload")
        tab.evaluate(LISTEN)
    for tab in tabs:
        tab.reload()
        expect(tab.get_by_role("heading", name="Upload documents")).to_be_visible()
    began = time.monotonic()
    assert up.stop() == 0
    assert time.monotonic() - began < 30  # a stream that is not ended holds it for a minute
