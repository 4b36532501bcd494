"""Pictures of the console's pages, of sample documents only: ``make screenshots``.

Writes WebP files, small ones without loss, into ``docs/screenshots``; ``--only NAME`` some of them.
"""

import argparse
import io
import os
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import APIRequestContext, Browser, expect, sync_playwright

from tests.browser.harness import DESK, PHONE, Person, called, upload
from tests.browser.shots import SHOTS, Documents, Shot
from tests.e2e.embedded import Up
from tests.samples.invoices import Invoice, Line, invoice_pdf
from tests.samples.receipts import Receipt, receipt_jpeg
from tests.servers.chromium import find_chromium

TARGET = Path("docs/screenshots")
LARGE = 80_000
_FINAL = {"ready", "needs_review", "failed", "rejected"}
_LAMPS = (Line("Desk lamp, brass", "4", "40.00", "160.00"),)


def samples() -> dict[str, tuple[str, bytes]]:
    """The sample documents: by a name for paths, the file's name and its content."""
    wrong = Invoice(number="RG-2024-0822", net="160.00", tax="30.40", total="199.40", lines=_LAMPS)
    other = Invoice(number="RG-2024-0907", date="2024-06-02", due="2024-07-02")
    bakery = Receipt(company="CORNER BAKERY", total="18.60")
    return {
        "invoice": ("invoice-0815.pdf", invoice_pdf(Invoice(), with_xml=False)),
        "doubtful": ("invoice-0822.pdf", invoice_pdf(wrong)),
        "einvoice": ("e-invoice-0907.pdf", invoice_pdf(other, with_xml=True)),
        "receipt": ("bakery.jpg", receipt_jpeg()),
        "second": ("corner-bakery.jpg", receipt_jpeg(bakery, seed=3)),
        "broken": ("damaged.pdf", b"%PDF-1.7\nnothing of what a PDF has"),
    }


def main() -> None:
    """Start Docstage, send the samples, take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], help="names of pictures")
    parser.add_argument("--target", type=Path, default=TARGET)
    wishes = parser.parse_args()
    shots = [it for it in SHOTS if not wishes.only or it.name in wishes.only]
    wishes.target.mkdir(parents=True, exist_ok=True)
    found = find_chromium()
    with (
        tempfile.TemporaryDirectory() as folder,
        Up(Path(folder) / "data") as up,
        sync_playwright() as playwright,
        playwright.chromium.launch(
            executable_path=found.program, env={**os.environ, **found.env}
        ) as browser,
    ):
        headers = {"Authorization": f"Bearer {up.key}"}
        api = playwright.request.new_context(base_url=up.url, extra_http_headers=headers)
        documents = _send_samples(api)
        for shot in shots:
            size = _take(browser, up, shot, documents, wishes.target / f"{shot.name}.webp")
            print(f"{shot.name}.webp  {size / 1000:.0f} KB")  # noqa: T201 - for the terminal


def _send_samples(api: APIRequestContext) -> Documents:
    ids = {key: str(upload(api, *file)["id"]) for key, file in samples().items()}
    for identity in ids.values():
        while called(api, "GET", f"/documents/{identity}")["state"] not in _FINAL:
            pass
    return ids


def _take(browser: Browser, up: Up, shot: Shot, documents: Documents, target: Path) -> int:
    person = Person(
        browser,
        up.url,
        viewport=PHONE if shot.phone else DESK,
        has_touch=shot.phone,
        is_mobile=shot.phone,
        color_scheme="dark" if shot.dark else "light",
    )
    if shot.signed_in:
        person.sign_in(up.key)
    page = person.page
    page.goto(shot.url(documents))
    shot.act(page)
    expect(page.locator("html")).to_have_class("scripted")
    png = page.screenshot(animations="disabled", caret="hide")
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.save(target, "WEBP", lossless=True, method=6)
    if target.stat().st_size > LARGE:  # a page of a document on it
        picture.save(target, "WEBP", quality=85, method=6)
    assert not person.faults, person.faults
    person.context.close()
    return target.stat().st_size


if __name__ == "__main__":
    main()
