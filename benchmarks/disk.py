"""How fast the disk is that is measured on: every durable write waits for it."""

import os
import statistics
import time
from pathlib import Path

_TIMES = 100
_BLOCK = b"\0" * 4096


def fsync_milliseconds(folder: Path) -> float:
    """The median time to append 4 KiB and have them on disk."""
    times = []
    path = folder / "fsync"
    with path.open("wb") as file:
        for _ in range(_TIMES):
            begun = time.perf_counter()
            file.write(_BLOCK)
            file.flush()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - begun)
    path.unlink()
    return round(1e3 * statistics.median(times), 2)
