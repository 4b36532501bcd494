"""libfaketime, of Debian's packages: a process that has another wall clock than its machine."""

from collections.abc import Mapping

from tests.servers.debian import unpacked_faketime
from tests.servers.process import Unavailable


def at_another_time(seconds: int) -> Mapping[str, str]:
    """The environment of a process whose clock is so far ahead; ``Unavailable`` if not to be had.

    Its monotonic clock, by which one waits, is the machine's.
    """
    found = sorted(unpacked_faketime().glob("usr/lib/*/faketime/libfaketime.so.1"))
    if not found:
        raise Unavailable("the unpacked libfaketime has no library")
    return {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME": f"{seconds:+d}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
