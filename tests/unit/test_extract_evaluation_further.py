"""Floors on real résumés and forms, so that a change for the worse shows."""

import os
from pathlib import Path

import pytest

from benchmarks.dataset import Document, evaluation, true_pages
from benchmarks.forms import FormScores
from benchmarks.resumes import ResumeScores
from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.ocr.reader import read_pages
from services.ocr.results import ReadOptions
from shared.models.page import Page
from shared.models.read_by import ReadBy

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("DOCSTAGE_EVAL_DIR", ROOT.parent / "shared" / "eval"))

pytestmark = pytest.mark.eval


def documents(name: str) -> list[Document]:
    if not DATA.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"CI needs the evaluation documents; there are none at {DATA}")
        pytest.skip("no evaluation documents")
    return list(evaluation(DATA, [name], None))


def test_resumes_with_a_text_layer() -> None:
    scores = ResumeScores()
    for document in documents("resumes"):
        if document.file is None or document.file.suffix != ".pdf" or "scan" in document.id:
            continue
        if "scanned" in document.expected.get("notes", ""):
            continue
        read = read_pages(str(document.file), "application/pdf", 0, None, ReadOptions(budget=60.0))
        pages = [Page.model_validate_json(page.json) for page in read.pages]
        assert all(page.read_by is not ReadBy.OCR for page in pages)
        result = extract(ExtractRequest(pages=pages))
        assert result.type is not None, document.id
        assert result.type.name == "resume", document.id
        scores.add(document, result)
    for name in ("name", "emails", "phones"):
        assert scores.lists[name].f1 >= 0.95, name
    # One of the layouts does not print the employers that its answers name.
    assert scores.lists["employers"].f1 >= 0.78
    for name in ("skills", "schools", "degrees", "positions"):
        assert scores.lists[name].f1 >= 0.9, name
    assert scores.spans["name"].recall >= 0.95
    for name in ("employers", "schools", "degrees"):
        assert scores.spans[name].recall >= 0.7, name


def test_forms_with_true_words() -> None:
    scores = FormScores()
    for document in documents("forms_funsd"):
        result = extract(ExtractRequest(pages=true_pages(document)))
        assert result.type is None, document.id
        scores.add(document, result)
    assert scores.pairs.f1 >= 0.57
    assert scores.links.f1 >= 0.9
