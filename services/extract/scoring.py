"""Scores the choices of a field: shares of a softmax over a linear score."""

import math
from dataclasses import dataclass

from services.extract.features import Choice
from services.extract.linear import Linear


@dataclass(frozen=True, slots=True)
class Scored:
    """A choice with its linear score and its share 0..1 among its rivals."""

    choice: Choice
    score: float
    share: float


def rank(choices: list[Choice], model: Linear) -> list[Scored]:
    """The choices, best first."""
    scores = [model.score(choice.features) for choice in choices]
    top = max(scores, default=0.0)
    whole = sum(math.exp(score - top) for score in scores)
    scored = [
        Scored(choice, score, math.exp(score - top) / whole)
        for choice, score in zip(choices, scores, strict=True)
    ]
    return sorted(scored, key=lambda each: -each.score)
