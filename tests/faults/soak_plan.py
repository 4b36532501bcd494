"""What a soak is asked for: how long, how much load, how many kills."""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from deploy.dev.servers import Records
from tests.faults.launch import Engine
from tests.faults.matrix import BOTH

WARM_UP = 0.3
"""The share of the last phase before memory is fitted."""
BRISK = 2 / 3
"""The share of the warm-up in which the load is heavier than the one that is measured.

What a service keeps up to a bound (names of documents, pages of files, its heap's high water) is
full then; at the steady pace that takes longer than a soak, and looks like growth without end.
"""
BRISK_RATE = 6.0
"""How many times the steady rate that load is, where the services keep up."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for; times are in seconds, ``rate`` is documents a second.

    ``every`` is the least and the most time between two kills.
    """

    kills: float
    steady: float
    rate: float
    seed: int
    every: tuple[float, float] = (2.0, 5.0)

    @property
    def warm_up(self) -> float:
        """Seconds of the last phase in which memory is not judged."""
        return WARM_UP * self.steady

    @property
    def brisk(self) -> tuple[float, float]:
        """Seconds and rate of the load that warms up."""
        return BRISK * self.warm_up, BRISK_RATE * self.rate


@dataclass(frozen=True, slots=True)
class Options:
    """A plan, and where it is carried out; ``keep`` and ``write`` are for what is left of it."""

    plan: Plan
    engine: Engine
    records: Records
    keep: Path | None
    write: Path | None


def parsed(description: str) -> Options:
    """The options of the command line."""
    parser = argparse.ArgumentParser(prog="tests.faults.soak", description=description)
    parser.add_argument("--minutes", type=float, default=30.0, help="of kills")
    parser.add_argument(
        "--steady",
        type=float,
        metavar="MINUTES",
        help="of load without kills, under which memory is measured (as many)",
    )
    parser.add_argument("--engine", choices=BOTH, default="rabbitmq")
    parser.add_argument("--records", choices=get_args(Records), default="sqlite")
    parser.add_argument("--rate", type=float, default=0.5, help="documents a second")
    parser.add_argument("--every", type=float, nargs=2, default=(2.0, 5.0), metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    parser.add_argument("--keep", type=Path, help="a folder for logs and journals, to be kept")
    parser.add_argument("--write", type=Path, help="a JSON file for the result")
    given = parser.parse_args()
    steady = given.minutes if given.steady is None else given.steady
    least, most = given.every
    plan = Plan(60 * given.minutes, 60 * steady, given.rate, given.seed, (least, most))
    return Options(plan, given.engine, given.records, given.keep, given.write)
