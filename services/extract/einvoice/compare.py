"""Compares what the XML states with what the page says."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from rapidfuzz import fuzz

from services.extract.answers import Answers
from services.extract.einvoice.invoice import StatedInvoice
from services.extract.finders import Found
from services.extract.grounding import locate
from services.extract.wording import compact
from shared.models.schema import FieldType

KINDS = {
    "invoice_number": FieldType.IDENTIFIER,
    "invoice_date": FieldType.DATE,
    "due_date": FieldType.DATE,
    "currency": FieldType.CURRENCY,
    "total_amount": FieldType.AMOUNT,
    "net_amount": FieldType.AMOUNT,
    "tax_amount": FieldType.AMOUNT,
    "amount_due": FieldType.AMOUNT,
    "supplier_name": FieldType.NAME,
    "customer_name": FieldType.NAME,
    "vat_id": FieldType.VAT_ID,
    "iban": FieldType.IBAN,
}
_COMPARED = ("invoice_number", "invoice_date", "due_date", "total_amount", "net_amount",
             "tax_amount", "amount_due", "supplier_name")  # fmt: skip
_SURE = 0.6
_SURE_OF_NAME = 0.7
_ALIKE = 80


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A field where the page says ``printed`` and the XML states ``stated``."""

    field: str
    stated: str
    printed: str


def mismatches(answers: Answers, invoice: StatedInvoice) -> list[Mismatch]:
    """The fields whose stated value is not on the page while the page names another."""
    found = []
    for name in _COMPARED:
        stated = invoice.fields.get(name)
        if stated is None or locate(answers.reading, KINDS[name], stated):
            continue
        printed = answers.find(name)
        if name == "amount_due" and printed is not None:
            total = answers.find("total_amount")
            if total is not None and total.value == printed.value:
                continue  # nothing is printed as due; the total stands in for it
        if printed is not None and _differs(name, stated, printed):
            found.append(Mismatch(name, stated, printed.value))
    names = {each.field for each in found}
    if "tax_amount" in names and not names & {"total_amount", "net_amount"}:
        # Pages often print the tax by rate only: net and total being right, so is their
        # difference.
        found = [each for each in found if each.field != "tax_amount"]
    return found


def _differs(name: str, stated: str, printed: Found) -> bool:
    if name == "supplier_name":
        alike = fuzz.token_set_ratio(stated.casefold(), printed.value.casefold())
        return printed.confidence > _SURE_OF_NAME and alike < _ALIKE
    if printed.confidence < _SURE:
        return False
    if KINDS[name] == FieldType.AMOUNT:
        try:
            return abs(Decimal(stated)) != abs(Decimal(printed.value))
        except InvalidOperation:
            return True
    return compact(stated) != compact(printed.value)
