"""Lines of tables whose heads are missing, stacked, or whose quantities recognition lost."""

import pytest
from extract_samples import Cell, page

from services.extract.answers import Answers
from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.reading import Reading
from shared.models.page import Word


def lines(rows: list[str | list[Cell]], *, confidence: float = 1.0) -> list[dict[str, str]]:
    request = ExtractRequest(pages=[page([*rows], confidence=confidence)], requested_type="invoice")
    found = extract(request).fields["line_items"]
    assert isinstance(found, list)
    return [{name: cell.value for name, cell in row.items()} for row in found]


def test_lines_without_a_head_are_found_by_what_they_multiply_to() -> None:
    rows: list[str | list[Cell]] = [
        [(40.0, "Service A"), (300.0, "12"), (380.0, "10.00"), (480.0, "120.00")],
        [(40.0, "Service B"), (300.0, "5"), (380.0, "1.50"), (480.0, "7.50")],
        [(380.0, "Subtotal:"), (480.0, "127.50")],
        [(380.0, "Total:"), (480.0, "127.50")],
    ]
    assert [(row["description"], row["quantity"]) for row in lines(rows)] == [
        ("Service A", "12"),
        ("Service B", "5"),
    ]


def test_rows_that_multiply_by_chance_are_no_lines() -> None:
    rows: list[str | list[Cell]] = [
        [(40.0, "Scale 2"), (300.0, "3"), (380.0, "4.00"), (480.0, "12.00")],
        [(380.0, "Total:"), (480.0, "127.50")],
    ]
    assert lines(rows) == []


def test_head_that_is_divided_over_two_rows() -> None:
    rows: list[str | list[Cell]] = [
        [(480.0, "Positions-")],
        [(40.0, "Beschreibung"), (300.0, "Menge"), (380.0, "Preis"), (480.0, "betrag")],
        [(40.0, "Montage"), (300.0, "2"), (380.0, "30,00"), (480.0, "60,00")],
        [(380.0, "Summe netto"), (480.0, "60,00")],
    ]
    assert [row["line_total"] for row in lines(rows, confidence=0.9)] == ["60.00"]


def test_a_line_that_costs_its_price_once_needs_no_quantity() -> None:
    rows: list[str | list[Cell]] = [
        [(40.0, "Description"), (240.0, "Quantity"), (340.0, "Price"), (440.0, "Amount")],
        [(40.0, "Web hosting"), (340.0, "65.00"), (440.0, "65.00")],
        [(40.0, "Website design"), (240.0, "3"), (340.0, "20.00"), (440.0, "60.00")],
        [(40.0, "Mobile designs"), (340.0, "250.00"), (440.0, "250.00")],
        [(340.0, "Total:"), (440.0, "405.00")],
    ]
    assert [row["line_total"] for row in lines(rows)] == ["65.00", "60.00", "250.00"]


def test_discounts_and_quantities_before_the_text_multiply_too() -> None:
    rows: list[str | list[Cell]] = [
        "INVOICE",
        [(40, "Kx"), (120, "Rubrum"), (300, "Z1"), (360, "Memo"), (440, "A")],
        [(40, "1"), (80, "4 Oak boards"), (300, "10,00"), (360, "10%"), (440, "36,00")],
        [(40, "2"), (80, "2 Steel angles"), (300, "7,50"), (440, "15,00")],
        [(300, "Vermerk"), (440, "51,00")],
    ]
    assert told(rows) == [("4", "Oak boards", "36.00"), ("2", "Steel angles", "15.00")]


def test_a_last_row_that_sums_up_the_others_is_no_line() -> None:
    rows: list[str | list[Cell]] = [
        "INVOICE",
        [(40, "Description"), (300, "Quantity"), (440, "Amount")],
        [(40, "Oak boards"), (300, "4"), (440, "36,00")],
        [(40, "Steel angles"), (300, "2"), (440, "15,00")],
        [(40, "Vermerk"), (440, "51,00")],
    ]
    assert told(rows) == [("4", "Oak boards", "36.00"), ("2", "Steel angles", "15.00")]


def test_column_of_texts_under_a_head_that_says_nothing() -> None:
    rows: list[str | list[Cell]] = [
        "INVOICE",
        [(40, "Kx"), (120, "Memo"), (300, "Qty"), (360, "Price"), (440, "Amount")],
        [(40, "A-1"), (120, "Oak boards"), (300, "4"), (360, "9,00"), (440, "36,00")],
        [(40, "A-2"), (120, "Steel angles"), (300, "2"), (360, "7,50"), (440, "15,00")],
        [(300, "Total"), (440, "51,00")],
    ]
    assert told(rows) == [("4", "Oak boards", "36.00"), ("2", "Steel angles", "15.00")]


def told(rows: list[str | list[Cell]]) -> list[tuple[str | None, ...]]:
    names = ("quantity", "description", "line_total")
    return [tuple(row.get(name) for name in names) for row in lines(rows)]


def test_lines_of_a_text_and_a_price_that_make_the_total() -> None:
    rows: list[str | list[Cell]] = [
        "INVOICE",
        [(40, "All services"), (440, "51.00")],
        [(40, "Storage"), (440, "36.00")],
        [(52, "Charges"), (440, "36.00")],
        [(40, "Traffic"), (440, "15.00")],
        [(52, "Charges"), (440, "15.00")],
        [(300, "Total"), (440, "51.00")],
    ]
    assert told(rows) == [(None, "Storage", "36.00"), (None, "Traffic", "15.00")]


def test_dirt_on_a_scan_does_not_run_rows_together() -> None:
    rows: list[str | list[Cell]] = [
        [(40, "Description"), (240, "Quantity"), (440, "Amount")],
        [(40, "Oak boards"), (240, "4"), (440, "36,00")],
        [(40, "Steel angles"), (240, "2"), (440, "15,00")],
        [(240, "Total"), (440, "51,00")],
    ]
    clean = page([*rows], confidence=0.9)
    dirt = [
        Word(text=".", x0=x, y0=y, x1=x + 2, y1=y + 3, line=9, confidence=0.1)
        for y in range(38, 100, 4)
        for x in range(10, 590, 40)
    ]
    dirty = clean.model_copy(update={"words": [*clean.words, *dirt]})
    found = extract(ExtractRequest(pages=[dirty], requested_type="invoice")).fields["line_items"]
    assert isinstance(found, list)
    assert [row["description"].value for row in found] == ["Oak boards", "Steel angles"]


@pytest.mark.parametrize("sign", ["-", ""])
@pytest.mark.parametrize("tax", [[], [(40.0, "Tax on rebates"), (300.0, "1"), (480.0, "3.37")]])
def test_a_table_of_discounts_that_makes_no_sum_is_none_of_lines(
    sign: str, tax: list[Cell]
) -> None:
    rows: list[str | list[Cell]] = [
        [(380.0, "Total:"), (480.0, "139.75")],
        "",
        [(40.0, "Description"), (300.0, "Quantity"), (480.0, "Amount")],
        [(40.0, "Rebate on timber"), (300.0, "2"), (480.0, f"12.00{sign}")],
        [(40.0, "Rebate on paint"), (300.0, "1"), (480.0, f"5.75{sign}")],
        tax,
    ]
    items = Answers(Reading([page(rows)]), is_receipt=False).line_items
    found = ["12.00", "5.75", *(["3.37"] if tax else [])]
    assert [item.values["line_total"] for item in items] == ([] if sign else found)
