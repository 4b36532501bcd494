"""What a child process may use."""

import resource
from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one child process.

    ``memory`` is its address space in bytes (more than what it touches), ``file`` the
    largest file it may write in bytes, ``open_files`` its descriptors, ``processes`` those of its
    user (of whom a child is one; root's are not counted), ``cpu`` the seconds that one task may
    compute. Where it has done ``tasks`` tasks or holds ``resident`` bytes, a fresh child takes its
    place.
    """

    memory: int = 4096 * MEBIBYTE
    file: int = 512 * MEBIBYTE
    open_files: int = 256
    processes: int = 16_384
    cpu: int = 900
    tasks: int = 5000
    resident: int = 1024 * MEBIBYTE


def apply_limits(limits: Limits) -> None:
    """Bind the calling process to ``limits``, for good."""
    wanted = {
        resource.RLIMIT_AS: limits.memory,
        resource.RLIMIT_FSIZE: limits.file,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_NPROC: limits.processes,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in wanted.items():
        _, hard = resource.getrlimit(kind)
        bounded = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (bounded, bounded))


def allow_cpu(seconds: int) -> None:
    """Let the calling process, and each that it starts, compute for ``seconds`` from now on.

    Whoever goes on is ended by SIGXCPU. A wall clock ends most tasks long before; this is for
    what has escaped it.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = int(used.ru_utime + used.ru_stime) + seconds
    bounded = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (bounded, hard))


def resident_bytes() -> int:
    """The memory the calling process holds now, in bytes; its peak where /proc is missing."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 (hot path)
            return int(statm.read().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
