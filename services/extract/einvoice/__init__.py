"""E-invoices: structured invoices as XML, in the dialects CII and UBL."""

from services.extract.einvoice.invoice import StatedInvoice
from services.extract.einvoice.reader import read_invoice

__all__ = ["StatedInvoice", "read_invoice"]
