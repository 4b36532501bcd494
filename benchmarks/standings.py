"""How readers stand beside each other on one set of documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from benchmarks.reading import interval


@dataclass(frozen=True)
class Lead:
    """By how much one reader's word F1 is above another's: its mean and 95% interval."""

    reader: str
    over: str
    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        beyond = f"{self.low:+.4f} to {self.high:+.4f}"
        return f"  {self.reader} above {self.over}: {self.mean:+.4f} ({beyond})"


@dataclass(frozen=True)
class Standing:
    """The mean word F1 of each reader on ``documents`` of a set, and the leads of our own."""

    set: str
    documents: int
    word_f1: dict[str, float]
    leads: list[Lead]

    @classmethod
    def of(
        cls, name: str, f1: Mapping[str, Sequence[float]], ours: Sequence[str] = ("auto", "fast")
    ) -> "Standing":
        """From the word F1 of each reader on each document; each of ``ours`` beside the rest."""
        means = {reader: fmean(each) for reader, each in f1.items()}
        leads = [
            _lead(own, other, f1)
            for place, own in enumerate(ours)
            for other in f1
            if other not in ours[: place + 1]
        ]
        return cls(name, len(next(iter(f1.values()))), means, leads)

    def __str__(self) -> str:
        means = ", ".join(f"{reader} {mean:.4f}" for reader, mean in self.word_f1.items())
        return "\n".join(
            [f"{self.set}, {self.documents} documents: {means}", *map(str, self.leads)]
        )


def _lead(own: str, other: str, f1: Mapping[str, Sequence[float]]) -> Lead:
    gains = np.subtract(f1[own], f1[other]).tolist()
    return Lead(own, other, fmean(gains), *interval(gains))
