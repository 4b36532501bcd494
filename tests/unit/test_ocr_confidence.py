"""Words' confidences are turned into chances of being right."""

import numpy as np
import pytest

from benchmarks.calibration_report import calibration, reliability
from benchmarks.dataset import Document
from benchmarks.word_truth import right_words
from services.ocr import quality
from services.ocr.confidence import FEATURES, Weights, calibrated, packaged_weights
from services.ocr.layout import Token


def token(text: str, confidence: float, x: float = 0.0) -> Token:
    return Token(text, x, 0.0, x + 10.0, 10.0, confidence)


@pytest.mark.parametrize("engine", ["fast", "tesseract", "fast+tesseract"])
def test_engines_come_with_weights_by_which_chances_rise(engine: str) -> None:
    weights = packaged_weights()[engine]
    assert len(weights.words) == len(FEATURES)
    assert len(weights.page) == len(quality.FEATURES)
    rising = [token("total", it) for it in (0.01, 0.2, 0.5, 0.8, 0.97)]
    chances = [it.confidence for it in calibrated(rising, weights)]
    assert chances == sorted(chances)
    assert chances[0] < 0.3
    assert chances[-1] > 0.7


def test_nothing_is_certain() -> None:
    sure = [token("total", 1.0)] * 20
    weights = Weights((100.0,) + (0.0,) * (len(FEATURES) - 1), ())
    assert {it.confidence for it in calibrated(sure, weights)} == {0.999}


def test_words_of_other_engines_keep_what_was_said_of_them() -> None:
    words = [token("total", 0.4), token("12.50", 0.9)]
    assert calibrated(words, None) == words
    assert calibrated([], packaged_weights()["fast"]) == []


def test_a_word_is_right_where_it_stands_and_once() -> None:
    entries = [{"text": "Total 12.50", "box": [0, 0, 100, 10]}]
    document = Document("a", "set", "page", {}, None, {"words": entries})
    found = [token("TOTAL", 1, 10), token("12.50", 1, 60), token("12.50", 1, 80)]
    assert right_words([*found, token("total", 1, 300)], document) == [True, True, False, False]
    anywhere = Document("a", "set", "page", {}, None, {"text": "Total 12.50"})
    assert right_words([token("total", 1, 300), token("x", 1)], anywhere) == [True, False]


def test_calibration_is_measured() -> None:
    chances = np.array([0.9] * 10 + [0.2] * 10)
    right = np.array([1.0] * 9 + [0.0] + [1.0] * 4 + [0.0] * 6)
    assert reliability(chances, right) == [
        {"words": 10, "said": 0.2, "right": 0.4},
        {"words": 10, "said": 0.9, "right": 0.9},
    ]
    figures = calibration(chances, right)
    assert figures["ece"] == pytest.approx(0.1)
    assert figures["brier"] == pytest.approx((9 * 0.01 + 0.81 + 4 * 0.64 + 6 * 0.04) / 20)
