"""Where an error was raised: its own message may quote the document, its place does not."""

import traceback
from pathlib import Path


def place_of(error: BaseException) -> str:
    """Which error, raised where in the code, like ``ValueError at layout.py:12``."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
