"""A day of a Docstage, in steps of 15 seconds: what comes in, what waits, what it costs.

Each stage is a fluid queue of CPU seconds: documents of several kinds add what they need, pods take
as many seconds a minute as they have cores, at a share of what one would hope for (``EFFICIENCY``).
Pods follow KEDA's rule on what waits (one more per ``value`` messages, a window before fewer). It
is a model for planning, not a promise: it knows no failures, no slow disks, no neighbours.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

STEP = 15.0
"""Seconds: how often KEDA looks."""
STEPS = round(24 * 3600 / STEP)
EFFICIENCY = 0.8
"""Of a core's time, what goes into documents: the rest is waiting for others, and start-up."""

# Office hours: little at night, two humps by day; one share per hour, scaled to one in all.
HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 14, 16, 15, 12, 9, 13, 15, 14, 12, 9, 6, 4, 3, 2, 2, 1)


@dataclass(frozen=True)
class Kind:
    """A kind of document: its share of what comes, its CPU seconds at each stage."""

    name: str
    share: float
    seconds: Mapping[str, float]


@dataclass(frozen=True)
class StagePlan:
    """How a stage scales: pods of ``cores``, so many messages a pod, minutes before fewer."""

    name: str
    least: int
    most: int
    cores: float = 1.0
    value: int = 1
    window: int = 15


@dataclass
class StageDay:
    """What a stage did: most waiting (documents), longest wait (minutes), pods, core hours."""

    most_waiting: float = 0.0
    longest_wait: float = 0.0
    most_pods: int = 0
    core_hours: float = 0.0
    waiting: list[float] = field(default_factory=list)
    pods: list[int] = field(default_factory=list)


def arrivals(documents: int) -> list[float]:
    """Documents that come in each step of a day, rising and falling between the hours."""
    rates = []
    for step in range(STEPS):
        hour, within = divmod(step * STEP / 3600, 1)
        now, following = HOURS[int(hour)], HOURS[(int(hour) + 1) % len(HOURS)]
        rates.append(now + (following - now) * within)
    return [documents * rate / sum(rates) for rate in rates]


def mean_seconds(kinds: Sequence[Kind], stage: str) -> float:
    """The CPU seconds that the mix needs at a stage, per document."""
    shares = sum(kind.share for kind in kinds)
    return sum(kind.share * kind.seconds.get(stage, 0.0) for kind in kinds) / shares


def simulate(
    coming: Sequence[float], kinds: Sequence[Kind], stages: Sequence[StagePlan]
) -> dict[str, StageDay]:
    """One stage after the other: what leaves one comes to the next in the same minute."""
    days = {}
    for stage in stages:
        day, coming = _stage(coming, mean_seconds(kinds, stage.name), stage)
        days[stage.name] = day
    return days


def _stage(
    coming: Sequence[float], seconds: float, plan: StagePlan
) -> tuple[StageDay, list[float]]:
    day, leaving = StageDay(), list[float]()
    waiting, pods, wanted = 0.0, plan.least, list[int]()
    step = 0
    while step < len(coming) or waiting > 1e-6:
        waiting += coming[step] if step < len(coming) else 0.0
        could = pods * plan.cores * EFFICIENCY * STEP / seconds if seconds else math.inf
        done = min(waiting, could)
        waiting -= done
        leaving.append(done)
        # Little's law: what is under way is what is done in the time that one takes.
        under_way = done * seconds / STEP
        target = min(plan.most, max(plan.least, math.ceil((waiting + under_way) / plan.value)))
        wanted = [*wanted, target][-round(plan.window * 60 / STEP) :]
        day.most_waiting = max(day.most_waiting, waiting)
        if could and could is not math.inf:
            day.longest_wait = max(day.longest_wait, waiting / could * STEP / 60)
        day.most_pods = max(day.most_pods, pods)
        day.core_hours += pods * plan.cores * STEP / 3600
        day.waiting.append(waiting)
        day.pods.append(pods)
        pods = target if target > pods else min(pods, max(wanted))
        step += 1
        if step > 7 * STEPS:
            break  # it never catches up
    return day, leaving


def documents_per_core_day(kind: Kind) -> float:
    """How many of a kind one core reads, extracts and tells of in a day."""
    return STEPS * STEP * EFFICIENCY / sum(kind.seconds.values())
