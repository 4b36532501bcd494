"""What the system lets this machine's processes have: open files, memory, room for children."""

import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from services.cli.diagnosis.finding import Finding, Status, local
from shared.config import Settings

_MANY_FILES = 4_096
_FEWEST_FILES = 512
"""A gateway with fifty uploads, their spools and connections, and the broker's and store's."""

CHILD_BYTES = 400 * 1024**2
"""What a child process that reads pages holds (`python -m benchmarks.ocr_process`)."""

PARENT_BYTES = 300 * 1024**2
_GIGABYTE = 1024**3
_CGROUP = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def limits(settings: Settings) -> Iterator[Finding]:
    """All findings."""
    yield _files()
    yield _memory(settings)
    yield _scratch(settings)


def _files() -> Finding:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)  # processes raise their own to it
    if most == resource.RLIM_INFINITY or most >= _MANY_FILES:
        return local("limits", Status.OK, f"{most if most >= 0 else 'any number of'} open files")
    what = f"only {most} open files"
    advice = f"Raise it to {_MANY_FILES} or more: ulimit -Hn, LimitNOFILE= of systemd."
    status = Status.WARNING if most >= _FEWEST_FILES else Status.FAILURE
    return local("limits", status, what, advice)


def _memory(settings: Settings) -> Finding:
    cores = len(os.sched_getaffinity(0))
    workers = settings.workers or cores
    needed, there = PARENT_BYTES + workers * CHILD_BYTES, memory_bytes()
    what = (
        f"{cores} cores, {workers} child processes need some {needed / _GIGABYTE:.1f} GiB "
        f"of {there / _GIGABYTE:.1f} GiB memory"
    )
    if needed <= there:
        return local("memory", Status.OK, what)
    fitting = max(1, (there - PARENT_BYTES) // CHILD_BYTES)
    return local("memory", Status.WARNING, what, f"Set DOCSTAGE_WORKERS={fitting}, or give more.")


def _scratch(settings: Settings) -> Finding:
    """The folder in which children write down large files in passing."""
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    what = f"{free / _GIGABYTE:.1f} GiB free for children in {folder}"
    if free >= 2 * settings.max_file_bytes:
        return local("scratch", Status.OK, what)
    return local("scratch", Status.WARNING, what, "Make room, or set TMPDIR to where there is.")


def memory_bytes() -> int:
    """What this machine has, or its container may hold if that is less."""
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in _CGROUP:
        try:
            there = min(there, int(path.read_text()))
        except (OSError, ValueError):  # no such limit
            continue
    return there
