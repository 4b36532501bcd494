"""The expected calibration error (Naeini et al., 2015), and how much of one is chance."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_BINS = 10
_DRAWN = 400
_SEED = 7
_Chances = NDArray[np.float64]
_Right = NDArray[np.bool_]


class ByChance(NamedTuple):
    """What confidences that are exactly right would show: on average, and in 19 cases of 20."""

    mean: float
    most: float


def ece(chances: _Chances, right: _Right) -> float:
    """The mean distance between confidence and share right, in tenths of confidence."""
    return _of_gaps(_bins(chances), chances - right)


def ece_interval(chances: _Chances, right: _Right) -> tuple[float, float]:
    """The 95% interval, values drawn anew (bootstrap); it lies high where values are few."""
    draw, bins, gaps = np.random.default_rng(_SEED), _bins(chances), chances - right
    count = len(chances)
    places = (draw.integers(count, size=count) for _ in range(_DRAWN if count else 0))
    found = [_of_gaps(bins[at], gaps[at]) for at in places] or [0.0]
    low, high = np.percentile(found, (2.5, 97.5)).tolist()
    return low, high


def ece_by_chance(chances: _Chances) -> ByChance:
    """What such confidences show where each is right exactly as often as it says."""
    draw, bins = np.random.default_rng(_SEED), _bins(chances)
    drawn = (draw.random(len(chances)) < chances for _ in range(_DRAWN if len(chances) else 0))
    found = [_of_gaps(bins, chances - right) for right in drawn] or [0.0]
    return ByChance(float(np.mean(found)), float(np.percentile(found, 95)))


def _bins(chances: _Chances) -> NDArray[np.int64]:
    return np.minimum((chances * _BINS).astype(np.int64), _BINS - 1)


def _of_gaps(bins: NDArray[np.int64], gaps: _Chances) -> float:
    sums = np.bincount(bins, gaps, minlength=_BINS)
    return float(np.abs(sums).sum()) / max(1, len(gaps))
