"""``exact`` reads what the package reads, box for box; the package is an engine of ours too.

The package is an optional extra of two gigabytes: where it is not installed, what needs it is
skipped, and ``python -m benchmarks.parity`` says the same of whole sets.
"""

from importlib.util import find_spec

import cv2
import numpy as np
import pytest

from benchmarks.parity import Parity
from services.ocr.engines.easyocr import EasyOcrEngine
from services.ocr.engines.exact import ExactEngine
from services.ocr.engines.registry import loaded
from services.ocr.engines.tilt import levelled
from shared.errors import Code, Permanent
from tests.samples import pages

PICTURE = np.asarray(pages.drawn_page())
INSTALLED = find_spec("easyocr") is not None
needs_package = pytest.mark.skipif(
    not INSTALLED, reason="the extra easyocr is not installed: pip install 'docstage[easyocr]'"
)


def worn() -> np.ndarray:
    tilted = cv2.GaussianBlur(levelled(PICTURE, 7.0), (0, 0), 0.8)
    noise = np.random.default_rng(3).normal(0, 6, tilted.shape)
    return np.asarray((tilted * 0.8 + 20 + noise).clip(0, 255), np.uint8)


@needs_package
@pytest.mark.parametrize("picture", [PICTURE, worn()], ids=["clean", "tilted and worn"])
def test_exact_reads_what_the_package_reads(picture: np.ndarray) -> None:
    ours, package = loaded("exact"), loaded("easyocr")
    assert isinstance(ours, ExactEngine)
    assert isinstance(package, EasyOcrEngine)
    parity = Parity()
    parity.add(
        [
            (tuple(line.corners.ravel().tolist()), line.reading.text)
            for line in ours.read_lines(picture)
        ],
        [(tuple(line.corners.ravel().tolist()), line.text) for line in package.read_lines(picture)],
    )
    assert parity.package >= len(pages.LINES)
    assert parity.share >= 0.985


@needs_package
def test_package_gives_words_where_they_stand() -> None:
    tokens = loaded("easyocr").recognise(PICTURE)
    words = set(" ".join(pages.LINES).lower().split())
    assert len(words & {token.text.lower() for token in tokens}) > 0.75 * len(words)
    for token in tokens:
        window = PICTURE[int(token.y0) : int(token.y1), int(token.x0) : int(token.x1)]
        assert window.min() < 100, token
        assert 0 < token.confidence <= 1


@pytest.mark.skipif(INSTALLED, reason="the extra easyocr is installed")
def test_missing_package_is_said_with_the_remedy() -> None:
    with pytest.raises(Permanent) as failed:
        loaded("easyocr")
    assert failed.value.code == Code.MODEL_MISSING
    assert "docstage[easyocr]" in failed.value.detail


def test_parity_counts_boxes_and_letters() -> None:
    box, other = (0, 0, 9, 0, 9, 9, 0, 9), (1, 0, 9, 0, 9, 9, 0, 9)
    parity = Parity()
    parity.add([(box, "Total"), (other, "5.00")], [(box, "Tota1"), (other, "5.00"), (box, "x")])
    assert (parity.package, parity.ours, parity.same_boxes, parity.same_texts) == (3, 2, 2, 1)
    assert parity.share == pytest.approx(1 / 3)
