"""UN/CEFACT Cross Industry Invoice: Factur-X, ZUGFeRD 1 and 2 and their drafts, XRechnung.

Source of the element names: the published schemas of ZUGFeRD 1.0 and Factur-X 1.0/D16B.
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

_HEADER = "ExchangedDocument|HeaderExchangedDocument"
_TRANSACTION = "SupplyChainTradeTransaction|SpecifiedSupplyChainTradeTransaction"
_AGREEMENT = "ApplicableHeaderTradeAgreement|ApplicableSupplyChainTradeAgreement"
_SETTLEMENT = "ApplicableHeaderTradeSettlement|ApplicableSupplyChainTradeSettlement"
_SUMS = "SpecifiedTradeSettlementHeaderMonetarySummation|SpecifiedTradeSettlementMonetarySummation"
_LINE_AGREEMENT = "SpecifiedLineTradeAgreement|SpecifiedSupplyChainTradeAgreement"
_LINE_DELIVERY = "SpecifiedLineTradeDelivery|SpecifiedSupplyChainTradeDelivery"
_LINE_SETTLEMENT = "SpecifiedLineTradeSettlement|SpecifiedSupplyChainTradeSettlement"
_LINE_SUMS = (
    "SpecifiedTradeSettlementLineMonetarySummation|SpecifiedTradeSettlementMonetarySummation"
)
_REPRESENTATIVE = "SellerTaxRepresentativeTradeParty"
_IBANS = (
    "SpecifiedTradeSettlementPaymentMeans",
    "PayeePartyCreditorFinancialAccount",
    "IBANID",
)


def read_cii(root: _Element) -> StatedInvoice | None:
    """The invoice in ``root``, or ``None`` when it is no cross industry invoice."""
    header, transaction = first(root, _HEADER), first(root, _TRANSACTION)
    if header is None or transaction is None:
        return None
    agreement, settlement = first(transaction, _AGREEMENT), first(transaction, _SETTLEMENT)
    currency = text(settlement, "InvoiceCurrencyCode")
    seller = first(agreement, "SellerTradeParty")
    sums = first(settlement, _SUMS)
    fields = stated(
        invoice_number=text(header, "ID"),
        invoice_date=iso_date(text(header, "IssueDateTime")),
        due_date=_due_date(settlement),
        currency=currency,
        total_amount=amount(text(sums, "GrandTotalAmount")),
        net_amount=amount(text(sums, "TaxBasisTotalAmount")),
        tax_amount=_tax(settlement, sums, currency),
        amount_due=amount(text(sums, "DuePayableAmount")),
        supplier_name=_name(seller),
        customer_name=_name(first(agreement, "BuyerTradeParty")),
        vat_id=_vat_id(seller),
        iban=text(settlement, *_IBANS),
    )
    items = children(transaction, "IncludedSupplyChainTradeLineItem")
    lines = [line for item in items if (line := _line(item))]
    parties = f"SellerTradeParty|BuyerTradeParty|{_REPRESENTATIVE}"
    others = numbers_of(
        [
            *children(agreement, parties, "SpecifiedTaxRegistration", "ID"),
            *children(settlement, *_IBANS),
        ]
    )
    return StatedInvoice("cii", type_of(text(header, "TypeCode")), fields, lines, others)


def _name(party: _Element | None) -> str | None:
    legal = text(party, "SpecifiedLegalOrganization", "TradingBusinessName")
    return text(party, "Name") or legal or text(party, "DefinedTradeContact", "PersonName")


def _vat_id(seller: _Element | None) -> str | None:
    """The registration of scheme VA; FC is a local tax number, not a VAT id."""
    for node in children(seller, "SpecifiedTaxRegistration", "ID"):
        if node.get("schemeID") == "VA" and (found := text_of(node)):
            return found
    return None


def _due_date(settlement: _Element | None) -> str | None:
    """The date of the terms without discount, where several terms are stated."""
    terms = list(children(settlement, "SpecifiedTradePaymentTerms"))
    terms.sort(key=lambda term: first(term, "ApplicableTradePaymentDiscountTerms") is not None)
    dates = (iso_date(text(term, "DueDateDateTime")) for term in terms)
    return next((found for found in dates if found), None)


def _tax(settlement: _Element | None, sums: _Element | None, currency: str | None) -> str | None:
    """The tax total in the invoice's currency, else the sum of the tax blocks."""
    totals = list(children(sums, "TaxTotalAmount"))
    totals.sort(key=lambda node: node.get("currencyID", currency) != currency)
    if totals:
        return amount(text_of(totals[0]))
    blocks = [
        amount(text(block, "CalculatedAmount"))
        for block in children(settlement, "ApplicableTradeTax")
    ]
    stated_blocks = [Decimal(block) for block in blocks if block]
    return f"{sum(stated_blocks, Decimal(0)):.2f}" if stated_blocks else None


def _line(item: _Element) -> dict[str, str]:
    """A line, empty for one that states neither a product nor a sum (a mere note)."""
    product = first(item, "SpecifiedTradeProduct")
    prices = first(item, _LINE_AGREEMENT)
    delivery = first(item, _LINE_DELIVERY)
    quantity = next((node for node in _all(delivery) if local_name(node) == "BilledQuantity"), None)
    line = stated(
        description=text(product, "Name")
        or text(product, "Description")
        or text(item, "AssociatedDocumentLineDocument", "IncludedNote", "Content"),
        quantity=number(text_of(quantity)),
        unit_price=number(
            text(prices, "NetPriceProductTradePrice", "ChargeAmount")
            or text(prices, "GrossPriceProductTradePrice", "ChargeAmount")
        ),
        line_total=amount(text(item, _LINE_SETTLEMENT, _LINE_SUMS, "LineTotalAmount")),
    )
    return line if product is not None or "line_total" in line else {}


def _all(node: _Element | None) -> list[_Element]:
    return [] if node is None else list(node)
