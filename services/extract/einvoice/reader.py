"""Finds the e-invoice among the files that a document carries."""

from services.extract.einvoice.cii import read_cii
from services.extract.einvoice.invoice import StatedInvoice
from services.extract.einvoice.tree import parse
from services.extract.einvoice.ubl import read_ubl
from shared.models.embedded import Embedded


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
