"""Memory that the C library holds free, given back to the system.

glibc keeps what was freed between blocks that live: after a start that is a quarter of a process,
and later whatever a large document took once. Other processes can use what is given back.
"""

import asyncio
import ctypes
from functools import cache

EVERY_SECONDS = 60.0


def give_back() -> bool:
    """Give back free pages; whether there were any (``False`` on musl, which cannot be asked)."""
    trim = getattr(_c_library(), "malloc_trim", None)
    return trim is not None and bool(trim(0))


async def keep_giving_back() -> None:
    """Give back now and once a minute, beside the event loop."""
    while True:
        await asyncio.to_thread(give_back)
        await asyncio.sleep(EVERY_SECONDS)


@cache  # each has a class of its own
def _c_library() -> ctypes.CDLL:
    return ctypes.CDLL(None)
