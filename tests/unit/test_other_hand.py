"""Documents by another hand: each draws cleanly and says what its answer says."""

import json
import re
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pymupdf
import pytest
import stdnum.iban
from extract_samples import page
from lxml import html

from benchmarks.dataset import evaluation
from benchmarks.extraction import _compare
from benchmarks.extraction_report import Report
from benchmarks.other_hand.__main__ import draw
from benchmarks.other_hand.layout import load, names
from benchmarks.other_hand.pages import load_page, page_names
from benchmarks.other_hand.sheet import Set, Sheet
from benchmarks.other_hand.truth import Truth
from services.extract.contract import ExtractResult
from shared.models.extraction import Field

SET = "other_hand_unseen"  # of winery_at
IN_WORDS = defaultdict(lambda: "in words", {"28": "twenty-eighth"})
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: [A-Z0-9]{1,4}\b)+")


def digits(text: str) -> str:
    """Digits that belong together: separators within numbers are dropped."""
    return re.sub(r"(?<=\d)[.,' \u2019\xa0\u202f](?=\d)", "", text)


def unsaid(truth: Truth, text: str) -> list[str]:
    """What the answer says and the text does not."""
    folded, numbers = " ".join(text.split()).casefold(), digits(text)
    either = [truth.supplier_name, truth.customer_name]
    missing = [" or ".join(e) for e in either if not any(n.casefold() in folded for n in e)]
    words = [truth.invoice_number, *(w for it in truth.line_items for w in it.description.split())]
    missing += [word for word in words if word.casefold() not in folded]
    sums = [truth.total_amount, truth.net_amount, truth.amount_due]
    sums += [line.line_total for line in truth.line_items]
    plain = [digits(each.replace(".", ",")).lstrip("-") for each in sums if each]
    missing += [each for each in plain if each not in numbers]
    for date in filter(None, (truth.invoice_date, truth.due_date)):
        year, _, day = date.split("-")
        if year[2:] not in text or not any(it in text for it in (str(int(day)), IN_WORDS[day])):
            missing.append(date)
    return missing


def clashes(sheet: Sheet) -> list[str]:
    """Texts that overlap or leave the paper."""
    found = [it for it in sheet.texts if it.words.strip()]
    off = [it.words for it in found if not _is_on_paper(it, sheet)]
    return off + [f"{a.words} / {b.words}" for a, b in combinations(found, 2) if _overlap(a, b)]


def _is_on_paper(each: Set, sheet: Sheet) -> bool:
    left, top, right, bottom = each.box
    return left >= 0 and top >= 0 and right <= sheet.width and bottom <= sheet.height


def _overlap(one: Set, two: Set) -> bool:
    (left, top, right, bottom), (x0, y0, x1, y1) = one.box, two.box
    wide, high = min(right, x1) - max(left, x0), min(bottom, y1) - max(top, y0)
    return one.page == two.page and wide > 0.5 and high > 1


def text_of(pdf: bytes) -> str:
    return "\n".join(each.get_text() for each in pymupdf.open(stream=pdf).pages())


@pytest.mark.parametrize("name", names())
def test_what_the_answer_says_is_printed_and_nothing_overlaps(name: str) -> None:
    layout = load(name)
    sheet = layout.draw()
    text = text_of(sheet.pdf())
    assert unsaid(layout.truth, text) == []
    assert clashes(sheet) == []
    assert not {"\xad", "\ufffd"} & set(text)
    for account in _IBAN.findall(text):
        assert stdnum.iban.is_valid(account), account


@pytest.mark.parametrize("name", page_names())
def test_what_a_web_page_s_answer_says_stands_on_it(name: str) -> None:
    page = load_page(name)
    assert unsaid(page.truth, " ".join(html.fromstring(page.html).itertext())) == []


def test_an_answer_of_another_page_and_texts_that_overlap_are_told() -> None:
    sheet = load("mason_fr").draw()
    truth = load("plumber_gb").truth
    told = unsaid(truth, text_of(sheet.pdf()))
    assert {"0417", "6500", "P. J. Tranter or P. J. Tranter Plumbing & Heating"} <= set(told)
    sheet.text(46, 56, "over the name")
    sheet.text(580, 400, "beyond the edge")
    assert clashes(sheet) == ["beyond the edge", "ENTREPRISE KERVELLA Père & Fils / over the name"]
    wrong = truth.model_copy(update={"total_amount": "275.52", "invoice_date": "2026-05-19"})
    assert unsaid(wrong, text_of(load("plumber_gb").draw().pdf())) == ["27552", "2026-05-19"]


def test_two_sets_with_answers_are_written_one_without_text(tmp_path: Path) -> None:
    draw("winery_at", tmp_path, scans=True)
    digital, scanned = list(evaluation(tmp_path, [SET, f"{SET}_scanned"], None))
    assert digital.expected == scanned.expected
    assert digital.fields["total_amount"] == "442.01"
    assert digital.file
    assert scanned.file
    assert "Hirtzlauer Wein GmbH" in text_of(digital.file.read_bytes())
    scan = pymupdf.open(scanned.file)
    assert text_of(scanned.file.read_bytes()).strip() == ""
    assert json.loads((tmp_path / SET / "winery_at.expected.json").read_text("utf-8"))
    assert [len(each.get_images()) for each in scan.pages()] == [1]


@pytest.mark.parametrize(
    ("found", "right"),
    [("Weingut Hirtzlauer", True), ("Hirtzlauer Wein GmbH", True), ("Hirtzlauer", False)],
)
def test_any_name_that_a_supplier_goes_by_is_right(
    found: str, right: object, tmp_path: Path
) -> None:
    draw("winery_at", tmp_path, scans=False)
    (document,) = evaluation(tmp_path, [SET], None)
    fields = {"supplier_name": Field(value=found, confidence=0.9)}
    result = ExtractResult(type=None, fields=fields, reasons=[], warnings=[], engine="")
    words = [page(["Hirtzlauer Wein GmbH"])]
    assert _compare(document, "supplier_name", result, Report(), words) is right
