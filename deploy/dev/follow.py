"""Show several log files as they grow, each line with the name of its file."""

import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

_PAUSE_SECONDS = 0.1


class LogFollower:
    """Prints new lines of ``logs`` (name to file) while the context lasts."""

    def __init__(self, logs: Mapping[str, Path]) -> None:
        self._logs = dict(logs)
        self._width = max(map(len, logs))
        self._files: dict[str, BinaryIO] = {}
        self._begun: dict[str, bytes] = dict.fromkeys(logs, b"")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="logs", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        for file in self._files.values():
            file.close()

    def follow(self, name: str, log: Path) -> None:
        """One more, from its beginning; nothing is done about one that is followed already."""
        if name not in self._logs:
            self._begun[name] = b""
            self._logs = {**self._logs, name: log}

    def _follow(self) -> None:
        while not self._ended.wait(_PAUSE_SECONDS):
            self._show_new_lines()
        self._show_new_lines()

    def _show_new_lines(self) -> None:
        for name, path in self._logs.items():
            if name not in self._files:
                if not path.exists():
                    continue
                self._files[name] = path.open("rb")
            *lines, self._begun[name] = (self._begun[name] + self._files[name].read()).split(b"\n")
            for line in lines:
                text = line.decode(errors="replace")
                sys.stdout.write(f"{name:<{self._width}} | {text}\n")
        sys.stdout.flush()
