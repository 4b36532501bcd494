"""OASIS Universal Business Language: Invoice and CreditNote (Peppol BIS, XRechnung).

Source of the element names: UBL 2.1 and the EN 16931 binding to it.
"""

from decimal import Decimal

from lxml.etree import _Element

from services.extract.einvoice.invoice import StatedInvoice, numbers_of, stated, type_of
from services.extract.einvoice.tree import (
    amount,
    children,
    first,
    iso_date,
    local_name,
    number,
    text,
    text_of,
)

_ACCOUNTS = ("PaymentMeans", "PayeeFinancialAccount", "ID")
_SUMS = "LegalMonetaryTotal|RequestedMonetaryTotal"


def read_ubl(root: _Element) -> StatedInvoice | None:
    """The invoice or credit note in ``root``, or ``None`` when it is neither."""
    kind = local_name(root)
    sums = first(root, _SUMS)
    if kind not in {"Invoice", "CreditNote"} or sums is None:
        return None
    seller = first(root, "AccountingSupplierParty", "Party")
    currency = text(root, "DocumentCurrencyCode")
    due = text(root, "DueDate") or text(root, "PaymentMeans", "PaymentDueDate")
    fields = stated(
        invoice_number=text(root, "ID"),
        invoice_date=iso_date(text(root, "IssueDate")),
        due_date=iso_date(due or text(root, "PaymentTerms", "PaymentDueDate")),
        currency=currency or _currency_of(sums),
        total_amount=amount(text(sums, "TaxInclusiveAmount")),
        net_amount=amount(text(sums, "TaxExclusiveAmount")),
        tax_amount=_tax(root, currency),
        amount_due=amount(text(sums, "PayableAmount")),
        supplier_name=_name(seller),
        customer_name=_name(first(root, "AccountingCustomerParty", "Party")),
        vat_id=_vat_id(seller),
        iban=text(root, *_ACCOUNTS),
    )
    items = children(root, "InvoiceLine|CreditNoteLine")
    type_name = "credit_note" if kind == "CreditNote" else type_of(text(root, "InvoiceTypeCode"))
    lines = [line for item in items if (line := _line(item))]
    parties = "AccountingSupplierParty|AccountingCustomerParty"
    others = numbers_of(
        [
            *children(root, parties, "Party", "PartyTaxScheme", "CompanyID"),
            *children(root, "TaxRepresentativeParty", "PartyTaxScheme", "CompanyID"),
            *children(root, *_ACCOUNTS),
        ]
    )
    return StatedInvoice("ubl", type_name, fields, lines, others)


def _currency_of(sums: _Element) -> str | None:
    return next((code for node in sums if (code := node.get("currencyID"))), None)


def _name(party: _Element | None) -> str | None:
    return text(party, "PartyLegalEntity", "RegistrationName") or text(party, "PartyName", "Name")


def _vat_id(seller: _Element | None) -> str | None:
    for scheme in children(seller, "PartyTaxScheme"):
        if (text(scheme, "TaxScheme", "ID") or "VAT").upper() in {"VAT", "VA"}:
            return text(scheme, "CompanyID")
    return None


def _tax(root: _Element, currency: str | None) -> str | None:
    totals = [node for each in children(root, "TaxTotal") for node in children(each, "TaxAmount")]
    own = [node for node in totals if node.get("currencyID", currency) == currency] or totals
    found = [value for node in own if (value := amount(text_of(node)))]
    return f"{sum((Decimal(value) for value in found), Decimal(0)):.2f}" if found else None


def _line(item: _Element) -> dict[str, str]:
    return stated(
        description=text(item, "Item", "Name") or text(item, "Item", "Description"),
        quantity=number(text(item, "InvoicedQuantity|CreditedQuantity")),
        unit_price=number(text(item, "Price", "PriceAmount")),
        line_total=amount(text(item, "LineExtensionAmount")),
    )
