"""What confidences are worth on shops and layouts never seen, with intervals over these."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.ece import ece

REVIEW_BELOW = 0.8
"""The default threshold: a confidence below it asks for a person."""
_SURE = 0.9
_SEED = 7
_DRAWN = 1000

Figures = dict[str, float | list[float]]


@dataclass(frozen=True)
class Judged:
    """A value with its confidence, the shop whose receipt it stands on, and its kind of words."""

    chance: float
    right: bool
    group: str
    kind: str


def figures_of(judged: Sequence[Judged], count: int, reachable: Sequence[bool] = ()) -> Figures:
    """The figures of ``judged`` among ``count`` that are wanted, found or not.

    ``reachable`` says of receipts whether the right value is among the candidates. Intervals are of
    95%: shops are drawn anew a thousand times.
    """
    chances = np.array([each.chance for each in judged])
    right = np.array([each.right for each in judged], bool)
    groups = [each.group for each in judged]
    figures: Figures = {"receipts": len(reachable)} if reachable else {}
    low, high = share_interval(right, np.ones_like(right), groups)
    share = len(judged) / count
    figures |= {
        "exact": round(float(right.sum()) / count, 3),
        "interval": [round(low * share, 3), round(high * share, 3)],
        "ece": round(ece(chances, right), 3),
    }
    if reachable:
        figures["ceiling"] = round(sum(reachable) / len(reachable), 3)
    for name, taken in (("above_0.9", chances > _SURE), ("unflagged", chances >= REVIEW_BELOW)):
        low, high = share_interval(right, taken, groups)
        figures[f"share_{name}"] = round(float(taken.sum()) / count, 3)
        figures[f"exact_{name}"] = round(float(right[taken].sum() / max(1, taken.sum())), 3)
        figures[f"interval_{name}"] = [round(low, 3), round(high, 3)]
    return figures


def share_interval(
    right: NDArray[np.bool_], taken: NDArray[np.bool_], groups: Sequence[str]
) -> tuple[float, float]:
    """The 95% interval of the share of ``taken`` that is right, ``groups`` drawn anew."""
    known = {group: at for at, group in enumerate(sorted(set(groups)))}
    places = np.array([known[group] for group in groups])
    hits, sizes = np.bincount(places, right & taken), np.bincount(places, taken)
    drawn = np.random.default_rng(_SEED).integers(0, len(sizes), (_DRAWN, len(sizes)))
    sums, counts = hits[drawn].sum(axis=1), sizes[drawn].sum(axis=1)
    if not counts.any():
        return 0.0, 0.0
    low, high = np.percentile(sums[counts > 0] / counts[counts > 0], (2.5, 97.5)).tolist()
    return low, high
