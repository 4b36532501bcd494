"""What the benchmark of extraction counts: legible print, reviews, a baseline, plots."""

from pathlib import Path

import numpy as np
import pytest
from extract_samples import page
from PIL import Image

from benchmarks.dataset import Document
from benchmarks.ece import ece, ece_by_chance, ece_interval
from benchmarks.extraction_report import Report, table_of, write_page
from benchmarks.forms import FormScores
from benchmarks.layouts_out import Borne, knowing_only, layouts, with_labels_hidden
from benchmarks.legible import is_legible
from benchmarks.line_scores import Lines
from benchmarks.regex_baseline import by_regex
from benchmarks.scores import Calibration, Tally
from benchmarks.template_baseline import TemplateBaseline, text_of
from benchmarks.template_scores import TemplateScores
from benchmarks.trust import Pooled, Reviews, review_rate
from services.extract.contract import ExtractRequest, ExtractResult
from services.extract.engine import extract
from services.extract.laying import lay_out
from services.extract.lexicon import lexicon
from shared.models.extraction import Field, ReviewReason


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


def test_report_tells_what_is_left_to_itself_at_each_threshold(tmp_path: Path) -> None:
    pairs = [(0.97, True), (0.92, False), (0.85, True), (0.2, False)]
    report = Report(calibration=calibration(pairs))
    report.lines.cells.add("quantity", 0.6, right=True)
    assert report.as_dict()["coverage"]["fields"]["total"]["0.8"] == {
        "values": 4,
        "share": 0.75,
        "right": pytest.approx(2 / 3, abs=1e-4),
    }
    write_page({"invoices": report}, tmp_path)
    told = (tmp_path / "index.html").read_text("utf-8")
    assert "<td>total</td><td>4</td><td>0.75, 0.667</td>" in told
    assert (tmp_path / "invoices, values of lines.png").exists()


def test_pairs_of_forms_are_held_against_their_confidences() -> None:
    scores = FormScores()
    fields = {"pairs": [{"question": "Name", "answer": "Ann Lee"}]}
    rows = [
        {
            "question": Field(value="Name", confidence=0.9),
            "answer": Field(value=text, confidence=it),
        }
        for text, it in (("Ann Lee", 0.7), ("Oslo", 0.8))
    ]
    result = ExtractResult(None, {"pairs": rows}, [], [], "layout/1")
    scores.add(Document("a", "made", "form", fields, None, {}), result)
    assert scores.calibration.outcomes == {"pairs": [(0.7, True), (0.8, False)]}


def test_lines_count_apart_whose_words_were_read() -> None:
    lines = Lines()
    wanted = [
        {"description": "Oak board", "quantity": "2", "line_total": "40.00"},
        {"description": "Steel nail", "quantity": "1", "line_total": "3.50"},
    ]
    found = [
        {
            "description": Field(value="Oak board", confidence=0.8),
            "line_total": Field(value="40.00", confidence=0.9),
        }
    ]
    lines.add(wanted, found, [page(["Oak board 2 40,00", "St3el nail 1 3,50"])])
    assert (lines.legible, lines.legible_lenient, lines.legible_strict) == (1, 1, 0)
    assert lines.lenient == pytest.approx(2 / 3)
    assert lines.cells.outcomes == {"description": [(0.8, True)], "line_total": [(0.9, True)]}


def invoice(supplier: str, label: str) -> Document:
    fields = {"supplier_name": supplier, "invoice_number": "A-17"}
    return Document(supplier, "made", "invoice", fields, None, {"words": [label]})


def test_layouts_are_left_out_with_the_labels_that_only_they_have() -> None:
    labels = {
        "Nord": "Voucher No: A-17",
        "Sued": "Invoice number: A-17",
        "West": "Invoice number: 8",
    }
    read = [(invoice(name, label), [page([label])]) for name, label in labels.items()]
    known = layouts(read, Borne())
    assert {name: "invoicenumber" in it.labels for name, it in known.items()} == {
        "NORD": True, "SUED": True, "WEST": True,
    }  # fmt: skip
    assert "voucherno" not in known["NORD"].labels
    assert "voucherno" in known["SUED"].labels
    request = ExtractRequest(pages=[page(["Voucher No: A-17"])], requested_type="invoice")
    with knowing_only(known["NORD"]):
        assert "invoice_number" not in extract(request).fields
    assert "invoice_number" in extract(request).fields
    assert "voucherno" in lexicon().labels.exact


def test_labels_are_hidden_alike_each_time_and_only_those_of_the_page() -> None:
    pages = [page(["Voucher No: A-17", "Total 20.00"])]
    hidden = [with_labels_hidden(pages, share, "A-17").labels for share in (0.0, 0.6, 0.6, 1.0)]
    all_known = set(lexicon().labels.exact)
    assert hidden[0] == all_known
    assert hidden[1] == hidden[2]
    assert all_known - hidden[3] == {"voucherno", "total"}


class _Failed(Exception): ...


class _Template:
    """As the library's: one that applies to Nordwind, and fails on a text without a total."""

    def prepare_input(self, text: str) -> str:
        return text

    def matches_input(self, text: str) -> bool:
        return "Nordwind" in text

    def extract(self, text: str, _file: str, _module: object) -> dict[str, object]:
        if "Total" not in text:
            raise _Failed
        return {"amount": 12.5, "issuer": "Nordwind"}


def test_templates_count_where_they_apply() -> None:
    templates = TemplateBaseline([_Template()], _Failed)
    assert templates.find([page(["Suedwind", "Total 12.50"])]) is None
    assert templates.find([page(["Nordwind"])]) == {}
    found = templates.find([page(["Nordwind", "Total 12.50"])])
    assert found == {"total_amount": "12.50", "supplier_name": "Nordwind"}
    scores = TemplateScores()
    wanted = {"total_amount": "12.50", "supplier_name": "Nordwind GmbH"}
    document = Document("1", "made", "invoice", wanted, None, {})
    scores.add(document, dict.fromkeys(wanted, True), found)
    scores.add(document, dict.fromkeys(wanted, True), None)
    assert (scores.documents, scores.fields, scores.right, scores.ours_right) == (1, 2, 1, 2)


def test_text_for_templates_keeps_columns_apart() -> None:
    text = text_of(lay_out([page([[(40.0, "Total"), (300.0, "12.50")]])]))
    assert text.lstrip().startswith("Total  ")
    assert text.endswith("12.50")


def test_how_much_of_an_ece_is_chance() -> None:
    few, many = np.full(20, 0.8), np.full(20_000, 0.8)
    by_chance = ece_by_chance(few)
    assert 0.05 < by_chance.mean < 0.1 < by_chance.most < 0.25
    assert ece_by_chance(many).most < 0.01
    right = np.arange(20) < 12
    low, high = ece_interval(few, right)
    assert ece(few, right) == pytest.approx(0.2)
    assert low < 0.2 < high
    assert ece_interval(few[:0], right[:0]) == (0.0, 0.0)


def test_report_tells_how_sure_its_own_figures_are() -> None:
    report = Report(calibration=calibration([(0.95, True)] * 30 + [(0.95, False)]))
    report.reviews.required = report.reviews.unflagged = 31
    report.reviews.unflagged_right = 30
    found = report.as_dict()
    assert found["required_fields"]["interval"] == (pytest.approx(0.838, abs=1e-3), 0.9943)
    row = found["calibration"]["all"]
    assert row["ece_low"] <= row["ece"] < row["ece_high"]
    assert 0 < row["ece_by_chance"] < row["ece_by_chance_most"]
    report.fields["total"].all = 31
    assert "95% interval 0.838 to 0.994" in str(table_of("receipts", report).caption)


def test_report_tells_why_what_nobody_looks_at_is_wrong() -> None:
    fields = {name: Field(value=value) for name, value in {"total": "3.80", "date": "2018"}.items()}
    doubts = [ReviewReason(code="low_confidence", field="date")]
    result = ExtractResult(None, dict(fields), doubts, [], "layout/1")
    reviews = Reviews()
    reviews.add("receipt", result, {"total": False, "date": False}, {"total": "another value"})
    assert (reviews.required, reviews.unflagged, reviews.unflagged_right) == (2, 1, 0)
    assert reviews.as_dict()["wrong"] == {"another value": 1}
