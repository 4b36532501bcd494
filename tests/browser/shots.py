"""The pages that ``make screenshots`` takes pictures of; each screen has its lines here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playwright.sync_api import Page, expect

Documents = Mapping[str, str]
"""The ids of the sample documents by their names."""


def _as_it_is(page: Page) -> None:
    """Nothing is done on it."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture: ``path`` below ``/console`` is filled in with ids, as in ``/review/{invoice}``.

    ``act`` brings the page into the state to be shown, and waits for that.
    """

    name: str
    path: str
    act: Callable[[Page], None] = _as_it_is
    dark: bool = False
    phone: bool = False
    signed_in: bool = True

    def url(self, documents: Documents) -> str:
        """The page's address."""
        return f"/console{self.path}".format(**documents)


def _sent(page: Page) -> None:
    from tests.samples.invoices import Invoice, invoice_pdf  # noqa: PLC0415 - only where drawn
    from tests.samples.receipts import receipt_jpeg  # noqa: PLC0415 - the same

    page.locator("#files").set_input_files(
        [
            {
                "name": "invoice-2071.pdf",
                "mimeType": "application/pdf",
                "buffer": invoice_pdf(Invoice(number="RG-2024-2071")),
            },
            {"name": "bakery.jpg", "mimeType": "image/jpeg", "buffer": receipt_jpeg(seed=11)},
            {"name": "empty.pdf", "mimeType": "application/pdf", "buffer": b""},
        ]
    )
    expect(page.locator(".sent-file .steps")).to_have_count(2)
    expect(page.locator("[data-live-open]")).to_have_count(0)


def _listed(page: Page) -> None:
    """The small pictures that are in sight are there."""
    for picture in page.locator(".look img").all()[:3]:
        expect(picture).not_to_have_js_property("naturalWidth", value=0)


def _chosen(page: Page) -> None:
    _listed(page)
    boxes = page.locator('#document-rows input[name="id"]')
    boxes.nth(0).check()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.get_by_text("3 selected")).to_be_visible()


def _tried(page: Page) -> None:
    page.get_by_label("Document", exact=True).select_option(label="invoice-0815.pdf")
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.locator("#trial tbody tr").first).to_be_visible()
    picture = page.locator("#trial img").first
    expect(picture).not_to_have_js_property("naturalWidth", 0)
    page.evaluate("document.querySelector('#trial').scrollIntoView()")


def _keyed(page: Page) -> None:
    page.get_by_label("What it is for").fill("Bookkeeping")
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator(".secret")).to_be_visible()
    page.locator(".secret").evaluate("it => { it.textContent = 'dik_live_' + '•'.repeat(40) }")


def _hooked(page: Page) -> None:
    page.get_by_label("Address").fill("https://example.com/docstage")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".secret")).to_be_visible()
    page.locator(".secret").evaluate("it => { it.textContent = 'whsec_' + '•'.repeat(40) }")
    page.evaluate("scrollTo(0, 0)")


def _pictured(page: Page) -> None:
    """The picture of its first page, which is made when it is first asked for."""
    picture = page.get_by_alt_text("Picture of page 1")
    expect(picture).to_have_js_property("complete", value=True)
    expect(picture).not_to_have_js_property("naturalWidth", value=0)


def _checked(page: Page) -> None:
    expect(page.get_by_text("The check-up is under way")).to_have_count(0)


def _drawn(page: Page) -> None:
    """The page's picture is there, and its boxes."""
    expect(page.locator("#approve:not([aria-disabled])")).to_be_visible()
    expect(page.locator(".sheet .boxes rect").first).to_be_attached()


SHOTS = [
    Shot("sign-in", "/sign-in", signed_in=False),
    Shot("upload", "/upload", act=_sent),
    Shot("upload-dark", "/upload", dark=True),
    Shot("upload-phone", "/upload", phone=True),
    Shot("review", "/review/{doubtful}", act=_drawn),
    Shot("review-dark", "/review/{doubtful}", act=_drawn, dark=True),
    Shot("review-phone", "/review/{doubtful}", act=_drawn, phone=True),
    Shot("documents", "/documents", act=_chosen),
    Shot("documents-dark", "/documents", act=_listed, dark=True),
    Shot("documents-phone", "/documents", act=_listed, phone=True),
    Shot("documents-search", "/documents?search=nordwind+2024-03-14", act=_listed),
    Shot("document", "/documents/{invoice}", act=_pictured),
    Shot("document-dark", "/documents/{doubtful}", act=_pictured, dark=True),
    Shot("document-phone", "/documents/{receipt}", phone=True),
    Shot("types", "/types"),
    Shot("type-editor", "/types/new?from=invoice"),
    Shot("type-editor-dark", "/types/new?from=receipt", dark=True),
    Shot("type-tried", "/types/new?from=invoice", act=_tried),
    Shot("type-phone", "/types", phone=True),
    Shot("webhook", "/integrations/webhooks", act=_hooked),
    Shot("keys", "/integrations/keys", act=_keyed),
    Shot("mail", "/integrations/mail"),
    Shot("usage", "/integrations/usage"),
    Shot("operations", "/operations"),
    Shot("operations-dark", "/operations", dark=True),
    Shot("operations-phone", "/operations", phone=True),
    Shot("dead-letters", "/operations/dead-letters"),
    Shot("timeline", "/operations/timeline/{invoice}"),
    Shot("server", "/operations/server", act=_checked),
]
