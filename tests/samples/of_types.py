"""A file of each built-in document type, made by code."""

from collections.abc import Callable, Iterable

import pymupdf

from benchmarks.made_types import made_documents
from benchmarks.type_makers import MAKERS
from tests.samples.invoices import invoice_pdf
from tests.samples.pages import text_pdf
from tests.samples.receipts import receipt_jpeg
from tests.samples.resumes import PEOPLE, stacked

Text = tuple[float, float, str, float]
"""Left edge, baseline, text and size."""

_CREDIT = (
    "Northwind Trading Ltd", "Credit note", "Credit note number: CN-2024-11", "Date: 05.03.2024",
    "For invoice: RE-2024-0815", "Net amount: 100.00 EUR", "VAT 19%: 19.00 EUR",
    "Total credit: 119.00 EUR",
)  # fmt: skip
_PASSPORT = (  # ICAO Doc 9303, part 4
    "UTOPIA", "Passport",
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)  # fmt: skip


def _made(kind: str) -> bytes:
    cells = next(made_documents(kind, MAKERS[kind], 1, untouched=False))[1]
    return _pdf((it.x, it.y, it.text, it.size) for it in cells)


def _resume() -> bytes:
    lines = stacked(PEOPLE[0]).lines
    return _pdf((it.x0, it.y1, it.text, it.y1 - it.y0) for it in lines)


def _pdf(texts: Iterable[Text]) -> bytes:
    with pymupdf.open() as document:
        page = document.new_page()
        for x, y, text, size in texts:
            page.insert_text((x, y), text, fontsize=size)
        return document.tobytes()


def _lines(lines: Iterable[str], size: float = 11.0) -> bytes:
    return _pdf((50.0, 80.0 + 24 * at, text, size) for at, text in enumerate(lines))


FILES: dict[str, Callable[[], bytes]] = {
    **{kind: (lambda kind=kind: _made(kind)) for kind in MAKERS},
    "invoice": invoice_pdf,
    "credit_note": lambda: _lines(_CREDIT),
    "receipt": receipt_jpeg,
    "resume": _resume,
    "identity_document": lambda: _lines(_PASSPORT, 10.0),
    "generic": text_pdf,
}
"""Their makers, by type."""
