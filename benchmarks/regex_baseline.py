"""What plain regular expressions make of the same words: the baseline beside ours.

One pattern a field over the rows of text, the first match from above, for totals the last: as
scripts of a dozen lines do it. Knows no layout, no arithmetic and no confidence.
"""

import re
from decimal import Decimal, InvalidOperation

_AMOUNT = r"(-?\d{1,3}(?:[.,]\d{3})*[.,]\d{2}|\d+[.,]\d{2})"
_DATE = r"(\d{4}-\d{2}-\d{2}|\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2}))"
_NUMBER = (
    r"\b(?:invoice|rechnung\w*|facture|factura)\W*(?:no|nr|number|num\w*|#)?"
    r"[\s.:#°]*([\w/-]*\d[\w/-]*)"
)
_PATTERNS = {
    "total": (rf"\btotal\b\D*{_AMOUNT}", -1),
    "total_amount": (rf"(?<!sub)\b(?:total|gesamt\w*|montant ttc|importe)\b\D*{_AMOUNT}", -1),
    "net_amount": (rf"\b(?:sub ?total|net\w*|total ht|zwischensumme)\b\D*{_AMOUNT}", 0),
    "tax_amount": (rf"\b(?:vat|tax|mwst|ust|tva|iva|btw)\b.*?{_AMOUNT}", 0),
    "amount_due": (rf"\b(?:amount due|balance due|zahlbetrag)\b\D*{_AMOUNT}", 0),
    "date": (_DATE, 0),
    "invoice_date": (_DATE, 0),
    "due_date": (rf"\bdue\b.*?{_DATE}", 0),
    "invoice_number": (_NUMBER, 0),
    "vat_id": (r"\b([A-Z]{2}[ ]?\d[\d ]{7,11})\b", 0),
    "iban": (r"\b([A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){3,7}(?:[ ]?[A-Z0-9]{1,3})?)\b", 0),
    "currency": (r"(EUR|USD|GBP|MYR|CHF|PLN|€|\$|£|RM)", 0),
    "address": (r"^(.*\b\d{5}\b.*)$", 0),
}  # fmt: skip
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "RM": "MYR"}
_AMOUNTS = frozenset({"total", "total_amount", "net_amount", "tax_amount", "amount_due"})
_DATES = frozenset({"date", "invoice_date", "due_date"})
_CASED = frozenset({"vat_id", "iban", "currency"})


def by_regex(rows: list[str]) -> dict[str, str]:
    """The fields found in the rows of text of a document."""
    found: dict[str, str] = {}
    text = "\n".join(rows)
    for field, (pattern, which) in _PATTERNS.items():
        flags = re.MULTILINE | (0 if field in _CASED else re.IGNORECASE)
        matches = re.findall(pattern, text, flags)
        if matches and (value := _normal(field, matches[which].strip())) is not None:
            found[field] = value
    first = next((row for row in rows if sum(map(str.isalpha, row)) > 3), None)
    if first is not None:
        found["company"] = found["supplier_name"] = first
    return found


def _normal(field: str, value: str) -> str | None:
    if field in _AMOUNTS:
        digits = re.sub(r"[.,](?=\d{3})", "", value).replace(",", ".")
        try:
            return f"{Decimal(digits):.2f}"
        except InvalidOperation:
            return None
    if field in _DATES and (parts := re.split(r"[./-]", value)) and len(parts[0]) < 4:
        day, month, year = parts
        return f"{int(year) + 2000 if len(year) == 2 else year}-{month:0>2}-{day:0>2}"
    return _SIGNS.get(value, value)
