"""Born-digital invoices, with and without the XML of an e-invoice inside."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

import pymupdf


@dataclass(frozen=True)
class Line:
    description: str
    quantity: str
    unit_price: str
    line_total: str


@dataclass(frozen=True)
class Invoice:
    """What the invoice says; amounts with a point and two decimals, dates ISO."""

    number: str = "RG-2024-0815"
    date: str = "2024-03-14"
    due: str = "2024-04-13"
    seller: str = "Nordwind Handel GmbH"
    buyer: str = "Beispiel & Partner KG"
    vat_id: str = "DE136695976"
    iban: str = "DE89370400440532013000"
    net: str = "250.00"
    tax: str = "47.50"
    total: str = "297.50"
    lines: tuple[Line, ...] = field(
        default=(
            Line("Standing desk, oak", "1", "190.00", "190.00"),
            Line("Desk lamp", "2", "30.00", "60.00"),
        )
    )


def invoice_pdf(
    invoice: Invoice | None = None, *, with_xml: bool = False, stated: Invoice | None = None
) -> bytes:
    """A one-page PDF with a text layer; ``stated`` is what its XML says, if something else."""
    invoice = invoice or Invoice()
    document = pymupdf.open()
    page = document.new_page()
    put(page, 60, 70, invoice.seller, 16)
    for number, text in enumerate(("Hafenstr. 12", "20457 Hamburg", "info@nordwind.example")):
        put(page, 60, 90 + 14 * number, text)
    put(page, 60, 160, invoice.buyer)
    put(page, 60, 174, "Musterweg 3")
    put(page, 60, 188, "50667 Köln")
    put(page, 330, 160, f"Invoice number: {invoice.number}")
    put(page, 330, 176, f"Invoice date: {invoice.date}")
    put(page, 330, 192, f"Due date: {invoice.due}")
    put(page, 60, 240, "INVOICE", 18)
    _table(page, invoice)
    put(page, 60, 700, f"VAT ID: {invoice.vat_id}    IBAN: {invoice.iban}")
    if with_xml or stated is not None:
        xml = cii_xml(stated or invoice)
        document.embfile_add("factur-x.xml", xml.encode(), filename="factur-x.xml", desc="invoice")
    content: bytes = document.tobytes()
    document.close()
    return content


def put(page: pymupdf.Page, x: float, y: float, text: str, size: float = 10) -> None:
    page.insert_text((x, y), text, fontsize=size)


def _table(page: pymupdf.Page, invoice: Invoice) -> None:
    columns = (60, 320, 400, 490)
    for x, text in zip(columns, ("Description", "Quantity", "Unit price", "Amount"), strict=True):
        put(page, x, 280, text)
    y = 300.0
    for line in invoice.lines:
        cells = (line.description, line.quantity, line.unit_price, line.line_total)
        for x, text in zip(columns, cells, strict=True):
            put(page, x, y, text)
        y += 18
    sums = (("Net amount", invoice.net), ("VAT 19%", invoice.tax), ("Total EUR", invoice.total))
    for number, (label, amount) in enumerate(sums):
        put(page, 380, y + 20 + 18 * number, label)
        put(page, 490, y + 20 + 18 * number, amount)


def cii_xml(invoice: Invoice) -> str:
    """The invoice in UN/CEFACT Cross Industry Invoice syntax, as Factur-X embeds it."""
    lines = "".join(_cii_line(number, line) for number, line in enumerate(invoice.lines, 1))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice
 xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
 <rsm:ExchangedDocument><ram:ID>{invoice.number}</ram:ID><ram:TypeCode>380</ram:TypeCode>
  <ram:IssueDateTime>{_cii_date(invoice.date)}</ram:IssueDateTime>
 </rsm:ExchangedDocument>
 <rsm:SupplyChainTradeTransaction>{lines}
  <ram:ApplicableHeaderTradeAgreement>
   <ram:SellerTradeParty><ram:Name>{invoice.seller}</ram:Name>
    <ram:SpecifiedTaxRegistration>
     <ram:ID schemeID="VA">{invoice.vat_id}</ram:ID></ram:SpecifiedTaxRegistration>
   </ram:SellerTradeParty>
   <ram:BuyerTradeParty><ram:Name>{escape(invoice.buyer)}</ram:Name></ram:BuyerTradeParty>
  </ram:ApplicableHeaderTradeAgreement>
  <ram:ApplicableHeaderTradeDelivery/>
  <ram:ApplicableHeaderTradeSettlement>
   <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
   <ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>58</ram:TypeCode>
    <ram:PayeePartyCreditorFinancialAccount>
     <ram:IBANID>{invoice.iban}</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>
   </ram:SpecifiedTradeSettlementPaymentMeans>
   <ram:SpecifiedTradePaymentTerms>
    <ram:DueDateDateTime>{_cii_date(invoice.due)}</ram:DueDateDateTime>
   </ram:SpecifiedTradePaymentTerms>
   <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    <ram:LineTotalAmount>{invoice.net}</ram:LineTotalAmount>
    <ram:TaxBasisTotalAmount>{invoice.net}</ram:TaxBasisTotalAmount>
    <ram:TaxTotalAmount currencyID="EUR">{invoice.tax}</ram:TaxTotalAmount>
    <ram:GrandTotalAmount>{invoice.total}</ram:GrandTotalAmount>
    <ram:DuePayableAmount>{invoice.total}</ram:DuePayableAmount>
   </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
  </ram:ApplicableHeaderTradeSettlement>
 </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>"""


def _cii_date(day: str) -> str:
    return f'<udt:DateTimeString format="102">{day.replace("-", "")}</udt:DateTimeString>'


def _cii_line(number: int, line: Line) -> str:
    return f"""<ram:IncludedSupplyChainTradeLineItem>
   <ram:AssociatedDocumentLineDocument>
    <ram:LineID>{number}</ram:LineID></ram:AssociatedDocumentLineDocument>
   <ram:SpecifiedTradeProduct>
    <ram:Name>{line.description}</ram:Name></ram:SpecifiedTradeProduct>
   <ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice>
    <ram:ChargeAmount>{line.unit_price}</ram:ChargeAmount>
   </ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
   <ram:SpecifiedLineTradeDelivery>
    <ram:BilledQuantity unitCode="C62">{line.quantity}</ram:BilledQuantity>
   </ram:SpecifiedLineTradeDelivery>
   <ram:SpecifiedLineTradeSettlement><ram:SpecifiedTradeSettlementLineMonetarySummation>
    <ram:LineTotalAmount>{line.line_total}</ram:LineTotalAmount>
   </ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>
  </ram:IncludedSupplyChainTradeLineItem>"""


def many_pages_pdf(pages: int) -> bytes:
    """A long born-digital document, each page saying its number."""
    document = pymupdf.open()
    for number in range(pages):
        page = document.new_page()
        put(page, 60, 80, f"Page {number + 1} of {pages}", 14)
        put(page, 60, 110, "Delivery terms and conditions, part by part.")
    content: bytes = document.tobytes()
    document.close()
    return content
