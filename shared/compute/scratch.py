"""Folders for what a child process writes down in passing, each removed with its child."""

import contextlib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

_PREFIX = "docstage-child-"
_ABANDONED_SECONDS = 300.0  # another container may share the folder, not the process numbers


@dataclass(frozen=True, slots=True)
class ScratchFolder:
    """A folder of one child."""

    path: str

    @classmethod
    def new(cls) -> "ScratchFolder":
        """An empty one, whose name tells whose it is."""
        return cls(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))

    def remove(self) -> None:
        """Remove it with all that is in it; it may be gone already."""
        shutil.rmtree(self.path, ignore_errors=True)


def sweep() -> None:
    """Remove folders whose process was killed, and so could not remove them."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        owner = path.name.removeprefix(_PREFIX).partition("-")[0]
        with contextlib.suppress(OSError):
            is_old = path.stat().st_mtime < time.time() - _ABANDONED_SECONDS
            if is_old and not Path("/proc", owner).exists():
                shutil.rmtree(path, ignore_errors=True)
