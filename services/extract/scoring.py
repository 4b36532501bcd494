"""Scores the choices of a field: shares of a softmax over a linear score."""

import math
from dataclasses import dataclass

from services.extract.features import Choice
from services.extract.linear import Linear
from services.extract.wording import compact


@dataclass(frozen=True, slots=True)
class Scored:
    """A choice with its linear score and its share 0..1 among its rivals.

    Choices of one value, such as a name at the head and again at the foot, have one share.
    """

    choice: Choice
    score: float
    share: float

    def with_more(self, share: float) -> "Scored":
        """The same with the share of another place."""
        return Scored(self.choice, self.score, self.share + share)


def rank(choices: list[Choice], model: Linear) -> list[Scored]:
    """The choices, best first; those that are no values come last."""
    scores = [model.score(choice.features) for choice in choices]
    top = max(scores, default=0.0)
    whole = sum(math.exp(score - top) for score in scores)
    best: dict[str, Scored] = {}
    for choice, score in sorted(zip(choices, scores, strict=True), key=lambda each: -each[1]):
        value = compact(choice.candidate.value)
        share = math.exp(score - top) / whole
        known = best.get(value)
        best[value] = Scored(choice, score, share) if known is None else known.with_more(share)
    return sorted(best.values(), key=lambda each: (each.choice.is_none, -each.share))
