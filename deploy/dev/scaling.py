"""How another terminal tells a running stack to scale: by a file in its folder."""

import time
from pathlib import Path

_FILE = "scale"
_SECONDS = 300.0
_PAUSE_SECONDS = 0.2


class Wishes:
    """The stack's end; ``folder`` is its own."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE

    def next(self) -> tuple[str, int] | None:
        """What somebody wants, if anybody wants something."""
        try:
            kind, count = self._path.read_text().split()
            return kind, int(count)
        except (OSError, ValueError):
            return None

    def done(self) -> None:
        """Tell who waits for it that it is done."""
        self._path.unlink(missing_ok=True)


def ask(base: Path, kind: str, count: int) -> str | None:
    """Have the one stack that runs below ``base`` scale, and wait; what is wrong, or ``None``."""
    # A folder is named by the process whose it is; one that was killed may have left its own.
    found = [it.parent for it in base.glob("*/rabbitmq")]
    folders = [it for it in found if Path("/proc", it.name.partition("-")[0]).exists()]
    if len(folders) != 1:
        return f"scale: {len(folders)} stacks run below {base}; start one by 'make services'."
    wish = folders[0] / _FILE
    whole = wish.with_suffix(".new")
    whole.write_text(f"{kind} {count}")
    whole.rename(wish)
    deadline = time.monotonic() + _SECONDS
    while wish.exists():
        if time.monotonic() > deadline:
            return "scale: the stack does not answer."
        time.sleep(_PAUSE_SECONDS)
    print(f"{kind}: {count}")
    return None
