"""Confidences that mean what they say: 0.9 is right nine times in ten.

A logistic function of a few numbers about the ranking, fitted on documents that the ranking
was not trained on; words read uncertainly take away from it.
"""

from collections.abc import Iterable

from services.extract.features import Features
from services.extract.linear import Linear, logit, sigmoid
from services.extract.scoring import Scored
from services.extract.sheet import Token

_SCORE_SCALE = 10.0
_HIGHEST = 0.995


def ranking_features(ranked: list[Scored]) -> Features:
    """What the calibration looks at: the best share, the second's, and the best score."""
    second = ranked[1].share if len(ranked) > 1 else 0.0
    return {
        "bias": 1.0,
        "best": logit(ranked[0].share) / _SCORE_SCALE,
        "second": logit(second) / _SCORE_SCALE,
        "score": ranked[0].score / _SCORE_SCALE,
    }


def confidence(ranked: list[Scored], model: Linear) -> float:
    """The chance that the best of ``ranked`` is right, its words read correctly."""
    return min(_HIGHEST, sigmoid(model.score(ranking_features(ranked))))


def legibility(tokens: Iterable[Token]) -> float:
    """The chance that all of ``tokens`` were read correctly: 1 for a text layer.

    The lowest of their confidences: bad print spoils all words of a place together. Measured on
    60 receipts over four fields with calibrated confidences it gives an ECE of 0.07 for words
    read by ``auto`` and 0.10 for ``fast``; the product, as if words were misread independently,
    0.07 and 0.16.
    """
    return min((token.confidence for token in tokens), default=1.0)
