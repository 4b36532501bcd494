"""Floors on real documents, so that a change for the worse shows."""

import os
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.dataset import Document, evaluation, true_pages
from benchmarks.scores import matches
from benchmarks.trust import Reviews
from services.extract.contract import ExtractRequest, ExtractResult
from services.extract.engine import extract
from services.ocr.reader import read_pages
from services.ocr.results import ReadOptions
from shared.models.embedded import Embedded
from shared.models.extraction import Field
from shared.models.page import Page

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("DOCSTAGE_EVAL_DIR", ROOT.parent / "shared" / "eval"))
# Parties of invoices whose XML names another party than the page are not what it states.
NAMES = {"supplier_name", "customer_name"}

pytestmark = pytest.mark.eval


def documents(name: str) -> list[Document]:
    if not DATA.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"CI needs the evaluation documents; there are none at {DATA}")
        pytest.skip("no evaluation documents")
    return list(evaluation(DATA, [name], None))


def read(document: Document) -> ExtractResult:
    """Extracts from the PDF's text layer and what it carries, without saying its type."""
    found = read_pages(str(document.file), "application/pdf", 0, None, ReadOptions(budget=60.0))
    pages = [Page.model_validate_json(page.json) for page in found.pages]
    stated = Embedded.model_validate_json(found.info.embedded or b"{}")
    return extract(ExtractRequest(pages=pages, embedded=stated))


def value(result: ExtractResult, name: str) -> object:
    field = result.fields.get(name)
    return field.value if isinstance(field, Field) else None


def test_receipts_with_true_words() -> None:
    right: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for document in documents("receipts_sroie"):
        result = extract(ExtractRequest(pages=true_pages(document)))
        names = ("company", "date", "address", "total")
        found = {it: matches(it, document.fields[it], value(result, it)) for it in names}
        for name, is_right in {**found, "all": all(found.values())}.items():
            count[name] += 1
            right[name] += is_right
    share = {name: right[name] / count[name] for name in count}
    assert share["total"] >= 0.94
    assert share["date"] >= 0.96
    assert share["company"] >= 0.88
    assert share["address"] >= 0.82
    assert share["all"] >= 0.70


def test_einvoices_give_all_that_their_xml_states() -> None:
    wrong = []
    for document in documents("invoices_einvoice"):
        result = read(document)
        for name, wanted in document.fields.items():
            if name == "line_items":
                rows = result.fields.get(name)
                assert isinstance(rows, list)
                found = [{key: cell.value for key, cell in row.items()} for row in rows]
                assert found == wanted, document.id
            elif not matches(name, wanted, value(result, name)):
                wrong.append((document.id, name))
    assert [each for each in wrong if each[1] not in NAMES] == []
    assert len(wrong) <= 1


def test_einvoices_that_disagree_with_their_page_are_flagged_and_no_others() -> None:
    for document in documents("invoices_einvoice"):
        flagged = any(r.code == "xml_page_mismatch" for r in read(document).reasons)
        if "mismatch" in document.id:
            assert flagged, document.id
        elif "Mustang" not in document.id:  # whose XML names another seller than the page
            assert not flagged, document.id


def test_invoices_with_a_text_layer() -> None:
    right = count = 0
    reviews = Reviews()
    for document in documents("invoices_pdf"):
        result = read(document)
        names = [name for name in document.scored if name != "line_items"]
        found = {it: matches(it, document.fields[it], value(result, it)) for it in names}
        count += len(found)
        right += sum(found.values())
        reviews.add(document.type, result, found)
    assert right / count >= 0.96
    assert reviews.unflagged >= 0.9 * reviews.required
    assert reviews.unflagged_right >= 0.97 * reviews.unflagged
