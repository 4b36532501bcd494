"""Confidences: what bears a value out makes it surer, what was read badly does not."""

from decimal import Decimal

import pytest
from extract_samples import Cell, page

from services.extract.answers import Answers, cell_evidence
from services.extract.assign import assign_sums
from services.extract.calibrate import finding_confidence, finding_features
from services.extract.linear import Linear, load
from services.extract.reading import Reading
from services.extract.tables import LineItem

HEAD = ["Nordwind GmbH", "INVOICE", "Invoice number: A-17", "Invoice date: 14.03.2024"]
SUMS = ["Net EUR 100.00", "VAT 19% EUR 19.00"]


def confidence(rows: list[str], concept: str = "total_amount", *, words: float = 1.0) -> float:
    found = Answers(Reading([page([*rows], confidence=words)]), is_receipt=False).find(concept)
    assert found is not None
    return found.confidence


def test_sums_that_add_up_make_a_total_surer() -> None:
    closing = confidence([*HEAD, *SUMS, "Total EUR 119.00"])
    assert closing > 0.95
    assert confidence([*HEAD, *SUMS, "Total EUR 125.00"]) < closing


def test_a_larger_sum_makes_a_total_less_sure() -> None:
    rows = [*HEAD, "Total EUR 119.00"]
    assert confidence([*rows, "Goods 250.00"]) < confidence(rows)


@pytest.mark.parametrize("concept", ["invoice_number", "invoice_date", "total_amount"])
def test_words_read_badly_make_values_less_sure(concept: str) -> None:
    rows = [*HEAD, *SUMS, "Total EUR 119.00"]
    chances = [confidence(rows, concept, words=words) for words in (1.0, 0.6, 0.3)]
    assert chances == sorted(chances, reverse=True)
    assert chances[-1] < 0.5


def test_a_date_in_the_title_is_the_invoices_own_whatever_other_dates_are_called() -> None:
    rows = ["Nordwind GmbH", "Date of shipment 11.03.2024", "INVOICE A-17 of 14.03.2024", *SUMS]
    found = Answers(Reading([page([*rows])]), is_receipt=False).find("invoice_date")
    assert found is not None
    assert (found.value, found.confidence > 0.9) == ("2024-03-14", True)


def test_a_date_with_a_longer_label_than_is_known_is_looked_at() -> None:
    others = ["Nordwind GmbH", "INVOICE", "Invoice number: A-17", *SUMS]
    plain = confidence([*others, "Date: 14.03.2024"], "invoice_date", words=0.9)
    longer = confidence([*others, "Date quxly: 14.03.2024"], "invoice_date", words=0.9)
    assert longer < 0.8 < plain


def test_every_field_of_invoices_has_a_calibration() -> None:
    fitted = load("invoice").calibration
    assert {"total_amount", "net_amount", "supplier_name", "vat_id"} <= fitted.keys()
    headers = {it: model for it, model in fitted.items() if not it.startswith("line_items.")}
    for concept, model in headers.items():
        likely, unlikely = (
            finding_confidence(finding_features(chance, []), model, []) for chance in (0.95, 0.4)
        )
        assert 0.4 < likely < 1, concept
        assert likely >= unlikely or likely > 0.9, concept


def test_values_of_lines_are_surer_where_they_multiply_and_make_the_sums() -> None:
    item = LineItem(headed=True)
    for concept, value in {"description": "Oak board", "line_total": "40.00"}.items():
        item.put(concept, value, [])
    for name in item.values:
        model = load("invoice").calibration[f"line_items.{name}"]
        item.closes = False
        alone = finding_confidence(cell_evidence(item, name), model, [])
        item.closes = True
        closing = finding_confidence(cell_evidence(item, name), model, [])
        product = LineItem(
            item.values | {"quantity": "4", "unit_price": "10"},
            item.tokens,
            headed=True,
            closes=True,
        )
        multiplying = finding_confidence(cell_evidence(product, name), model, [])
        assert 0.6 < alone < closing < multiplying < 1, name


def test_finding_confidence_is_a_logistic_function() -> None:
    model = Linear({"bias": 2.0})
    assert finding_confidence({"bias": 1.0}, model, []) == pytest.approx(0.8808, abs=1e-4)


def test_total_of_several_tax_blocks_is_the_sum_of_them() -> None:
    def scores(*values: str) -> dict[Decimal, float]:
        return dict.fromkeys(map(Decimal, values), 4.0)

    total, net = scores("382.47", "136.52"), scores("321.40", "127.59", "448.99")
    total[Decimal("518.99")] = 3.0
    sums = assign_sums(total, net, scores("61.07", "8.93", "70.00"), {})
    assert (sums.total, sums.net) == (Decimal("518.99"), Decimal("448.99"))
    without_blocks = assign_sums(total, scores("321.40", "448.99"), scores("61.07", "70.00"), {})
    assert without_blocks.total == Decimal("382.47")


def test_sums_whose_labels_say_nothing_are_told_by_the_lines() -> None:
    rows: list[str | list[Cell]] = [
        [(40, "Nordwind GmbH")],
        [(40, "INVOICE")],
        [(40, "Oak boards"), (300, "4"), (360, "25.00"), (440, "100.00")],
        [(40, "Steel angles"), (300, "2"), (360, "7.50"), (440, "15.00")],
        [(300, "Kx"), (440, "115.00")],
        [(300, "Memo"), (440, "23.00")],
        [(300, "Rubrum"), (440, "138.00")],
    ]
    answers = Answers(Reading([page(rows)]), is_receipt=False)
    found = {it: answers.find(it) for it in ("net_amount", "tax_amount", "total_amount")}
    values = {name: it.value for name, it in found.items() if it is not None}
    assert values == {"net_amount": "115.00", "tax_amount": "23.00", "total_amount": "138.00"}


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (
            [[(240, "MVM Specimen")], [(40, "Seller:"), (240, "Insurance Fieldham Ltd")]],
            "MVM Specimen Insurance Fieldham Ltd",
        ),
        (
            [[(40, "Blue Harbour Web Services Invoice")], [(40, "info@blueharbour.example")]],
            "Blue Harbour Web Services",
        ),
    ],
)
def test_names_over_two_lines_and_beside_a_title(head: list[str | list[Cell]], name: str) -> None:
    rows = [*head, [(40, "Invoice number: A-17")], [(40, "Total EUR 119.00")]]
    found = Answers(Reading([page(rows)]), is_receipt=False).find("supplier_name")
    assert found is not None
    assert found.value == name
