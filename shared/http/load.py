"""Overload: nothing more is taken in while too much waits, or room or memory run out.

It begins at a high-water mark and ends at a lower one, so that it does not flicker. Reading and
health never ask.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.errors import Code, Quota

LOW_WATER = 0.8
"""Of the high-water mark: where it ends."""
MOST_SECONDS, LEAST_SECONDS = 300.0, 2.0
_JITTER = 0.25
_NEWEST = 0.3
"""How much the newest measurement of the drain rate counts."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A look at the process: ``levels`` by name, and how many jobs had been taken in by then."""

    at: float
    levels: Mapping[str, float]
    taken_in: int = 0


@dataclass
class Load:
    """Which levels are above their marks, and how fast the backlog drains.

    ``marks`` are the high-water marks by name; a level without one, or of 0, has no limit.
    """

    marks: Mapping[str, float]
    full: set[str] = field(default_factory=set)
    drained: float = 0.0
    _last: Sample | None = None

    def note(self, sample: Sample) -> None:
        """Take a look into account."""
        for name, mark in self.marks.items():
            level = sample.levels.get(name, 0.0)
            if mark <= 0 or level < mark * LOW_WATER:
                self.full.discard(name)
            elif level >= mark:
                self.full.add(name)
        self._measure(sample)
        self._last = sample

    def check(self) -> None:
        """Raise ``Quota(OVERLOADED)`` while anything is full, with a time to come back."""
        if self.full:
            raise Quota(Code.OVERLOADED, retry_after=self.wait())

    def wait(self) -> float:
        """Seconds until the backlog should be down to the lower mark, with jitter."""
        seconds = LEAST_SECONDS
        if "backlog" in self.full and self._last is not None:
            above = self._last.levels.get("backlog", 0.0) - LOW_WATER * self.marks["backlog"]
            seconds = above / self.drained if self.drained > 0 else MOST_SECONDS
        elif self.full:
            seconds = 5 * LEAST_SECONDS
        seconds = min(MOST_SECONDS, max(LEAST_SECONDS, seconds))
        return seconds * (1 + _JITTER * secrets.randbelow(1000) / 1000)

    def _measure(self, sample: Sample) -> None:
        last = self._last
        if last is None or sample.at <= last.at:
            return
        before, after = last.levels.get("backlog", 0.0), sample.levels.get("backlog", 0.0)
        gone = before - after + sample.taken_in - last.taken_in
        rate = max(0.0, gone) / (sample.at - last.at)
        self.drained += _NEWEST * (rate - self.drained)
