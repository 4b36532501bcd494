"""Invoices of many layouts in eight languages, made by code: a floor for all of them together."""

from collections import Counter

import pytest
from extract_samples import page

from benchmarks.line_scores import Lines
from benchmarks.made_invoices import made_invoices, page_of
from benchmarks.scores import matches
from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from shared.models.extraction import Field


def share_right(count: int, odd: float = 0.0, odd_heads: float = 0.0) -> tuple[float, float]:
    """The share of header fields that are right, and the F1 of lines, strictly."""
    right: Counter[bool] = Counter()
    lines = Lines()
    for document, cells in made_invoices(count, odd, odd_heads):
        fields = extract(ExtractRequest(pages=page_of(cells))).fields
        for name, wanted in document.fields.items():
            found = fields.get(name)
            if name == "line_items":
                lines.add(wanted, found if isinstance(found, list) else [], [])
            else:
                value = found.value if isinstance(found, Field) else None
                right[matches(name, wanted, value)] += 1
    return right[True] / right.total(), lines.strict


def test_header_and_lines_of_usual_invoices() -> None:
    header, lines = share_right(40)
    assert header >= 0.98
    assert lines >= 0.9


def test_header_where_a_third_of_the_labels_say_nothing() -> None:
    assert share_right(24, odd=0.3)[0] >= 0.88


def invoice(rows: list[str]) -> list[str]:
    return ["Nordwind GmbH", "INVOICE", *rows, "Net 100.00", "VAT 19% 19.00", "Total EUR 119.00"]


@pytest.mark.parametrize(
    ("name", "row", "value"),
    [
        ("iban", "USt-ID DE123456789 IBAN DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("vat_id", "USt-ID DE123456789 IBAN DE89 3704 0044 0532 0130 00", "DE123456789"),
        ("invoice_number", "Customer no. 56581", None),
        ("invoice_number", "No. 930942", "930942"),
    ],
)
def test_numbers_side_by_side_and_named_barely(name: str, row: str, value: str | None) -> None:
    rows = invoice(["Customer no. 56581", "Date 14.03.2024", row])
    request = ExtractRequest(pages=[page([*rows])], requested_type="invoice")
    found = extract(request).fields.get(name)
    assert (found.value if isinstance(found, Field) else None) == value


def test_short_rows_over_the_width_of_a_letter_are_no_receipt() -> None:
    cells = [[(40.0, "Total"), (500.0, "EUR 12.50")], [(40.0, "14.03.2024"), (480.0, "No. 17")]]
    rows = ["INVOICE", *cells, "Nordwind GmbH", "VAT ID DE123456789", *cells, "Net 10.50"]
    result = extract(ExtractRequest(pages=[page([*rows])]))
    assert result.type is not None
    assert result.type.name == "invoice"


def test_a_column_with_an_unknown_head_is_told_by_its_sums() -> None:
    rows = [
        [(40.0, "Description"), (240.0, "Qty"), (320.0, "Zubehör"), (420.0, "Amount")],
        [(40.0, "Desk lamp"), (240.0, "2"), (320.0, "30.00"), (420.0, "60.00")],
        [(40.0, "Standing desk"), (240.0, "1"), (320.0, "190.00"), (420.0, "190.00")],
        [(40.0, "Net"), (420.0, "250.00")],
    ]
    request = ExtractRequest(pages=[page([*rows])], requested_type="invoice")
    lines = extract(request).fields["line_items"]
    assert isinstance(lines, list)
    assert [(row["quantity"].value, row["unit_price"].value) for row in lines] == [
        ("2", "30"),
        ("1", "190"),
    ]


def test_sums_side_by_side_below_a_table_are_no_line_of_it() -> None:
    rows = [
        [(40.0, "Description"), (240.0, "Qty"), (420.0, "Amount")],
        [(40.0, "Desk lamp"), (240.0, "2"), (420.0, "60.00")],
        [(200.0, "Net"), (320.0, "VAT 20%"), (440.0, "Total")],
        [(200.0, "60.00"), (320.0, "12.00"), (440.0, "72.00")],
    ]
    request = ExtractRequest(pages=[page([*rows])], requested_type="invoice")
    lines = extract(request).fields["line_items"]
    assert isinstance(lines, list)
    assert [row["line_total"].value for row in lines] == ["60.00"]


def test_a_letter_that_asks_for_a_sum_on_an_account_is_an_invoice() -> None:
    text = [
        "Muster Versicherung a.G.",
        "Max Mustermann",
        "Musterstr. 11",
        "12346 Bad Musterhausen",
        "Versicherungsvertrag 00.123 vom 18. April 2014",
        "Sehr geehrter Herr Mustermann, wir berechnen Ihnen nachstehenden Beitrag:",
        "Gesamtbeitrag 1.000,00 EUR",
        "Versicherungsteuer 163,40 EUR",
        "Rechnungsbetrag 1.163,40 EUR",
        "Bitte überweisen Sie den Beitrag auf unser Konto DE89370400440532013000 bei der Bank.",
    ]
    result = extract(ExtractRequest(pages=[page([*text])]))
    assert result.type is not None
    assert result.type.name == "invoice"
    total = result.fields["total_amount"]
    assert isinstance(total, Field)
    assert total.value == "1163.40"


def test_an_amount_due_on_a_date_is_an_amount_and_a_date() -> None:
    rows = ["Acme Ltd", "Invoice Number: 42183017", "Charges $2.22", "Credits $0.00"]
    rows.append("TOTAL AMOUNT DUE ON August 3, 2014 $4.11")
    fields = extract(ExtractRequest(pages=[page([*rows])], requested_type="invoice")).fields
    found = [fields[name] for name in ("total_amount", "due_date")]
    values = [field.value for field in found if isinstance(field, Field)]
    assert values == ["4.11", "2014-08-03"]


def test_lines_under_heads_that_say_nothing_are_found_by_what_multiplies() -> None:
    assert share_right(16, odd_heads=0.6)[1] >= 0.95
    assert share_right(16, odd_heads=1.0)[1] >= 0.95
