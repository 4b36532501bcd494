"""Word F1 on real documents: floors, so that a change for the worse shows."""

import os
from pathlib import Path
from statistics import fmean

import pytest

from benchmarks.combination import in_tuning_half
from benchmarks.dataset import Document, evaluation
from benchmarks.ocr import true_text
from benchmarks.readers import is_available, read_measured
from benchmarks.reading import MEDIA_TYPES, word_f1

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("DOCSTAGE_EVAL_DIR", ROOT.parent / "shared" / "eval"))
PAGES = 6


def unseen(name: str) -> list[Document]:
    """Documents of a set on which the choice between the engines was not fitted."""
    if not DATA.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"CI needs the evaluation documents; there are none at {DATA}")
        pytest.skip("no evaluation documents")
    return [it for it in evaluation(DATA, [name], None) if not in_tuning_half(it.id)][:PAGES]


def f1(document: Document, reader: str) -> float:
    assert document.file is not None
    media_type = MEDIA_TYPES[document.file.suffix]
    text, *_ = read_measured(str(document.file), media_type, reader)
    return word_f1(true_text(document), text)


@pytest.mark.eval
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "alone", "together"), [("receipts_sroie", 0.70, 0.77), ("forms_funsd", 0.48, 0.62)]
)
def test_both_engines_read_better_than_each_alone(name: str, alone: float, together: float) -> None:
    documents = unseen(name)
    fast = fmean(f1(document, "fast") for document in documents)
    assert fast > alone
    if not is_available("tesseract"):
        pytest.skip("Tesseract is not installed")
    auto = fmean(f1(document, "auto") for document in documents)
    assert auto > together
    assert auto > fast
    assert auto > fmean(f1(document, "tesseract") for document in documents)
