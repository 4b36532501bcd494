"""What came of a soak: printed for a person, and kept as JSON."""
# ruff: noqa: T201 - a program for the terminal

import json
import os
import platform
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from shared.models.time import utc_now
from tests.faults.checker import Summary
from tests.faults.evidence import Violation
from tests.faults.memory import Growth

FLOOR = 1.0
"""MiB an hour that a service may grow, extrapolated."""


@dataclass(frozen=True, slots=True)
class Steady:
    """The load of the last phase, in seconds; lines are fitted after ``warm_up``.

    ``accepted`` are the documents after that.
    """

    seconds: float = 0.0
    warm_up: float = 0.0
    accepted: int = 0

    @property
    def hourly(self) -> float:
        """Documents an hour."""
        measured = self.seconds - self.warm_up
        return 3600 * self.accepted / measured if measured else 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that is told of one run."""

    engine: str
    records: str
    seed: int
    seconds: float
    kills: Mapping[str, int]
    sent: Mapping[str, int]
    summary: Summary
    violations: Sequence[Violation]
    states: Mapping[str, int]
    codes: Mapping[str, int]
    settling: float
    growth: Mapping[str, Growth]
    steady: Steady = Steady()

    @property
    def is_good(self) -> bool:
        """Whether every promise was kept, and no service certainly grows beyond the floor.

        Certainly: the whole 95% interval lies above it. A short run has wide intervals.
        """
        return not self.violations and all(it.low <= FLOOR for it in self.growth.values())


def show(outcome: Outcome) -> None:
    """Print it."""
    found = outcome.summary
    print(
        f"\n{outcome.engine}, records in {outcome.records}, seed {outcome.seed}, "
        f"{outcome.seconds / 60:.1f} minutes"
    )
    print(f"sent           {_listed(outcome.sent)}")
    print(f"kills          {_listed(outcome.kills)}")
    print(f"attempted {found.attempted}, acknowledged {found.acknowledged}, ok {found.ok}")
    print(
        f"lost {found.lost}, duplicated {found.duplicated}, unexpected {found.unexpected}, "
        f"recovered {found.recovered}"
    )
    print(f"states         {_listed(outcome.states)}")
    print(f"codes          {_listed(outcome.codes)}")
    ended = "all terminal" if not outcome.violations else "NOT as promised"
    print(f"{ended}, {outcome.settling:.0f} s after the last kill")
    for violation in outcome.violations[:40]:
        print(f"  {violation.invariant} {violation.document}: {violation.what}")
    load = outcome.steady
    if outcome.growth:
        print(
            f"steady load    {load.hourly:.0f} documents an hour; memory from minute "
            f"{load.warm_up / 60:.1f} to {load.seconds / 60:.1f} of it"
        )
    for name, it in outcome.growth.items():
        print(
            f"{name:8} {it.first:6.1f} -> {it.last:6.1f} MiB, {it.slope:+.2f} MiB/h "
            f"({it.low:+.2f} to {it.high:+.2f}: {judged(it)}), {it.files:+d} files, "
            f"children {it.children:.0f} MiB, {it.children_slope:+.1f} MiB/h"
        )


def judged(growth: Growth) -> str:
    """What the interval says of the floor."""
    if growth.low > FLOOR:
        return "grows"
    if growth.high <= FLOOR:
        return "at rest"
    return "as promised, not certain" if growth.slope <= FLOOR else "too short to tell"


def write(path: Path, outcome: Outcome) -> None:
    """Keep it as JSON."""
    facts = {
        **asdict(outcome),
        "at": utc_now().isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "is_good": outcome.is_good,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")


def counted(names: Iterable[str]) -> dict[str, int]:
    """How often each comes; a plain dict, as ``asdict`` cannot copy a ``Counter``."""
    return dict(Counter(names))


def _listed(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda it: -it[1])
    return ", ".join(f"{name} {count}" for name, count in ordered) or "none"
