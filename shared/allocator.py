"""The C library's memory: one heap for all threads, and what is free given back to the system.

glibc keeps what was freed between blocks that live: after a start that is a quarter of a process,
and later whatever a large document took once. Other processes can use what is given back.
"""

import ctypes
from functools import cache

_M_ARENA_MAX = -8  # of malloc.h


def share_one_heap() -> bool:
    """Have threads that begin from now on share one heap; ``False`` on musl, where they do anyway.

    glibc gives each a heap of its own, up to eight for a core. ``malloc_trim`` does not give back
    the end of any but the main one, so that each grows to the most its thread ever used at once.
    What threads wait for each other is little where they share the interpreter's lock.
    """
    choose = getattr(_c_library(), "mallopt", None)
    return choose is not None and bool(choose(_M_ARENA_MAX, 1))


def give_back() -> bool:
    """Give back free pages; whether there were any (``False`` on musl, which cannot be asked)."""
    trim = getattr(_c_library(), "malloc_trim", None)
    return trim is not None and bool(trim(0))


@cache  # each has a class of its own
def _c_library() -> ctypes.CDLL:
    return ctypes.CDLL(None)
