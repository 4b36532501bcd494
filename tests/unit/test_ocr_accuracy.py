"""Word F1 on real receipts: a floor, so that a change for the worse shows."""

import os
from pathlib import Path
from statistics import fmean

import pytest

from benchmarks.dataset import evaluation
from benchmarks.reading import MEDIA_TYPES, read_measured, word_f1

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("DOCSTAGE_EVAL_DIR", ROOT.parent / "shared" / "eval"))
FLOOR = 0.60
PAGES = 8


@pytest.mark.eval
@pytest.mark.slow
def test_receipts() -> None:
    if not DATA.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"CI needs the evaluation documents; there are none at {DATA}")
        pytest.skip("no evaluation documents")
    scores = []
    for document in evaluation(DATA, ["receipts_sroie"], PAGES):
        assert document.file is not None
        media_type = MEDIA_TYPES[document.file.suffix]
        text, *_ = read_measured(str(document.file), media_type, "fast")
        truth = "\n".join(word["text"] for word in document.expected["words"])
        scores.append(word_f1(truth, text))
    assert fmean(scores) > FLOOR
