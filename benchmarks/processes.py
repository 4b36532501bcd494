"""What processes cost: CPU seconds and memory, their children's included."""

from collections.abc import Iterable
from pathlib import Path

import psutil

_KIB = 1024
_MIB = 1024 * 1024


def cpu_seconds(pids: Iterable[int]) -> float:
    """The CPU time so far of processes and all that descend from them, ended ones included.

    Of an ended child only what its parent has waited for is known (``times(2)``).
    """
    total = 0.0
    for process in _families(pids):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def resident_mib(pids: Iterable[int]) -> float:
    """The memory that processes and all that descend from them hold now, in MiB."""
    total = 0
    for process in _families(pids):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / _MIB


def forget_peak(pid: int) -> None:
    """Let the peak of a process's memory count from now on (Linux, proc(5), ``clear_refs``)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_mib(pid: int) -> float:
    """The most memory a process held since ``forget_peak``, in MiB (Linux, ``VmHWM``)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * _KIB / _MIB
    raise RuntimeError("this system does not tell the peak of a process's memory")


def _families(pids: Iterable[int]) -> list[psutil.Process]:
    found: dict[int, psutil.Process] = {}
    for pid in pids:
        try:
            process = psutil.Process(pid)
            members = [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
        found.update((member.pid, member) for member in members)
    return list(found.values())
