"""Sums and lines as layouts have them that nobody wrote for."""

import pytest
from extract_samples import Cell, page

from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from shared.models.extraction import Extraction, Field, FieldSource

Paper = list[str | list[Cell]]
HEAD: Paper = ["Nordwind Ltd", "INVOICE", "Invoice number 2024-17", "Invoice date 14.03.2024", ""]


def read(rows: Paper) -> Extraction:
    return extract(ExtractRequest(pages=[page([*HEAD, *rows])], requested_type="invoice"))


def value(result: Extraction, name: str) -> object:
    field = result.fields.get(name)
    return field.value if isinstance(field, Field) else None


def sums(result: Extraction) -> list[object]:
    return [value(result, name) for name in ("net_amount", "tax_amount", "total_amount")]


def lines(result: Extraction, *names: str) -> list[tuple[object, ...]]:
    found = result.fields.get("line_items")
    assert isinstance(found, list)
    return [tuple(row[it].value if it in row else None for it in names) for row in found]


def right(label: str, amount: str, x0: float = 300.0) -> list[Cell]:
    """A label, and an amount whose end is at the same place for all."""
    return [(x0, label), (500.0 - 6.0 * len(amount), amount)]


def test_taxes_of_several_rates_are_added_up() -> None:
    result = read(
        [
            right("Subtotal", "1583.40"),
            right("9% VAT", "113.49"),
            right("21% VAT", "67.70"),
            right("Total", "1764.59"),
        ]
    )
    assert sums(result) == ["1583.40", "181.19", "1764.59"]
    tax = result.fields["tax_amount"]
    assert isinstance(tax, Field)
    assert tax.source is FieldSource.DERIVED
    assert len(tax.boxes) == 2


def test_taxes_that_nobody_listed_are_told_by_their_rates() -> None:
    taxes = [right("KXST9 (9%)", "11502.00"), right("QXST9 (9%)", "11502.00")]
    result = read([right("Subtotal", "127800.00"), *taxes, right("Total", "150804.00")])
    assert sums(result) == ["127800.00", "23004.00", "150804.00"]


@pytest.mark.parametrize(
    ("more", "total"),
    [
        (right("Shipping", "45.00"), "1031.62"),
        (right("Rounding", "-0.03"), "986.59"),
        (right("Discount", "50.00"), "936.62"),  # printed without its minus
    ],
)
def test_what_else_is_added_leads_to_the_total(more: list[Cell], total: str) -> None:
    tax, last = right("VAT 20%", "171.94"), right("Total", total)
    result = read([right("Net amount", "814.68"), more, tax, last])
    assert sums(result) == ["814.68", "171.94", total]


def test_a_tax_that_is_withheld_is_none_of_the_invoice() -> None:
    net, tax = right("Net amount", "1000.00"), right("VAT 21%", "210.00")
    result = read([net, tax, right("Withheld tax 15%", "-150.00"), right("Total", "1060.00")])
    assert value(result, "tax_amount") == "210.00"


def test_the_foot_of_a_table_has_net_sum_tax_and_total() -> None:
    def row(text: str, *amounts: str) -> list[Cell]:
        places = zip((300.0, 400.0, 500.0), amounts, strict=True)
        return [(40.0, text), *((end - 6.0 * len(it), it) for end, it in places)]

    table = [
        row("Description", "Price net", "VAT 9%", "Price gross"),
        row("Rubrum", "85.00", "7.65", "92.65"),
        row("Ivory", "114.00", "10.26", "124.26"),
        row("Total", "199.00", "17.91", "216.91"),
    ]
    result = read([*table])
    assert sums(result) == ["199.00", "17.91", "216.91"]


def test_what_is_left_after_a_payment_tells_the_total() -> None:
    rates: list[Cell] = [(40.0, "Net"), (140.0, "VAT"), (240.0, "Total")]
    amounts: list[Cell] = [(40.0, "270.45"), (140.0, "27.05"), (240.0, "297.50")]
    paid = [right("Paid", "-100.00"), right("Balance due", "205.50")]
    result = read([rates, amounts, right("Total", "305.50"), *paid])
    assert value(result, "total_amount") == "305.50"


@pytest.mark.parametrize(
    ("row", "currency"),
    [
        ("CUIT: 30714417728", "ARS"),
        ("All sums in CAD", "CAD"),
        ("Contact us", "USD"),
        ("Remit in USD, not in CAD", "USD"),
    ],
)
def test_a_dollar_sign_is_of_the_country_that_the_document_is_from(row: str, currency: str) -> None:
    result = read([row, right("Subtotal", "$100.00"), right("Total", "$100.00")])
    assert value(result, "currency") == currency


ORDERED: list[Cell] = [(40.0, "Description"), (300.0, "Qty"), (360.0, "Price"), (460.0, "Amount")]


def ordered(text: str, *amounts: str) -> list[Cell]:
    return [(40.0, text), *zip((300.0, 360.0, 460.0), amounts, strict=False)]


def test_lines_before_a_discount_all_stay() -> None:
    rows = [ordered("Rubrum", "1,00", "100,00", "100,00"), [(40.0, "Ivory"), (460.0, "50,00")]]
    below = [right("Gross", "150,00"), right("Discount", "-30,00"), right("Total", "120,00")]
    found = lines(read([ORDERED, *rows, *below]), "description", "line_total")
    assert found == [("Rubrum", "100.00"), ("Ivory", "50.00")]


def test_a_row_of_heads_of_sums_ends_the_lines() -> None:
    heads: list[Cell] = [(40.0, "Net amount"), (140.0, "VAT 25 %"), (240.0, "Rounding")]
    amounts: list[Cell] = [(40.0, "200.00"), (140.0, "50.25"), (240.0, "-0.25")]
    rows: Paper = [ordered("Rubrum", "2", "100.00", "200.00")]
    sums_ = [[*heads, (460.0, "Total")], [*amounts, (460.0, "250.00")]]
    found = lines(read([ORDERED, *rows, *sums_, "Nordwind Ltd"]), "description", "quantity")
    assert found == [("Rubrum", "2")]


def test_the_text_below_the_number_of_an_article_describes_it() -> None:
    rows = [ordered("KL-32210A", "2", "100.00", "200.00"), "Tapered bearing"]
    found = lines(read([ORDERED, *rows, right("Total", "200.00")]), "description")
    assert found == [("Tapered bearing",)]


def test_a_unit_that_touches_its_number_leaves_it_one() -> None:
    rows = [ordered("Cleaning", "18,00hrs", "10,00", "180,00")]
    found = lines(read([ORDERED, *rows, right("Total", "180,00")]), "quantity", "unit_price")
    assert found == [("18", "10")]


def test_rows_beside_something_else_are_lines_of_the_text_next_to_the_price() -> None:
    def row(beside: str, day: str, text: str, amount: str) -> list[Cell]:
        return [*([(40.0, beside)] if beside else []), (200.0, day), (270.0, text), (460.0, amount)]

    rows: Paper = [
        row("Opening hours", "22/01/2024", "Consultation", "55.00"),
        row("", "22/01/2024", "Cytology", "32.50"),
        row("Balance", "26/01/2024", "Check", " 0.00"),
        row("", "26/01/2024", "Microchip", "50.00"),
    ]
    found = lines(read([*rows, right("Total", "137.50")]), "description", "line_total")
    assert [text for text, _ in found] == ["Consultation", "Cytology", "Check", "Microchip"]


def test_what_a_line_is_made_of_may_stand_below_it() -> None:
    rows: Paper = [
        right("Translation of the text", "2451.00", 40.0), "114 pages at 21.50",
        right("Proof reading", "228.00", 40.0), "6 hours at 38.00",
        right("Total", "2679.00", 40.0),
    ]  # fmt: skip
    found = lines(read(rows), "quantity", "unit_price", "line_total")
    assert found == [("114", "21.5", "2451.00"), ("6", "38", "228.00")]


def test_how_many_may_stand_behind_the_text() -> None:
    rows = [right("Bowl \u00d7 4", "72.00", 40.0), right("2 x Cup", "26.00", 40.0)]
    found = lines(read([*rows, right("Total", "98.00", 40.0)]), "description", "quantity")
    assert found == [("Bowl", "4"), ("Cup", "2")]


def test_more_of_a_text_stands_below_it_if_it_is_another_each_time() -> None:
    def described(*below: str) -> list[tuple[object, ...]]:
        rows: Paper = [
            ordered("Landscaping", "1", "420.00", "420.00"), below[0],
            ordered("Materials", "2", "10.00", "20.00"), below[1],
        ]  # fmt: skip
        return lines(read([ORDERED, *rows, right("Total", "440.00")]), "description")

    more = described("Cleaning of beds", "Brown mulch")
    assert more == [("Landscaping Cleaning of beds",), ("Materials Brown mulch",)]
    for below in (("For each piece", "For each piece"), ("Code: ABC", "Code: ABD")):
        assert described(*below) == [("Landscaping",), ("Materials",)]


@pytest.mark.parametrize(("count", "quantity"), [("1", "1"), ("2", None)])
def test_a_number_before_each_text_is_how_many_or_which(count: str, quantity: str | None) -> None:
    rows = [right("1 Newspaper", "246.90", 40.0), right(f"{count} Tablet", "29.40", 40.0)]
    found = lines(read([*rows, right("Total", "276.30", 40.0)]), "description", "quantity")
    assert found == [("Newspaper", quantity), ("Tablet", quantity)]


def test_the_number_of_an_article_under_the_head_of_the_texts_is_none() -> None:
    rows = [[(40.0, "0041"), (80.0, "Pump"), *ordered("", "2", "100.00", "200.00")[1:]]]
    heads: list[Cell] = [(40.0, "Description"), *ORDERED[1:]]
    assert lines(read([heads, *rows, right("Total", "200.00")]), "description") == [("Pump",)]


@pytest.mark.parametrize(
    ("label", "number"), [("Number", "E10BG22871"), ("Meter serial number", None)]
)
def test_a_number_of_something_else_is_not_the_document_s(label: str, number: str | None) -> None:
    rows: Paper = ["Nordwind plc", "INVOICE", [(40.0, label), (200.0, "E10BG22871")]]
    paper = page([*rows, right("Total", "200.00")])
    result = extract(ExtractRequest(pages=[paper], requested_type="invoice"))
    assert value(result, "invoice_number") == number


def test_a_dash_that_was_read_by_itself_parts_no_text() -> None:
    def row(text: str, more: str, amount: str) -> list[Cell]:
        end = 40.0 + 6.0 * len(text)
        return [(40.0, text), (end + 9.0, "-"), (end + 24.0, more), (460.0, amount)]

    rows: Paper = [row("Research", "law", "50.00"), row("Travel", "trains", "20.00")]
    paper = page([*HEAD, *rows, right("Total", "70.00", 40.0)], confidence=0.95)
    result = extract(ExtractRequest(pages=[paper], requested_type="invoice"))
    assert lines(result, "description") == [("Research - law",), ("Travel - trains",)]


def test_a_discount_may_have_no_sign() -> None:
    def row(text: str, *amounts: str) -> list[Cell]:
        return [(40.0, text), *zip((300.0, 360.0, 410.0, 460.0), amounts, strict=True)]

    rows: Paper = [
        row("Pipe", "40", "9.85", "15", "334.90"),
        row("Knee", "65", "1.92", "15", "106.08"),
    ]
    found = lines(read([*rows, right("Total", "440.98", 40.0)]), "description", "quantity")
    assert found == [("Pipe", "40"), ("Knee", "65")]


def test_tables_without_texts_have_lines() -> None:
    heads: list[Cell] = [(300.0, "Qty"), (360.0, "Price"), (460.0, "Amount")]
    rows = [ordered("", "2", "10.00", "20.00")[1:], ordered("", "1", "30.00", "30.00")[1:]]
    found = lines(read([heads, *rows, right("Total", "50.00", 40.0)]), "line_total")
    assert found == [("20.00",), ("30.00",)]


RATES: Paper = [
    [(40.0, "VAT included"), (160.0, "Base"), (240.0, "VAT")],
    [(40.0, "3.8 %"), (160.0, "658.96"), (246.0, "25.04")],
    [(40.0, "8.1 %"), (160.0, "154.02"), (246.0, "12.48")],
]


def test_a_table_of_rates_is_added_up() -> None:
    result = read([right("Total", "850.50"), *RATES])
    assert sums(result) == ["812.98", "37.52", "850.50"]


def test_one_of_several_rates_does_not_make_the_total() -> None:
    # 658.96 and 25.04 are 684.00; a tax that is not in the table makes no net sum.
    rows = [[(40.0, "Room"), (300.0, "3"), (360.0, "228.00"), (460.0, "684.00")]]
    result = read([*rows, right("Total", "870.30"), *RATES])
    assert sums(result) == [None, "37.52", "870.30"]


def test_a_sum_that_is_no_total_by_name_is_one_where_none_is_larger() -> None:
    goods = [right("Steel fasteners", "1184.62", 40.0), right("Machine parts", "402.18", 40.0)]
    assert value(read([*goods, right("Subtotal", "1586.80")]), "total_amount") == "1586.80"
    taxed = [right("Net amount", "100.00"), right("VAT 20%", "20.00")]
    assert value(read(taxed), "total_amount") is None


def test_taxes_below_the_goods_are_no_lines() -> None:
    rows: Paper = [
        ordered("Breaker", "40", "10.00", "400.00"),
        ordered("Wire", "2", "50.00", "100.00"),
    ]
    below = [right("Output tax 9%", "45.00", 40.0), right("Round off", "0.06", 40.0)]
    found = lines(read([ORDERED, *rows, *below, right("Total", "545.06")]), "description")
    assert found == [("Breaker",), ("Wire",)]


def test_three_prices_are_lines_if_the_next_one_sums_them_up() -> None:
    goods = [right("Site", "0.00", 40.0), right("Footings", "186.00", 40.0)]
    more = [right("Frame", "274.40", 40.0), right("Piers", "31.50", 40.0)]
    below = [
        right("Value of this", "491.90", 40.0),
        right("Less 5%", "-24.60"),
        right("Total", "467.30"),
    ]
    found = lines(read([*goods, *more, *below]), "description", "line_total")
    assert [text for text, _ in found] == ["Site", "Footings", "Frame", "Piers"]


def test_a_text_that_goes_on_in_small_letters_is_one() -> None:
    rows: Paper = [ordered("Repair of the", "1", "20.00", "20.00"), "air conditioning"]
    found = lines(read([ORDERED, *rows, right("Total", "20.00")]), "description")
    assert found == [("Repair of the air conditioning",)]


def test_a_price_of_three_decimals_is_no_quantity() -> None:
    def row(text: str, *amounts: str) -> list[Cell]:
        return [(40.0, text), *zip((300.0, 360.0, 410.0, 460.0), amounts, strict=True)]

    rows = [
        row("Screw", "12,00", "14,200", "30,00", "119,28"),
        row("Washer", "4,00", "9,850", "30,00", "27,58"),
    ]
    found = lines(read([*rows, right("Total", "146,86", 40.0)]), "quantity", "unit_price")
    assert found == [("12", "14.2"), ("4", "9.85")]


def test_sums_without_decimals_are_known_behind_short_labels() -> None:
    assert sums(read(["Net 12,000 JPY", "VAT 1,200 JPY", "Total 13,200 JPY"])) == [
        "12000.00", "1200.00", "13200.00",
    ]  # fmt: skip
