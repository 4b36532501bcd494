"""Linear models whose weights are a readable file."""

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources

from services.extract.features import Features


@dataclass(frozen=True, slots=True)
class Linear:
    """``weights`` by feature name; features without a weight count nothing."""

    weights: dict[str, float]

    def score(self, features: Features) -> float:
        """The weighted sum."""
        weights = self.weights
        return sum(weights.get(name, 0.0) * value for name, value in features.items())


@dataclass(frozen=True, slots=True)
class Weights:
    """The models of one file by field, and the calibration of their confidences.

    ``trusted`` says from which confidence on a field's values are trusted unseen; of invoices where
    their words were read.
    """

    models: dict[str, Linear]
    calibration: dict[str, Linear]
    trusted: dict[str, float]


def sigmoid(margin: float) -> float:
    """The logistic function, safe for large margins."""
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, margin))))


def logit(probability: float) -> float:
    """The log odds of ``probability``, kept finite."""
    bounded = min(1 - 1e-6, max(1e-6, probability))
    return math.log(bounded / (1 - bounded))


@cache
def load(name: str) -> Weights:
    """The weights file ``name``, read once per process."""
    path = resources.files("services.extract.weights").joinpath(f"{name}.json")
    data = json.loads(path.read_bytes())
    return Weights(
        models={field: Linear(weights) for field, weights in data["models"].items()},
        calibration={field: Linear(weights) for field, weights in data["calibration"].items()},
        trusted=data.get("trusted", {}),
    )
