"""Web pages that benchmarks measure with are printed with their words."""

import pymupdf

from benchmarks.other_hand.pages import load_page, printed, printer
from tests.servers.process import Unavailable
from tests.servers.requirement import missing


def test_a_page_is_printed_as_text_on_its_paper() -> None:
    page = load_page("seats_us")
    try:
        with printer() as tab:
            document = pymupdf.open(stream=printed(page.html, tab))
    except Unavailable as reason:
        missing(reason)
    (sheet,) = document.pages()
    assert (round(sheet.rect.width), round(sheet.rect.height)) == (612, 792)
    text = " ".join(sheet.get_text().split())
    assert page.truth.invoice_number in text
    assert page.truth.supplier_name[0] in text
