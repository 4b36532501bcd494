"""How fast a stage gets through its line, told from when its last records were begun and ended.

Time in which the stage had nothing to do says nothing of its speed, so it is never counted. While
a line moves, its pace is what got through since it moved; before that it is guessed
from how long the last ones took, and how many are at work at a time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.store.standings import Stay

ENOUGH = 4
"""So many that got through since the first one began to wait tell the pace by themselves."""
_SOME = 5
"""Of so many or more the one that took longest is left out: one long scan makes no slow line."""
_BUSIER = 3.0
"""So many times longer than before those at work may take for a busier machine, or for being
many; who takes longer still is only longer, and does not speak for the others.
"""
_PATIENCE = 10.0
"""Seconds after which a line that nobody works on is at a standstill."""
_TICK = 0.001
"""Seconds; times are kept no finer."""


@dataclass(frozen=True, slots=True)
class Moving:
    """What is known of a line at ``now``.

    ``stays`` are of those that the stage was done with last, ``running`` how many it is at, the
    last of them since ``begun``; ``first`` is since when the first one waits, ``None`` if nobody
    does.
    """

    now: datetime
    stays: Sequence[Stay]
    running: int
    first: datetime | None
    begun: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """``rate`` is in records a second, ``each`` the seconds of one; ``running`` are at work."""

    rate: float
    each: float
    running: int

    def seconds(self, waiting: int) -> float:
        """Until the last of so many that wait is through; those at work are taken as half done."""
        return max(self.each, (waiting + self.running / 2) / self.rate)


def pace_of(line: Moving) -> Pace | None:
    """The pace of a line; ``None`` where nothing is known of it, or it is at a standstill."""
    if not line.stays or _stands_still(line):
        return None
    usual = max(_TICK, _usual(line.stays))
    each = max(usual, min(_so_far(line), _BUSIER * usual))
    present = [it for it in line.stays if line.first is not None and it.ended >= line.first]
    if len(present) >= ENOUGH:
        span = (line.now - min(it.began for it in present)).total_seconds()
        rate = (len(present) + line.running / 2) / max(_TICK, span)
    else:
        rate = max(1.0, line.running, _at_a_time(line.stays)) / each
    return Pace(rate, each, line.running)


def _stands_still(line: Moving) -> bool:
    if line.first is None or line.running:
        return False
    newest = max(it.ended for it in line.stays)
    return (line.now - max(line.first, newest)).total_seconds() > _PATIENCE


def _usual(stays: Sequence[Stay]) -> float:
    """How many seconds one takes, on average."""
    taken = sorted(_seconds(it) for it in stays)
    counted = taken[:-1] if len(taken) >= _SOME else taken
    return sum(counted) / len(counted)


def _so_far(line: Moving) -> float:
    """How many seconds those at work take by now, which may be more than any did before."""
    return 0.0 if line.begun is None else (line.now - line.begun).total_seconds()


def _at_a_time(stays: Iterable[Stay]) -> float:
    """How many were at work at a time, on average, while any was."""
    busy, total, until = 0.0, 0.0, None
    for it in sorted(stays, key=lambda it: it.began):
        start = it.began if until is None else max(it.began, until)
        total += _seconds(it)
        if it.ended > start:
            busy += (it.ended - start).total_seconds()
            until = it.ended
    return total / busy if busy else 1.0


def _seconds(stay: Stay) -> float:
    return max(0.0, (stay.ended - stay.began).total_seconds())
