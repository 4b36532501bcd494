"""Scores of extraction: when a value counts as right, and what is counted."""

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from benchmarks.ece import ByChance, ece, ece_by_chance, ece_interval

_SIMILAR = 90
_ABOVE = 0.9


def plain(value: object) -> str:
    """Only letters and digits, upper case."""
    return re.sub(r"[\W_]", "", str(value or "").upper())


def number(value: object) -> Decimal | None:
    """The value as a number without its sign."""
    try:
        return abs(Decimal(str(value)))
    except InvalidOperation:
        return None


def matches(name: str, wanted: object, found: object) -> bool:
    """Whether ``found`` is right: sums to the cent, everything else by letters and digits."""
    if found is None:
        return wanted is None
    if "amount" in name or name in {"total", "line_total", "quantity", "unit_price"}:
        return number(wanted) is not None and number(wanted) == number(found)
    return plain(wanted) == plain(found)


def similar(wanted: object, found: object) -> bool:
    """Whether texts are alike, case and blanks aside."""
    return fuzz.ratio(str(wanted or "").upper(), str(found or "").upper()) >= _SIMILAR


@dataclass
class Tally:
    """Counts for one field; ``legible`` of documents where it was read as it is printed."""

    all: int = 0
    right: int = 0
    near: int = 0
    found: int = 0
    legible: int = 0
    legible_right: int = 0

    def add(self, *, right: bool, near: bool, found: bool) -> None:
        """Count one document."""
        self.all += 1
        self.right += right
        self.near += near
        self.found += found

    @property
    def f1(self) -> float:
        """The harmonic mean of precision (of the values found) and recall (of those wanted)."""
        return 2 * self.right / max(1, self.all + self.found)

    def as_dict(self) -> dict[str, float]:
        """The figures as JSON."""
        return {
            "documents": self.all,
            "right": self.right,
            "exact": round(self.right / max(1, self.all), 4),
            "similar": round(self.near / max(1, self.all), 4),
            "found": round(self.found / max(1, self.all), 4),
            "precision": round(self.right / max(1, self.found), 4),
            "recall": round(self.right / max(1, self.all), 4),
            "f1": round(self.f1, 4),
            "legible": self.legible,
            "legible_right": self.legible_right,
        }


@dataclass(frozen=True)
class Reliability:
    """How far confidences can be trusted."""

    ece: float
    share_above: float
    right_above: float


@dataclass
class Calibration:
    """Confidences with their outcomes, by field."""

    outcomes: dict[str, list[tuple[float, bool]]] = field(default_factory=dict)

    def add(self, name: str, chance: float, *, right: bool) -> None:
        """Count one value."""
        self.outcomes.setdefault(name, []).append((chance, right))

    def of(self, name: str) -> Reliability:
        """The reliability of one field."""
        return _reliability(self.outcomes.get(name, []))

    @property
    def overall(self) -> Reliability:
        """The reliability of all fields together."""
        return _reliability(self.pairs)

    @property
    def pairs(self) -> list[tuple[float, bool]]:
        """Confidences with their outcomes, of all fields together."""
        return [pair for found in self.outcomes.values() for pair in found]

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% interval of the ECE of all fields together."""
        return ece_interval(*_arrays(self.pairs))

    @property
    def by_chance(self) -> ByChance:
        """The ECE that confidences like these would have if each were exactly right."""
        return ece_by_chance(_arrays(self.pairs)[0])

    def as_dict(self) -> dict[str, dict[str, float]]:
        """The figures as JSON."""
        found = {name: _figures(pairs) for name, pairs in self.outcomes.items()}
        return found | {"all": _figures(self.pairs)}


def _figures(pairs: list[tuple[float, bool]]) -> dict[str, float]:
    row, (chances, right) = _reliability(pairs), _arrays(pairs)
    low, high = ece_interval(chances, right)
    by_chance = ece_by_chance(chances)
    return {
        "ece": round(row.ece, 4),
        "ece_low": round(low, 4),
        "ece_high": round(high, 4),
        "ece_by_chance": round(by_chance.mean, 4),
        "ece_by_chance_most": round(by_chance.most, 4),
        "share_above_0.9": round(row.share_above, 4),
        "right_above_0.9": round(row.right_above, 4),
    }


def _reliability(outcomes: list[tuple[float, bool]]) -> Reliability:
    if not outcomes:
        return Reliability(0.0, 0.0, 0.0)
    above = [right for chance, right in outcomes if chance > _ABOVE]
    return Reliability(
        ece(*_arrays(outcomes)), len(above) / len(outcomes), sum(above) / max(1, len(above))
    )


def _arrays(outcomes: list[tuple[float, bool]]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    chances = np.array([chance for chance, _ in outcomes], np.float64)
    return chances, np.array([right for _, right in outcomes], np.bool_)
