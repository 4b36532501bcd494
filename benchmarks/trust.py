"""What extraction's confidences are worth: how many values a person must look at."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.stats import binomtest

from benchmarks.scores import Calibration
from services.extract.contract import ExtractResult
from shared.models.extraction import Field
from shared.schemas import built_in

GOAL = 0.99


@dataclass
class Reviews:
    """What is flagged for review at the default threshold, of fields that a type requires."""

    required: int = 0
    unflagged: int = 0
    unflagged_right: int = 0
    causes: Counter[str] = field(default_factory=Counter)

    def add(
        self,
        type_name: str,
        result: ExtractResult,
        right: Mapping[str, bool],
        causes: Mapping[str, str] | None = None,
    ) -> None:
        """Count one document, of which ``right`` says which of its fields are.

        ``causes`` says why those are wrong that are.
        """
        schema = built_in().get(type_name)
        needed = {spec.name for spec in schema.fields if spec.required} if schema else set()
        flagged = {reason.field for reason in result.reasons}
        for name in needed & set(right):
            self.required += 1
            if name not in flagged and isinstance(result.fields.get(name), Field):
                self.unflagged += 1
                self.unflagged_right += right[name]
                if not right[name]:
                    self.causes[(causes or {}).get(name, "unknown")] += 1

    def as_dict(self) -> dict[str, Any]:
        """The figures as JSON."""
        return {
            "required": self.required,
            "unflagged": self.unflagged,
            "unflagged_right": round(self.unflagged_right / max(1, self.unflagged), 4),
            "interval": self.interval,
            "wrong": dict(self.causes),
        }

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% interval of the share right of what is not flagged (Wilson, 1927)."""
        if not self.unflagged:
            return 0.0, 1.0
        found = binomtest(self.unflagged_right, self.unflagged).proportion_ci(method="wilson")
        return round(float(found.low), 4), round(float(found.high), 4)


def review_rate(calibration: Calibration, missing: int, goal: float = GOAL) -> float:
    """The least share of values to look at so that of the others ``goal`` are right.

    Values are looked at in the order of their confidence, those not found (``missing``) first.
    1 where no confidence separates them so well.
    """
    pairs = sorted(calibration.pairs, key=lambda pair: -pair[0])
    right, trusted = 0, 0
    for count, (chance, correct) in enumerate(pairs, start=1):
        right += correct
        is_last_of_equals = count == len(pairs) or pairs[count][0] < chance
        if is_last_of_equals and right >= goal * count:
            trusted = count
    return 1 - trusted / max(1, len(pairs) + missing)


@dataclass
class Pooled:
    """Right fields of each document, for an interval over documents."""

    documents: list[tuple[int, int]] = field(default_factory=list)

    def add(self, right: Sequence[bool]) -> None:
        """Count one document."""
        self.documents.append((sum(right), len(right)))

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% interval of the share of right fields, documents drawn again (bootstrap)."""
        if not self.documents:
            return 0.0, 0.0
        counts = np.array(self.documents)
        drawn = np.random.default_rng(1).integers(len(counts), size=(2000, len(counts)))
        sums = counts[drawn].sum(1)
        low, high = np.percentile(sums[:, 0] / np.maximum(1, sums[:, 1]), (2.5, 97.5)).tolist()
        return round(low, 4), round(high, 4)
