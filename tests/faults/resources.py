"""V8: what processes use, read from /proc, and whether it is bounded."""

import os
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from tests.faults.descendants import descendants
from tests.faults.evidence import Sample, Violation

RSS_ROOM = 256 * 1024 * 1024
"""Bytes that a process may grow in one fault: caches, and children that were begun meanwhile."""
FDS_ROOM = 64
"""Files that it may have open beyond what it had: connections made anew, a few at a time."""

_PAGE = os.sysconf("SC_PAGE_SIZE")


def sample(process: str, pid: int, at: float) -> Sample:
    """What a process and all its descendants use now; nothing, where it is gone."""
    family = [pid, *descendants(pid)]
    return Sample(process, at, sum(map(_rss, family)), sum(map(_fds, family)))


def unbounded(
    samples: Sequence[Sample], rss_room: int = RSS_ROOM, fds_room: int = FDS_ROOM
) -> Iterator[Violation]:
    """Processes that use far more at the end than at the beginning."""
    ordered = sorted((it for it in samples if it.rss), key=lambda it: (it.process, it.at))
    for process, of_one in groupby(ordered, key=lambda it: it.process):
        found = list(of_one)
        first, last = found[0], found[-1]
        if last.rss - first.rss > rss_room:
            grown = (last.rss - first.rss) // 1024**2
            yield Violation("V8", process, f"grew by {grown} MiB")
        if last.fds - first.fds > fds_room:
            yield Violation("V8", process, f"{last.fds - first.fds} more files are open")


def slope(samples: Sequence[Sample]) -> float:
    """Bytes of memory a second, by least squares; 0 for fewer than two moments."""
    count = len(samples)
    if count == 0:
        return 0.0
    mean_at = sum(it.at for it in samples) / count
    mean_rss = sum(it.rss for it in samples) / count
    spread = sum((it.at - mean_at) ** 2 for it in samples)
    if spread == 0:
        return 0.0
    return sum((it.at - mean_at) * (it.rss - mean_rss) for it in samples) / spread


def _rss(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _fds(pid: int) -> int:
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except OSError:
        return 0
