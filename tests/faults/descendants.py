"""What a process has started, and what that has started: nothing of it may outlive a run."""

import ctypes
import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_SET_CHILD_SUBREAPER = 36
"""``prctl``: who loses its parent becomes a child of ours (Linux, prctl(2))."""


def adopt_orphans() -> None:
    """Be the parent of every process below this one whose own parent ends."""
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants(parent: int) -> Iterable[int]:
    """The processes below one; a child process of the pool has a group of its own."""
    try:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    except OSError:
        return []
    found = [int(it) for it in children]
    return [*found, *(below for child in found for below in descendants(child))]


def end_descendants() -> None:
    """``kill -9`` of all below this process, and of what they were about to start."""
    for _ in range(10):
        living = [it for it in descendants(os.getpid()) if _lives(it)]
        if not living:
            return
        for pid in living:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
