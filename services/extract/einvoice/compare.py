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
_NUMBER = "invoice_number"
_SUMS = frozenset({"total_amount", "net_amount"})
_LINES = "line_items"
_HIGHEST_TAX = Decimal("1.3")  # of a line with the line without; the highest rate in use is 27 %
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
    found = _unlike_fields(answers, invoice, is_other=False)
    names = {each.field for each in found}
    if _NUMBER in names and names & _SUMS:
        found = _unlike_fields(answers, invoice, is_other=True)
    elif "tax_amount" in names and not names & {"total_amount", "net_amount"} and _adds_up(invoice):
        # Pages often print the tax by rate only: net and total being right, so is their
        # difference.
        found = [each for each in found if each.field != "tax_amount"]
    return [*found, *_unlike_lines(answers, invoice)]


def _unlike_fields(answers: Answers, invoice: StatedInvoice, *, is_other: bool) -> list[Mismatch]:
    """Those of ``mismatches`` but lines; with ``is_other`` the page is that of another invoice.

    Then nothing of the XML is expected there, and what the page says need not be sure.
    """
    found = []
    for name in _COMPARED:
        stated = invoice.fields.get(name)
        if stated is None or locate(answers.reading, KINDS[name], stated):
            continue
        printed = answers.find(name)
        if printed is None or compact(printed.value) in invoice.others:
            continue  # the page has the customer's number alone, or another of the accounts
        if not is_other and name == "amount_due" and _stands_in(answers, invoice, printed):
            continue
        if _differs(name, stated, printed, 0 if is_other else _least_sure(name)):
            found.append(Mismatch(name, stated, printed.value))
    return found


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

    A page that prints all of its lines with tax, or all without, says nothing else than the XML.
    """
    printed = [row["line_total"] for row in answers.rows(_LINES) if "line_total" in row]
    stated = [line["line_total"] for line in invoice.lines if line.get("line_total")]
    if not printed or min(it.confidence for it in printed) < _SURE:
        return []
    unseen = [not locate(answers.reading, FieldType.AMOUNT, it) for it in stated]
    if len(printed) != len(stated):  # charges may be lines on the page, and lines be one there
        told = ", ".join(it.value for it in printed)
        return [Mismatch(_LINES, ", ".join(stated), told)] if stated and all(unseen) else []
    return [
        Mismatch(_LINES, f"{each} in line {at}", told.value)
        for at, (each, told, is_unseen) in enumerate(zip(stated, printed, unseen, strict=True), 1)
        if is_unseen and not (all(unseen) and _is_taxed(each, told.value))
        if _differs("total_amount", each, told, _SURE)
    ]


def _is_taxed(stated: str, printed: str) -> bool:
    """Whether one of both may be the other with a tax on it."""
    try:
        low, high = sorted(abs(Decimal(it)) for it in (stated, printed))
    except InvalidOperation:
        return False
    return low < high <= low * _HIGHEST_TAX


def _least_sure(name: str) -> float:
    return _SURE_OF_NAME if name in _NAMES else _SURE


def _differs(name: str, stated: str, printed: Found, least: float) -> bool:
    if printed.confidence < least:
        return False
    if name in _NAMES:
        return fuzz.token_set_ratio(stated.casefold(), printed.value.casefold()) < _ALIKE
    if KINDS[name] == FieldType.AMOUNT:
        try:
            return abs(Decimal(stated)) != abs(Decimal(printed.value))
        except InvalidOperation:
            return True
    return compact(stated) != compact(printed.value)
