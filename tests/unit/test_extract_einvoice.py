"""E-invoices: what the XML states, in both dialects, and where the page disagrees."""
# ruff: noqa: E501 (XML reads better with an element to a line)

from dataclasses import replace

import pytest
from extract_samples import page

from services.extract.contract import ExtractRequest, ExtractResult
from services.extract.einvoice import read_invoice
from services.extract.engine import extract
from services.ocr.reader import read_page
from services.ocr.results import ReadOptions
from shared.models.embedded import Embedded, EmbeddedFile
from shared.models.extraction import XML_PAGE_MISMATCH, Field, FieldSource
from shared.models.page import Page
from shared.models.schema import FieldSpec, FieldType, Schema
from tests.samples.invoices import Invoice, cii_xml, invoice_pdf

CII = """<?xml version="1.0" encoding="ISO-8859-1"?>
<rsm:{root} xmlns:rsm="urn:one" xmlns:ram="urn:two" xmlns:udt="urn:three">
 <rsm:{header}>
  <ram:ID>R-77</ram:ID><ram:TypeCode>{code}</ram:TypeCode>
  <ram:IssueDateTime>{date}</ram:IssueDateTime>
 </rsm:{header}>
 <rsm:{transaction}>
  <ram:{agreement}>
   <ram:SellerTradeParty><ram:Name>Müller &amp; Söhne KG</ram:Name>
    <ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">12/345</ram:ID></ram:SpecifiedTaxRegistration>
    <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE136695976</ram:ID></ram:SpecifiedTaxRegistration>
   </ram:SellerTradeParty>
   <ram:BuyerTradeParty><ram:Name>Kauf AG</ram:Name></ram:BuyerTradeParty>
  </ram:{agreement}>
  <ram:{settlement}>
   <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
   <ram:SpecifiedTradeSettlementPaymentMeans><ram:PayeePartyCreditorFinancialAccount>
     <ram:IBANID>DE89370400440532013000</ram:IBANID>
   </ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>
   <ram:SpecifiedTradePaymentTerms>
     <ram:DueDateDateTime><udt:DateTimeString format="102">20240319</udt:DateTimeString></ram:DueDateDateTime>
   </ram:SpecifiedTradePaymentTerms>
   <ram:{sums}>
    <ram:LineTotalAmount>100.00</ram:LineTotalAmount>
    <ram:TaxBasisTotalAmount>100.00</ram:TaxBasisTotalAmount>
    <ram:TaxTotalAmount currencyID="USD">20.55</ram:TaxTotalAmount>
    <ram:TaxTotalAmount currencyID="EUR">19.00</ram:TaxTotalAmount>
    <ram:GrandTotalAmount>119.00</ram:GrandTotalAmount>
    <ram:DuePayableAmount>69</ram:DuePayableAmount>
   </ram:{sums}>
  </ram:{settlement}>
  <ram:IncludedSupplyChainTradeLineItem>
   <ram:AssociatedDocumentLineDocument><ram:IncludedNote><ram:Content>a note</ram:Content></ram:IncludedNote></ram:AssociatedDocumentLineDocument>
  </ram:IncludedSupplyChainTradeLineItem>
  <ram:IncludedSupplyChainTradeLineItem>
   <ram:SpecifiedTradeProduct><ram:Name>Trennblätter</ram:Name></ram:SpecifiedTradeProduct>
   <ram:{line_agreement}><ram:NetPriceProductTradePrice><ram:ChargeAmount>5.0000</ram:ChargeAmount></ram:NetPriceProductTradePrice></ram:{line_agreement}>
   <ram:{line_delivery}><ram:BilledQuantity unitCode="C62">20.0000</ram:BilledQuantity></ram:{line_delivery}>
   <ram:{line_settlement}><ram:{line_sums}><ram:LineTotalAmount>100</ram:LineTotalAmount></ram:{line_sums}></ram:{line_settlement}>
  </ram:IncludedSupplyChainTradeLineItem>
 </rsm:{transaction}>
</rsm:{root}>"""
NEW = {
    "root": "CrossIndustryInvoice",
    "header": "ExchangedDocument",
    "transaction": "SupplyChainTradeTransaction",
    "agreement": "ApplicableHeaderTradeAgreement",
    "settlement": "ApplicableHeaderTradeSettlement",
    "sums": "SpecifiedTradeSettlementHeaderMonetarySummation",
    "line_agreement": "SpecifiedLineTradeAgreement",
    "line_delivery": "SpecifiedLineTradeDelivery",
    "line_settlement": "SpecifiedLineTradeSettlement",
    "line_sums": "SpecifiedTradeSettlementLineMonetarySummation",
    "date": '<udt:DateTimeString format="102">20240305</udt:DateTimeString>',
    "code": "380",
}
OLD = {
    "root": "CrossIndustryDocument",
    "header": "HeaderExchangedDocument",
    "transaction": "SpecifiedSupplyChainTradeTransaction",
    "agreement": "ApplicableSupplyChainTradeAgreement",
    "settlement": "ApplicableSupplyChainTradeSettlement",
    "sums": "SpecifiedTradeSettlementMonetarySummation",
    "line_agreement": "SpecifiedSupplyChainTradeAgreement",
    "line_delivery": "SpecifiedSupplyChainTradeDelivery",
    "line_settlement": "SpecifiedSupplyChainTradeSettlement",
    "line_sums": "SpecifiedTradeSettlementMonetarySummation",
    "date": "20240305",  # early drafts have no DateTimeString
    "code": "380",
}
STATED = {
    "invoice_number": "R-77",
    "invoice_date": "2024-03-05",
    "due_date": "2024-03-19",
    "currency": "EUR",
    "total_amount": "119.00",
    "net_amount": "100.00",
    "tax_amount": "19.00",
    "amount_due": "69.00",
    "supplier_name": "Müller & Söhne KG",
    "customer_name": "Kauf AG",
    "vat_id": "DE136695976",
    "iban": "DE89370400440532013000",
}
LINE = {"description": "Trennblätter", "quantity": "20", "unit_price": "5", "line_total": "100.00"}
UBL = """<Invoice xmlns="urn:oasis:ubl" xmlns:cac="urn:cac" xmlns:cbc="urn:cbc">
 <cbc:ID>R-77</cbc:ID><cbc:IssueDate>2024-03-05</cbc:IssueDate><cbc:DueDate>2024-03-19</cbc:DueDate>
 <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
 <cac:AccountingSupplierParty><cac:Party>
  <cac:PartyName><cbc:Name>Müllers</cbc:Name></cac:PartyName>
  <cac:PartyTaxScheme><cbc:CompanyID>DE136695976</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
  <cac:PartyLegalEntity><cbc:RegistrationName>Müller &amp; Söhne KG</cbc:RegistrationName></cac:PartyLegalEntity>
 </cac:Party></cac:AccountingSupplierParty>
 <cac:AccountingCustomerParty><cac:Party><cac:PartyName><cbc:Name>Kauf AG</cbc:Name></cac:PartyName></cac:Party></cac:AccountingCustomerParty>
 <cac:PaymentMeans><cac:PayeeFinancialAccount><cbc:ID>DE89370400440532013000</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
 <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">19.00</cbc:TaxAmount></cac:TaxTotal>
 <cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount currencyID="EUR">100.00</cbc:TaxExclusiveAmount>
  <cbc:TaxInclusiveAmount currencyID="EUR">119.00</cbc:TaxInclusiveAmount>
  <cbc:PayableAmount currencyID="EUR">69.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
 <cac:InvoiceLine><cbc:InvoicedQuantity unitCode="C62">20</cbc:InvoicedQuantity>
  <cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
  <cac:Item><cbc:Name>Trennblätter</cbc:Name></cac:Item>
  <cac:Price><cbc:PriceAmount currencyID="EUR">5.00</cbc:PriceAmount></cac:Price></cac:InvoiceLine>
</Invoice>"""
PRINTED = [
    "Müller & Söhne KG",
    "Rechnung",
    [(40, "Rechnungsnummer"), (200, "R-77")],
    [(40, "Rechnungsdatum"), (200, "05.03.2024")],
    [(40, "Fällig am"), (200, "19.03.2024")],
    "Kauf AG",
    [(40, "Nettobetrag"), (200, "100,00")],
    [(40, "MwSt. 19%"), (200, "19,00")],
    [(40, "Gesamtbetrag"), (200, "119,00 EUR")],
]
DESK, LAMP = Invoice().lines


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page that prints ``Invoice()``."""
    path = tmp_path_factory.mktemp("invoice") / "invoice.pdf"
    path.write_bytes(invoice_pdf())
    return read_page(str(path), "application/pdf", 0, ReadOptions())


def carried(xml: str) -> Embedded:
    return Embedded(files=[EmbeddedFile(name="any.xml", media_type="text/xml", text=xml)])


def run(xml: str, rows: list[object]) -> ExtractResult:
    return extract(ExtractRequest(pages=[page(rows)], embedded=carried(xml)))  # type: ignore[arg-type]


def test_every_dialect_states_the_same() -> None:
    for xml in (CII.format(**NEW), CII.format(**OLD), UBL):
        invoice = read_invoice(carried(xml))
        assert invoice is not None
        assert invoice.fields == STATED
        assert invoice.lines == [LINE]
        assert invoice.type_name == "invoice"


def test_credit_notes_of_both_dialects() -> None:
    cii = read_invoice(carried(CII.format(**NEW | {"code": "381"})))
    ubl = read_invoice(
        carried(
            UBL.replace("Invoice xmlns", "CreditNote xmlns").replace("</Invoice>", "</CreditNote>")
        )
    )
    assert cii is not None
    assert ubl is not None
    assert cii.type_name == ubl.type_name == "credit_note"


def test_other_xml_and_broken_xml_are_no_invoice() -> None:
    assert read_invoice(carried("<catalogue><book/></catalogue>")) is None
    assert read_invoice(carried("<Invoice><broken")) is None


def test_xml_that_declares_entities_is_refused() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    xml = CII.format(**NEW).replace('encoding="ISO-8859-1"?>', f"?>{bomb}")
    invoice = read_invoice(carried(xml.replace("R-77", "R-&a;77")))
    assert invoice is None


def test_stated_values_are_sure_and_point_at_the_page() -> None:
    result = run(CII.format(**NEW), PRINTED)
    assert result.type is not None
    assert result.type.name == "invoice"
    assert not result.warnings
    total = result.fields["total_amount"]
    assert isinstance(total, Field)
    assert (total.value, total.source, total.grounded) == ("119.00", FieldSource.XML, True)
    assert total.confidence > 0.99
    assert total.boxes[0].x0 == 200
    assert not [each for each in result.reasons if each.code == "xml_page_mismatch"]


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        (Invoice(number="RG-2024-0816"), "invoice_number"),
        (Invoice(date="2024-02-14"), "invoice_date"),
        (Invoice(due="2024-05-13"), "due_date"),
        (Invoice(seller="Zebra Quarry Holdings"), "supplier_name"),
        (Invoice(buyer="Umbrella Octopus Ltd"), "customer_name"),
        (Invoice(vat_id="DE811907980"), "vat_id"),
        (Invoice(iban="DE02120300000000202051"), "iban"),
        (Invoice(tax="48.50"), "tax_amount"),
        (Invoice(net="251.00", total="298.50"), "net_amount"),
        (Invoice(lines=(DESK, replace(LAMP, line_total="61.00"))), "line_items"),
    ],
)
def test_each_value_that_differs_is_flagged_by_itself(
    sheet: Page, stated: Invoice, field: str
) -> None:
    request = ExtractRequest(pages=[sheet], embedded=carried(cii_xml(stated)))
    reasons = [each for each in extract(request).reasons if each.code == XML_PAGE_MISMATCH]
    assert field in {each.field for each in reasons}
    assert len({each.field for each in reasons} - {"total_amount", "amount_due"}) == 1


def of_lines(sheet: Page, *stated: str) -> list[str]:
    """What is told of lines, when the XML has these sums where the page prints 190 and 60."""
    lines = tuple(replace(LAMP, line_total=each) for each in stated)
    request = ExtractRequest(pages=[sheet], embedded=carried(cii_xml(Invoice(lines=lines))))
    return [it.field for it in extract(request).reasons if it.code == XML_PAGE_MISMATCH]


def test_lines_that_the_page_has_not_are_told_of(sheet: Page) -> None:
    """Unless all are there with tax or without: that says the same."""
    assert of_lines(sheet, "226.10", "71.40") == []
    assert of_lines(sheet, "226.10", "41.40") == ["line_items"]
    assert of_lines(sheet, "12.50", "13.50", "14.50") == ["line_items"]
    assert of_lines(sheet, "12.50", "190.00", "60.00") == []


def test_all_of_another_invoices_xml_is_told_of() -> None:
    """However little sure the page's own values are: here who sends it is a guess."""
    rows = [[(40, "Rechnung")], [(40, "Kiosk am Eck")], *PRINTED[1:]]
    xml = CII.format(**NEW).replace("R-77", "X-1234").replace("Müller &amp; Söhne KG", "Zebra Ltd")
    same = run(xml, rows)
    other = run(xml.replace("100.00", "800.00").replace("119.00", "819.00"), rows)
    told = [
        {it.field for it in each.reasons if it.code == XML_PAGE_MISMATCH} for each in (same, other)
    ]
    assert told[1] > told[0]
    assert "supplier_name" in told[1] - told[0]


def test_other_numbers_that_the_xml_states_are_no_difference(sheet: Page) -> None:
    """The page prints the customer's tax number alone, and the second of two accounts."""
    xml = cii_xml(Invoice())
    for old, other in (
        (Invoice().vat_id, "DE811907980"),
        (Invoice().iban, "DE02120300000000202051"),
    ):
        xml = xml.replace(old, other, 1)
    xml = xml.replace(
        "<ram:BuyerTradeParty>",
        "<ram:BuyerTradeParty><ram:SpecifiedTaxRegistration>"
        f"<ram:ID schemeID='VA'>{Invoice().vat_id}</ram:ID></ram:SpecifiedTaxRegistration>",
    ).replace(
        "<ram:SpecifiedTradePaymentTerms>",
        "<ram:SpecifiedTradeSettlementPaymentMeans><ram:PayeePartyCreditorFinancialAccount>"
        f"<ram:IBANID>{Invoice().iban}</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>"
        "</ram:SpecifiedTradeSettlementPaymentMeans><ram:SpecifiedTradePaymentTerms>",
    )
    request = ExtractRequest(pages=[sheet], embedded=carried(xml))
    assert not [each for each in extract(request).reasons if each.code == XML_PAGE_MISMATCH]


def test_a_difference_is_told_of_the_field_that_was_asked_for(sheet: Page) -> None:
    """Whatever a schema calls it."""
    ordered = Schema(name="mine", fields=[FieldSpec(name="zahlbetrag", type=FieldType.AMOUNT)])
    stated = Invoice(net="251.00", total="298.50")
    request = ExtractRequest(pages=[sheet], embedded=carried(cii_xml(stated)), ordered=ordered)
    reasons = [each for each in extract(request).reasons if each.code == XML_PAGE_MISMATCH]
    assert "zahlbetrag" in {each.field for each in reasons}


def test_page_that_says_something_else_is_flagged() -> None:
    rows = [
        *PRINTED[:-2],
        [(40, "MwSt. 19%"), (200, "38,00")],
        [(40, "Gesamtbetrag"), (200, "238,00 EUR")],
    ]
    rows[6] = [(40, "Nettobetrag"), (200, "200,00")]
    result = run(CII.format(**NEW), rows)
    flagged = {each.field for each in result.reasons if each.code == "xml_page_mismatch"}
    assert "total_amount" in flagged
    assert any("238.00" in warning for warning in result.warnings)
    total = result.fields["total_amount"]
    assert isinstance(total, Field)
    assert total.value == "119.00"


def test_lines_that_a_smaller_profile_does_not_state_are_those_of_the_page(sheet: Page) -> None:
    xml = cii_xml(Invoice(lines=()))
    fields = extract(ExtractRequest(pages=[sheet], embedded=carried(xml))).fields
    total, lines = fields["total_amount"], fields["line_items"]
    assert isinstance(total, Field)
    assert total.source is FieldSource.XML
    assert isinstance(lines, list)
    assert [row["line_total"].value for row in lines] == ["190.00", "60.00"]


@pytest.mark.parametrize(
    ("name", "text", "is_told"),
    [
        ("factur-x.xml", "<rsm:Cross", True),
        ("data.xml", "<rsm:CrossIndustryInvoice><oops>", True),
        ("data.xml", "<catalogue/>", False),
        ("notes.txt", "see attached", False),
    ],
)
def test_an_e_invoice_that_cannot_be_read_is_told(
    sheet: Page, name: str, text: str, *, is_told: bool
) -> None:
    files = [EmbeddedFile(name=name, media_type="text/xml", text=text)]
    result = extract(ExtractRequest(pages=[sheet], embedded=Embedded(files=files)))
    assert [it.code for it in result.reasons] == (["xml_unreadable"] if is_told else [])
    assert bool(result.warnings) is is_told
    assert "total_amount" in result.fields
