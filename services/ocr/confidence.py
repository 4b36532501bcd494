"""Confidences that mean what they say: of words with 0.8, eighty in a hundred are right.

What engines say is no such chance, and each says it differently. A logistic model for each
turns it into one, by how the word looks and how well the rest of the page was read.
``benchmarks.calibration`` fits the models.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from services.ocr.engines.combining import looks
from services.ocr.layout import Token

FEATURES = (
    "bias", "confidence", "letter_confidence", "number", "plain_word", "single_sign", "odd",
    "length", "page_confidence",
)  # fmt: skip
RISING = ("confidence", "letter_confidence", "page_confidence")
"""Features with which a chance never falls."""

_LIMIT = 0.002  # confidences are kept so far from 0 and 1
_HIGHEST = 0.999  # 1 is said of text layers only


@dataclass(frozen=True, slots=True)
class Weights:
    """Of an engine: ``words`` of ``FEATURES``, ``page`` of ``quality.FEATURES``."""

    words: tuple[float, ...]
    page: tuple[float, ...]


@cache
def packaged_weights() -> Mapping[str, Weights]:
    """Those that are shipped, by engine."""
    content = json.loads(
        resources.files(__package__).joinpath("confidence.json").read_text("utf-8")
    )
    return {
        engine: Weights(tuple(each["words"]), tuple(each["page"]))
        for engine, each in content.items()
    }


def calibrated(tokens: Sequence[Token], weights: Weights | None) -> list[Token]:
    """All words of a page with calibrated confidences; unchanged without ``weights``."""
    if not tokens or weights is None:
        return list(tokens)
    chances = logistic(described(tokens), weights.words)
    return [
        token._replace(confidence=min(_HIGHEST, chance))
        for token, chance in zip(tokens, chances, strict=True)
    ]


def described(tokens: Sequence[Token]) -> NDArray[np.float64]:
    """The features of all words of a page, a row for each."""
    page = log_odds(mean_confidence(tokens) or 0.0)
    rows = [
        (
            1.0,
            log_odds(token.confidence),
            math.log(max(_LIMIT, token.confidence)) / len(token.text),
            *looks(token.text),
            page,
        )
        for token in tokens
    ]
    return np.array(rows, np.float64).reshape(-1, len(FEATURES))


def logistic(rows: NDArray[np.float64], weights: Sequence[float]) -> list[float]:
    """The chance that a logistic model gives each row of features."""
    chances: list[float] = (1 / (1 + np.exp(-(rows @ np.array(weights))))).tolist()
    return chances


def mean_confidence(tokens: Iterable[Token]) -> float | None:
    """The mean confidence by character, 0..1; nothing where there is none."""
    tokens = list(tokens)
    length = sum(len(it.text) for it in tokens)
    return sum(len(it.text) * it.confidence for it in tokens) / length if length else None


def log_odds(chance: float) -> float:
    """``chance`` from minus to plus infinity, nearly."""
    bounded = min(1 - _LIMIT, max(_LIMIT, chance))
    return math.log(bounded / (1 - bounded))
