"""What invoice2data makes of the same words, where one of its templates applies.

A library of templates written by hand for single suppliers (MIT; ``make install-bench``). It
reads text with its columns kept, as ``pdftotext -layout`` writes it: here that of the words given.
"""

import logging
from collections.abc import Sequence
from datetime import date
from typing import Any, Self

from services.extract.laying import lay_out
from services.extract.median import median
from services.extract.sheet import Row, Sheet
from shared.models.page import Page

MISSING = "invoice2data is not installed (make install-bench): its column stays empty"
_FIELDS = {
    "amount": "total_amount",
    "amount_untaxed": "net_amount",
    "amount_tax": "tax_amount",
    "date": "invoice_date",
    "date_due": "due_date",
    "issuer": "supplier_name",
    "partner_name": "supplier_name",
    "vat": "vat_id",
    "currency": "currency",
    "iban": "iban",
    "invoice_number": "invoice_number",
}
"""Its names of fields, and ours."""
_COLUMN_GAP = 2


class TemplateBaseline:
    """The templates that come with the library."""

    def __init__(self, templates: Sequence[Any], failed: type[Exception]) -> None:
        self._templates = templates
        self._failed = failed

    @classmethod
    def load(cls) -> Self | None:
        """All of them; ``None`` where the library is not installed."""
        try:
            from invoice2data.exceptions import InvoiceProcessingError  # noqa: PLC0415 (optional)
            from invoice2data.extract.loader import read_templates  # noqa: PLC0415 (the same)
        except ImportError:
            return None
        logging.getLogger("invoice2data").setLevel(logging.CRITICAL)
        return cls(read_templates(), InvoiceProcessingError)

    def find(self, pages: Sequence[Page]) -> dict[str, str] | None:
        """The fields by the first template that applies; ``None`` where none does.

        A template that applies and fails has found nothing.
        """
        text = text_of(lay_out(pages))
        for template in self._templates:
            prepared = template.prepare_input(text)
            if template.matches_input(prepared):
                try:
                    found = template.extract(prepared, "", None)
                except self._failed:
                    return {}
                return {ours: _printed(found[its]) for its, ours in _FIELDS.items() if its in found}
        return None


def text_of(sheet: Sheet) -> str:
    """The words row by row, with one blank within a column and as many as fit between columns."""
    wide = [(token.x1 - token.x0) / len(token.text) for token in sheet.tokens]
    letter = median(wide) if wide else 1.0
    return "\n".join(_line(row, max(letter, 0.1)) for row in sheet.rows)


def _line(row: Row, letter: float) -> str:
    line = ""
    for segment in row.segments:
        gap = round(segment.x0 / letter) - len(line)
        line += " " * max(_COLUMN_GAP if line else 0, gap) + segment.text
    return line


def _printed(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return value.isoformat()[:10] if isinstance(value, date) else str(value)
