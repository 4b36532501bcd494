"""Exact data: payment codes, form fields, and where the page disagrees with them."""

from typing import Any

import pytest
from extract_samples import page

from services.extract.contract import ExtractRequest, ExtractResult
from services.extract.engine import extract
from services.extract.exact.payment import read_payment
from services.extract.induction.inducing import induce
from shared.models.embedded import Embedded, FormField
from shared.models.extraction import Field, FieldSource
from shared.models.page import Barcode, Box, Page
from shared.models.schema import FieldSpec, FieldType, Schema
from tests.samples.codes import EPC, SWISS

IBAN = "DE71 1102 2033 0123 4567 89"


def run(document: Page, **asked: Any) -> ExtractResult:
    return extract(ExtractRequest(pages=[document], **asked))


def field(result: ExtractResult, name: str) -> Field:
    found = result.fields[name]
    assert isinstance(found, Field)
    return found


def invoice(*, iban: str = IBAN, total: str = "1.234,50", code: str | None = EPC) -> Page:
    document = page(
        [
            "Nordlicht Systeme GmbH", "Hafenstr. 1, 24103 Kiel", "", "Rechnung", "",
            [(40.0, "Rechnungsnummer: 2024-117"), (300.0, "Rechnungsdatum: 02.05.2024")], "",
            [(40.0, "Nettobetrag"), (400.0, "1.037,39 EUR")],
            [(40.0, "MwSt 19 %"), (400.0, "197,11 EUR")],
            [(40.0, "Gesamtbetrag"), (400.0, f"{total} EUR")],
            f"IBAN: {iban}",
        ]
    )  # fmt: skip
    codes = [] if code is None else [code]
    return document.copy_with(barcodes=[printed(text) for text in codes])


def printed(text: str) -> Barcode:
    return Barcode(format="qr_code", text=text, x0=400, y0=600, x1=480, y1=680)


def test_an_epc_code_states_account_name_sum_and_reference() -> None:
    payment = read_payment(EPC)
    assert payment is not None
    assert payment.fields == {
        "iban": "DE71110220330123456789",
        "supplier_name": "Nordlicht Systeme GmbH",
        "amount_due": "1234.50",
        "currency": "EUR",
    }
    assert payment.reference == "Rechnung 2024-117"


def test_a_swiss_qr_bill_states_billing_information_as_well() -> None:
    payment = read_payment(SWISS.replace("\n", "\r\n"))
    assert payment is not None
    assert payment.fields == {
        "iban": "CH4431999123000889012",
        "supplier_name": "Robert Schneider AG",
        "customer_name": "Pia Rutschmann",
        "amount_due": "1949.75",
        "currency": "CHF",
        "invoice_number": "10201409",
        "invoice_date": "2020-07-01",
        "due_date": "2020-07-31",
        "vat_id": "CHE106017086",
    }
    assert payment.reference == "210000000003139471430009017"


@pytest.mark.parametrize(
    "text",
    ["", "https://example.org", "BCD\n002", EPC.replace("DE71", "DE72"), EPC.replace("SCT", "XXX"),
     SWISS.replace("CH44", "CH45"), SWISS[:60], "BCD\n\n\n\n\n\n\n"],
)  # fmt: skip
def test_what_is_no_sound_payment_code_is_none(text: str) -> None:
    assert read_payment(text) is None


def test_a_code_gives_the_fields_of_an_invoice_exactly() -> None:
    result = run(invoice())
    assert result.type is not None
    assert result.type.name == "invoice"
    for name, value in {"iban": "DE71110220330123456789", "amount_due": "1234.50"}.items():
        found = field(result, name)
        assert (found.value, found.source, found.grounded) == (value, FieldSource.BARCODE, True)
        assert found.confidence > 0.98
    assert not any(reason.code == "code_page_mismatch" for reason in result.reasons)


def test_a_value_that_is_not_printed_points_at_the_code() -> None:
    document = invoice()
    words = [word for word in document.words if not word.text.startswith(("DE71", "1102"))]
    found = field(run(document.copy_with(words=words)), "iban")
    assert (found.boxes[0].x0, found.boxes[0].y1) == (400, 680)


@pytest.mark.parametrize(
    ("changed", "about"),
    [
        ({"iban": "DE89 3704 0044 0532 0130 00"}, "iban"),
        ({"total": "1.134,50"}, "amount_due"),
    ],
)
def test_a_page_that_says_otherwise_than_its_code_is_flagged(
    changed: dict[str, str], about: str
) -> None:
    reasons = run(invoice(**changed)).reasons
    assert [each.field for each in reasons if each.code == "code_page_mismatch"] == [about]


def test_two_different_payments_are_no_data_for_one_document() -> None:
    document = invoice().copy_with(barcodes=[printed(EPC), printed(SWISS)])
    assert field(run(document), "iban").source is FieldSource.LAYOUT


def form(*fields: tuple[str, str, str]) -> Embedded:
    boxes = [Box(page=0, x0=200, y0=40 + 15 * at, x1=400, y1=52 + 15 * at) for at in range(9)]
    return Embedded(
        form_fields=[
            FormField(name=name, label=label, value=value, box=box)
            for (name, label, value), box in zip(fields, boxes, strict=False)
        ]
    )


def test_form_fields_give_the_fields_they_mean_with_values_of_their_types() -> None:
    filled = form(
        ("form1[0].Page1[0].txtInvoiceNo[0]", "", "A-77"),
        ("datum", "Rechnungsdatum", "03.04.2026"),
        ("f3", "Total amount", "1.234,50"),
        ("due_date", "", "as agreed"),
        ("x", "IBAN", IBAN),
    )
    result = run(page(["Rechnung"]), requested_type="invoice", embedded=filled)
    found = {name: (field(result, name).value, field(result, name).source) for name in result.fields
             if isinstance(result.fields[name], Field)}  # fmt: skip
    assert found["invoice_number"] == ("A-77", FieldSource.FORM)
    assert found["invoice_date"] == ("2026-04-03", FieldSource.FORM)
    assert found["total_amount"] == ("1234.50", FieldSource.FORM)
    assert "due_date" not in found
    assert found["iban"][1] is FieldSource.FORM


def test_form_fields_are_the_first_pairs_of_a_document_of_no_type() -> None:
    filled = form(("applicant", "Name of applicant", "Greta Lindqvist"))
    document = page([[(40.0, "Applicant:"), (200.0, "Greta Lindqvist")], "", "Stamp: none"])
    rows = run(document, embedded=filled).fields["pairs"]
    assert isinstance(rows, list)
    pairs = [(row["question"].value, row["answer"].value, row["answer"].source) for row in rows]
    assert pairs[0] == ("Name of applicant", "Greta Lindqvist", FieldSource.FORM)
    assert ("Stamp:", "none", FieldSource.LAYOUT) in pairs
    assert len(pairs) == 2


@pytest.mark.parametrize(("region", "day", "sure"), [(None, 12, False), ("US", 3, True)])
def test_days_in_form_fields_are_as_sure_as_days_on_the_page(
    region: str | None, day: int, *, sure: bool
) -> None:
    asked = Schema(name="x", fields=[FieldSpec(name="born", type=FieldType.DATE)])
    filled = form(("born", "", "12/03/1988"))
    found = field(run(page(["Born"]), embedded=filled, ordered=asked, region=region), "born")
    assert found.value == ("1988-03-12" if day == 12 else "1988-12-03")
    assert (found.confidence > 0.85) is sure


def boxed(*, ticked: bool) -> tuple[Page, Embedded]:
    """A page whose check box is drawn as a digit of a font of signs, and its form."""
    box = Box(page=0, x0=198, y0=38, x1=210, y1=52)
    check = FormField(name="news", label="Newsletter", value="Yes", box=box, ticked=ticked)
    row = [(40.0, "Newsletter"), (200.0, "3" if ticked else "")]
    return page([row, [(40.0, "Fee:"), (200.0, "60.00")]]), Embedded(form_fields=[check])


def test_check_boxes_of_forms_are_true_or_false() -> None:
    sample, filled = boxed(ticked=True)
    schema = induce(ExtractRequest(pages=[sample], embedded=filled))
    assert schema is not None
    assert [(it.name, it.type) for it in schema.fields] == [
        ("newsletter", FieldType.BOOLEAN),
        ("fee", FieldType.AMOUNT),
    ]
    for ticked in (True, False):
        document, filled = boxed(ticked=ticked)
        assert field(run(document, embedded=filled, ordered=schema), "newsletter").value is ticked


def parcel(number: str, code: str) -> Page:
    codes = [
        Barcode(format="code_128", text=code, x0=40, y0=300, x1=200, y1=340),
        Barcode(format="qr_code", text=f"https://x.example/{code}", x0=300, y0=300, x1=340, y1=340),
    ]
    return page([f"Tracking: {number}", "Weight: 3.40 kg"]).copy_with(barcodes=codes)


def test_codes_are_in_the_schema_of_a_sample_and_prove_what_is_printed() -> None:
    schema = induce(ExtractRequest(pages=[parcel("PW1194882077GB", "PW1194882077GB")]))
    assert schema is not None
    assert [it.name for it in schema.fields] == ["tracking", "weight", "barcode", "qr_code"]
    result = run(parcel("PW-11949011-GB", "PW11949011GB"), ordered=schema)
    told = {it: (field(result, it).value, field(result, it).source) for it in result.fields}
    assert told == {
        "tracking": ("PW-11949011-GB", FieldSource.BARCODE),
        "weight": ("3.40 kg", FieldSource.LAYOUT),
        "barcode": ("PW11949011GB", FieldSource.BARCODE),
        "qr_code": ("https://x.example/PW11949011GB", FieldSource.BARCODE),
    }
    assert field(result, "tracking").confidence == 0.99
    payment = induce(ExtractRequest(pages=[invoice()]))
    assert payment is not None
    assert "qr_code" not in {it.name for it in payment.fields}
