"""What the benchmark of extraction counts: legible print, reviews, a baseline, plots."""

from pathlib import Path

import pytest
from extract_samples import page
from PIL import Image

from benchmarks.extraction_report import Report, table_of, write_page
from benchmarks.legible import is_legible
from benchmarks.regex_baseline import by_regex
from benchmarks.scores import Calibration, Tally
from benchmarks.trust import Pooled, review_rate


def calibration(pairs: list[tuple[float, bool]]) -> Calibration:
    found = Calibration()
    for chance, right in pairs:
        found.add("total", chance, right=right)
    return found


def test_review_rate_is_what_must_be_looked_at() -> None:
    pairs = [(0.99, True)] * 6 + [(0.6, False)] * 2
    assert review_rate(calibration(pairs), missing=2) == pytest.approx(0.4)


def test_values_of_one_confidence_are_looked_at_together() -> None:
    assert review_rate(calibration([(0.9, True), (0.9, False)]), missing=0) == 1.0


def test_interval_of_shares_lies_around_the_share() -> None:
    pooled = Pooled()
    for number in range(20):
        pooled.add([True, number % 2 == 0])
    low, high = pooled.interval
    assert 0.55 < low < 0.75 < high < 0.95


@pytest.mark.parametrize(
    ("name", "wanted", "legible"),
    [
        ("total", "1234.50", True),
        ("total", "1234.60", False),
        ("date", "2026-03-05", True),
        ("date", "2026-03-06", False),
        ("company", "Golden Leaf Bakery", True),
        ("company", "Golden Leap Bakery", False),
    ],
)
def test_legible_is_what_was_read_as_printed(name: str, wanted: str, *, legible: bool) -> None:
    rows = ["GOLDEN LEAF", "BAKERY", "05/03/26", "TOTAL 1,234.50"]
    assert is_legible(name, wanted, [page([*rows])]) == legible


def test_baseline_finds_what_plain_patterns_can() -> None:
    found = by_regex(["Nordwind GmbH", "Invoice no: A-17", "14.03.2024", "Total EUR 1.234,50"])
    assert found["supplier_name"] == "Nordwind GmbH"
    assert found["invoice_number"] == "A-17"
    assert found["invoice_date"] == "2024-03-14"
    assert found["total_amount"] == "1234.50"
    assert found["currency"] == "EUR"


def test_report_is_a_page_with_plots_and_a_table(tmp_path: Path) -> None:
    report = Report(documents=2, calibration=calibration([(0.95, True), (0.2, False)]))
    report.fields["total"] = Tally(all=2, right=1, near=1, found=2, legible=1, legible_right=1)
    write_page({"receipts": report}, tmp_path)
    with Image.open(tmp_path / "receipts.png") as plot:
        assert len(set(plot.get_flattened_data())) > 2
    assert "<td>total</td><td>2</td><td>0.5</td>" in (tmp_path / "index.html").read_text("utf-8")
    assert report.as_dict()["fields"]["total"]["precision"] == 0.5
    assert table_of("receipts", report).row_count == 2
