"""How fast a process's memory grows: sampled under steady load, fitted by a line.

What is counted is ``RssAnon`` of the process itself (/proc/PID/status): heap and stacks, without
pages of libraries that happen to be looked at for the first time. Children are not part of it,
as they are replaced now and then; their sum has a slope of its own. Samples a few seconds apart are
not independent of each other, so they are averaged in blocks first, each as long as from one giving
back of free memory to the next; the line goes through the blocks after the warm-up. Its slope has a
95% interval by Student's t, widened by how much each block still resembles the one before.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

MEBIBYTE = 1024 * 1024
BLOCK_SECONDS = 60.0
_T_975 = (12.7, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13)
_MOST_LIKE = 0.9


@dataclass(frozen=True, slots=True)
class Reading:
    """What a process used at a moment (seconds): bytes of its own, of its children, files."""

    at: float
    own: int
    children: int
    files: int


@dataclass(frozen=True, slots=True)
class Growth:
    """Of a process, in MiB and MiB an hour; ``low`` and ``high`` are ends of the interval.

    ``children`` is what they used in the end.
    """

    first: float
    last: float
    slope: float
    low: float
    high: float
    blocks: int
    children: float
    children_slope: float
    files: int


def read(pid: int, at: float) -> Reading | None:
    """What a process uses now; ``None`` where it is gone."""
    try:
        own = _anonymous(pid)
        files = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return None
    return Reading(at, own, sum(map(_or_nothing, _children(pid))), files)


def growth(readings: Sequence[Reading], warm_up: float) -> Growth:
    """Fit a line through what comes after ``warm_up`` seconds of the first reading.

    Raises ``ValueError`` for fewer than three blocks.
    """
    begun = readings[0].at + warm_up
    kept = [it for it in readings if it.at >= begun]
    blocks: dict[int, list[Reading]] = {}
    for it in kept:
        blocks.setdefault(int((it.at - begun) // BLOCK_SECONDS), []).append(it)
    if len(blocks) < 3:
        raise ValueError("too few readings after the warm-up")
    hours = [_mean([it.at for it in block]) / 3600 for block in blocks.values()]
    own = [_mean([it.own for it in block]) / MEBIBYTE for block in blocks.values()]
    children = [_mean([it.children for it in block]) / MEBIBYTE for block in blocks.values()]
    slope, spread = _line(hours, own)
    return Growth(
        first=own[0],
        last=own[-1],
        slope=slope,
        low=slope - spread,
        high=slope + spread,
        blocks=len(own),
        children=children[-1],
        children_slope=_line(hours, children)[0],
        files=kept[-1].files - kept[0].files,
    )


def _line(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float]:
    """The slope of the line, and half the width of its 95% interval."""
    mean_x, mean_y = _mean(xs), _mean(ys)
    width = sum((x - mean_x) ** 2 for x in xs)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / width
    errors = [y - mean_y - slope * (x - mean_x) for x, y in zip(xs, ys, strict=True)]
    freedom = len(xs) - 2
    t = _T_975[freedom - 1] if freedom <= len(_T_975) else 2.1
    squares = sum(it * it for it in errors)
    return slope, _likeness(errors) * t * math.sqrt(squares / freedom / width)


def _likeness(errors: Sequence[float]) -> float:
    """By how much the interval is wider than of errors that know nothing of each other.

    Those that follow one another in a first-order process with the correlation that is seen are
    worth (1 - r) / (1 + r) as many.
    """
    squares = sum(it * it for it in errors)
    if not squares:
        return 1.0
    seen = sum(it * before for before, it in pairwise(errors)) / squares
    r = min(max(seen, 0.0), _MOST_LIKE)
    return math.sqrt((1 + r) / (1 - r))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _anonymous(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


def _or_nothing(pid: int) -> int:
    try:
        return _anonymous(pid)
    except OSError:
        return 0


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
        except OSError:
            continue
        if int(stat.rpartition(")")[2].split()[1]) == pid:
            found.append(int(entry.name))
    return found
