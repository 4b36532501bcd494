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
_COMPARED = ("invoice_number", "invoice_date", "due_date", "currency", "total_amount",
             "net_amount", "tax_amount", "amount_due", "supplier_name", "customer_name",
             "vat_id", "iban")  # fmt: skip
_NAMES = frozenset({"supplier_name", "customer_name"})
_LINES = "line_items"
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
        if name == "amount_due" and printed is not None and _stands_in(answers, invoice, printed):
            continue
        if printed is not None and compact(printed.value) in invoice.others:
            continue  # the page has the customer's number alone, or another of the accounts
        if printed is not None and _differs(name, stated, printed):
            found.append(Mismatch(name, stated, printed.value))
    names = {each.field for each in found}
    if "tax_amount" in names and not names & {"total_amount", "net_amount"} and _adds_up(invoice):
        # Pages often print the tax by rate only: net and total being right, so is their
        # difference.
        found = [each for each in found if each.field != "tax_amount"]
    return [*found, *_unlike_lines(answers, invoice)]


def _stands_in(answers: Answers, invoice: StatedInvoice, printed: Found) -> bool:
    """Whether nothing is printed as due, and the total is taken for it that is stated apart."""
    total, stated = answers.find("total_amount"), invoice.fields
    if total is None or total.value != printed.value:
        return False
    if stated.get("total_amount") == stated["amount_due"]:
        return False
    places, labels = answers.reading.sheet.places, answers.reading.labels.by_row
    rows = {places[token.index].row for token in printed.tokens}
    return not any("amount_due" in hit.concepts for row in rows for hit in labels[row])


def _adds_up(invoice: StatedInvoice) -> bool:
    sums = ("net_amount", "tax_amount", "total_amount")
    net, tax, total = (Decimal(invoice.fields.get(it, "NaN")) for it in sums)
    return net + tax == total


def _unlike_lines(answers: Answers, invoice: StatedInvoice) -> list[Mismatch]:
    """The lines whose stated sum is not on the page while the line there has another.

    Only where both have as many, and some agree: a page that prints all of its lines with tax says
    nothing else than the XML.
    """
    printed = answers.rows(_LINES) if len(invoice.lines) > 1 else []
    if len(printed) != len(invoice.lines):
        return []
    unlike = [
        Mismatch(_LINES, f"{stated} in line {at}", told.value)
        for at, (line, row) in enumerate(zip(invoice.lines, printed, strict=True), 1)
        if (stated := line.get("line_total")) and (told := row.get("line_total"))
        if not locate(answers.reading, FieldType.AMOUNT, stated)
        if _differs("total_amount", stated, told)
    ]
    return unlike if len(unlike) < len(printed) else []


def _differs(name: str, stated: str, printed: Found) -> bool:
    if name in _NAMES:
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
