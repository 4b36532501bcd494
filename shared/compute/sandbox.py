"""No network for a process and whatever it starts, and no way into other processes.

A filter on system calls (seccomp, Linux), which needs no rights: sockets other than local ones are
refused, and so are the calls by which one process reads or traces another, makes namespaces, or
goes around the filter. It is kept across ``fork`` and ``exec`` and cannot be taken off. Files and
local sockets are a matter of the user that the process runs as.

Numbers are those of the kernel's own tables (``syscall_64.tbl``, ``asm-generic/unistd.h``), the
program's form that of ``linux/filter.h`` and seccomp(2).
"""

import ctypes
import errno
import platform
import struct
import sys
from dataclasses import dataclass

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_CALL, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in what a filter sees of a call
_LOCAL = 1  # AF_UNIX
_OTHER_NUMBERS = 0x40000000  # x86-64's second set of calls (x32)
_NO_NEW_PRIVILEGES = 38
_FILTER_MODE, _KEEP_SPECULATION = 1, 4  # without the latter some kernels slow the process down


@dataclass(frozen=True, slots=True)
class _Machine:
    """An architecture: its number for filters and those of its calls."""

    audit: int
    seccomp: int
    socket: int
    refused: tuple[int, ...]
    missing: tuple[int, ...] = (425, 426, 427)
    """io_uring: it makes sockets that a filter never sees. Who finds it missing does without."""


# ptrace, process_vm_readv, process_vm_writev, unshare, setns, mount, bpf, perf_event_open,
# userfaultfd, keyctl, add_key, request_key, and pidfd_getfd, which all have in common.
_MACHINES = {
    "x86_64": _Machine(
        0xC000003E, 317, 41, (101, 310, 311, 272, 308, 165, 321, 298, 323, 250, 248, 249, 438)
    ),
    "aarch64": _Machine(
        0xC00000B7, 277, 198, (117, 270, 271, 97, 268, 40, 280, 241, 282, 219, 217, 218, 438)
    ),
}


def confine() -> bool:
    """Take the network from the calling process, for good; whether the platform could."""
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None or sys.maxsize < 2**32:
        return False
    program = _program(machine)
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of instructions, and where they are.
    pointer = ctypes.create_string_buffer(
        struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    )
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    given = ctypes.c_long(machine.seccomp), ctypes.c_ulong(_FILTER_MODE)
    return any(
        libc.syscall(*given, ctypes.c_ulong(flags), pointer) == 0
        for flags in (_KEEP_SPECULATION, 0)  # kernels before 4.17 know no such flag
    )


def _program(machine: _Machine) -> bytes:
    """The filter: what is not refused is allowed."""
    refused = _REFUSE | errno.EPERM
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, machine.audit),
        (_RETURN, 0, 0, refused),
        (_LOAD, 0, 0, _CALL),
        (_AT_LEAST, 0, 1, _OTHER_NUMBERS),
        (_RETURN, 0, 0, refused),
    ]
    for call, answer in _answers(machine):
        lines += [(_EQUAL, 0, 1, call), (_RETURN, 0, 0, _REFUSE | answer)]
    lines += [
        (_EQUAL, 0, 3, machine.socket),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_EQUAL, 1, 0, _LOCAL),
        (_RETURN, 0, 0, _REFUSE | errno.EACCES),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def _answers(machine: _Machine) -> list[tuple[int, int]]:
    refused = [(call, errno.EPERM) for call in machine.refused]
    return refused + [(call, errno.ENOSYS) for call in machine.missing]
