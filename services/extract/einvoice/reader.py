"""Finds the e-invoice among the files that a document carries."""

from services.extract.einvoice.cii import read_cii
from services.extract.einvoice.invoice import StatedInvoice
from services.extract.einvoice.tree import parse
from services.extract.einvoice.ubl import read_ubl
from shared.models.embedded import Embedded

_NAMES = frozenset({"factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml"})
_MARKS = ("CrossIndustryInvoice", "CrossIndustryDocument", "oasis:names:specification:ubl")
_HEAD = 2_000  # characters in which a file says what it is


def unreadable(embedded: Embedded) -> str | None:
    """The name of a file that says that it is an e-invoice, where none can be read."""
    if read_invoice(embedded) is not None:
        return None
    named = (
        file.name
        for file in embedded.files
        if file.name.lower() in _NAMES or any(mark in file.text[:_HEAD] for mark in _MARKS)
    )
    return next(named, None)


def read_invoice(embedded: Embedded) -> StatedInvoice | None:
    """The invoice that states the most, or ``None`` when no embedded file is one."""
    found = [
        invoice
        for file in embedded.files
        if "<" in file.text[:200] and (root := parse(file.text)) is not None
        for invoice in (read_cii(root) or read_ubl(root),)
        if invoice is not None
    ]
    return max(found, key=lambda invoice: len(invoice.fields) + len(invoice.lines), default=None)
