"""Fits the scorers: a choice among candidates, as a softmax over a linear score.

Conditional logistic regression (McFadden, 1974): of a document's candidates one or more are
right, and the weights make their joint share of the softmax as large as possible.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from services.extract.features import Features


@dataclass(frozen=True)
class Example:
    """One document for one field: a feature set per candidate, and which are right."""

    group: str
    candidates: list[Features]
    right: list[bool]

    @property
    def is_learnable(self) -> bool:
        """Whether a right answer is among the candidates, and a wrong one too."""
        return any(self.right) and not all(self.right)


def fit(
    examples: list[Example],
    strength: float,
    signs: dict[str, int] | None = None,
    given: dict[str, float] | None = None,
) -> dict[str, float]:
    """Weights by feature name.

    ``strength`` is that of the L2 penalty; ``signs`` says of features what is known beforehand:
    1 can only speak for a candidate, -1 only against it. ``given`` are weights that are known and
    not learned.
    """
    names = sorted({name for each in examples for one in each.candidates for name in one})
    columns = {name: at for at, name in enumerate(names)}
    useful = [each for each in examples if each.is_learnable]
    if not useful:
        return dict(given or {})
    matrix = np.vstack([_matrix(each.candidates, columns) for each in useful])
    mask = np.concatenate([np.array(each.right) for each in useful])
    sizes = np.array([len(each.right) for each in useful])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    scale = np.sqrt(np.mean(matrix**2, axis=0)) + 1e-6
    matrix /= scale

    fixed = given or {}
    start = np.array([fixed.get(name, 0.0) for name in names]) * scale

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = matrix @ weights
        shares = np.exp(scores - np.repeat(np.maximum.reduceat(scores, starts), sizes))
        right = np.where(mask, shares, 1e-30)
        whole, hits = np.add.reduceat(shares, starts), np.add.reduceat(right, starts)
        value = 0.5 * strength * float(weights @ weights) + float(np.log(whole / hits).sum())
        pull = shares / np.repeat(whole, sizes) - right / np.repeat(hits, sizes)
        return value, strength * weights + matrix.T @ pull

    known = signs or {}
    limits = {1: (0.0, None), -1: (None, 0.0), 0: (None, None)}
    bounds = [
        (value, value) if name in fixed else limits[known.get(name, 0)]
        for name, value in zip(names, start, strict=True)
    ]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return dict(zip(names, (found.x / scale).round(3).tolist(), strict=True))


def folds(groups: list[str], count: int, seed: int) -> list[int]:
    """A fold number for each group, the same for equal groups."""
    unique = sorted(set(groups))
    order = np.random.default_rng(seed).permutation(len(unique))
    number = {group: int(order[at]) % count for at, group in enumerate(unique)}
    return [number[group] for group in groups]


def _matrix(candidates: list[Features], columns: dict[str, int]) -> np.ndarray:
    matrix = np.zeros((len(candidates), len(columns)))
    for row, features in enumerate(candidates):
        for name, value in features.items():
            if name in columns:
                matrix[row, columns[name]] = value
    return matrix
