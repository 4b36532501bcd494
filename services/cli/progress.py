"""How the files get on, as bars on a terminal. The terminal is standard error's.

Each file under way has a bar: its bytes while they are sent, then its pages while they
are read. Below them is one for all. Where all files fit on the screen the finished ones
stay to be seen, else they make room.
"""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from services.cli.printable import path_name, printable
from services.cli.report import as_line
from services.cli.styles import state_style, state_words
from services.cli.submission import Listener, Outcome
from services.cli.views import DocumentView

_SPARE_LINES = 6


class NoProgress:
    """For output that nobody watches."""

    def started(self, index: int, path: Path) -> None:
        """Say nothing."""

    def sent(self, index: int, count: int, total: int) -> None:
        """Say nothing."""

    def moved(self, index: int, document: DocumentView) -> None:
        """Say nothing."""

    def finished(self, index: int, outcome: Outcome) -> None:
        """Say nothing."""


class Lines:
    """Gives each file that is finished to ``say``, as one line, and tells ``watcher`` all."""

    def __init__(self, watcher: Listener, say: Callable[[str], None]) -> None:
        self._watcher = watcher
        self._say = say

    def started(self, index: int, path: Path) -> None:
        """Pass it on."""
        self._watcher.started(index, path)

    def sent(self, index: int, count: int, total: int) -> None:
        """Pass it on."""
        self._watcher.sent(index, count, total)

    def moved(self, index: int, document: DocumentView) -> None:
        """Pass it on."""
        self._watcher.moved(index, document)

    def finished(self, index: int, outcome: Outcome) -> None:
        """Say it at once: whoever reads a pipe wants to go on."""
        self._watcher.finished(index, outcome)
        self._say(as_line(outcome))


class Bars:
    """Progress bars, while the context lasts; they vanish with it."""

    def __init__(self, console: Console, total: int) -> None:
        self._progress = Progress(
            SpinnerColumn(finished_text=" "),
            TextColumn("{task.description}", table_column=Column(ratio=3, no_wrap=True)),
            BarColumn(bar_width=None, table_column=Column(ratio=2, max_width=40)),
            TextColumn("{task.fields[words]}", table_column=Column(ratio=2, no_wrap=True)),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            expand=True,
        )
        self._keeps = total + _SPARE_LINES <= console.height
        self._total = total
        self._failed = 0
        self._tasks: dict[int, TaskID] = {}
        self._all: TaskID | None = None

    def __enter__(self) -> Self:
        if self._total > 1:
            self._all = self._progress.add_task("[bold]all files", total=self._total, words="")
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def started(self, index: int, path: Path) -> None:
        """Show a bar for the file."""
        name = printable(path_name(Path(path.name))).replace("[", r"\[")
        self._tasks[index] = self._progress.add_task(name, total=None, words="[dim]starting")

    def sent(self, index: int, count: int, total: int) -> None:
        """Move the bar along the bytes."""
        words = f"sending {decimal(count)}" if count < total else "waiting"
        self._progress.update(self._tasks[index], completed=count, total=max(total, 1), words=words)

    def moved(self, index: int, document: DocumentView) -> None:
        """Move the bar along the pages."""
        words, total = state_words(document.state), None
        if document.pages and document.state == "reading":
            total = document.pages
            words += f" {document.pages_done}/{document.pages}"
        self._progress.update(
            self._tasks[index], completed=document.pages_done, total=total, words=words
        )

    def finished(self, index: int, outcome: Outcome) -> None:
        """Let the bar rest, or go."""
        task = self._tasks[index]
        if self._keeps:
            style, words = state_style(outcome.state), state_words(outcome.state)
            self._progress.update(task, completed=1, total=1, words=f"[{style}]{words}")
            self._progress.stop_task(task)
        else:
            self._progress.remove_task(task)
        if self._all is not None:
            self._failed += outcome.problem is not None
            failed = f", [red]{self._failed} not" if self._failed else ""
            done = int(self._progress.tasks[0].completed) + 1
            self._progress.update(self._all, completed=done, words=f"{done}/{self._total}{failed}")
