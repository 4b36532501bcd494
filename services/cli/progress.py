"""How the files get on, as bars on a terminal. The terminal is standard error's.

Each file under way has a bar: its bytes while they are sent, then its pages while they
are read. Above them is one for all. Where all files fit on the screen the finished ones
stay to be seen, else they make room.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape
from rich.progress import (
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress_bar import ProgressBar
from rich.table import Column

from services.cli.items import Item, short_name
from services.cli.printable import printable
from services.cli.report import as_line
from services.cli.styles import state_style, state_words
from services.cli.submission import Listener, Outcome
from services.cli.views import DocumentView

_SPARE_LINES = 6


class NoProgress:
    """For output that nobody watches."""

    def started(self, index: int, path: Item) -> None:
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

    def started(self, index: int, path: Item) -> None:
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


class _Bar(ProgressColumn):
    """The bar of a file's present step; it swings where the step's end is not known.

    A task's own total will not do: rich takes a task that reached it as finished, and a
    file has several steps.
    """

    def render(self, task: Task) -> ProgressBar:
        """The bar."""
        total = task.fields["of"]
        return ProgressBar(
            total=total,
            completed=task.fields["done"],
            pulse=total is None,
            animation_time=task.get_time(),
        )


class Bars:
    """Progress bars, while the context lasts; they vanish with it."""

    def __init__(self, console: Console, total: int) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", table_column=Column(ratio=3, no_wrap=True)),
            _Bar(table_column=Column(ratio=2, max_width=40)),
            TextColumn("{task.fields[words]}", table_column=Column(ratio=2, no_wrap=True)),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            expand=True,
        )
        self._keeps = total + _SPARE_LINES <= console.height
        self._total = total
        self._finished = self._failed = 0
        self._tasks: dict[int, TaskID] = {}
        self._all: TaskID | None = None

    def __enter__(self) -> Self:
        if self._total > 1:
            self._all = self._add("[bold]all files", self._total)
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def started(self, index: int, path: Item) -> None:
        """Show a bar for the file."""
        self._tasks[index] = self._add(escape(printable(short_name(path))))

    def sent(self, index: int, count: int, total: int) -> None:
        """Move the bar along the bytes."""
        if count < total:
            self._step(index, f"sending {decimal(count)}", count, total)
        else:
            self._step(index, "waiting")

    def moved(self, index: int, document: DocumentView) -> None:
        """Move the bar along the pages."""
        words = state_words(document.state)
        if document.pages and document.state == "reading":
            words += f" {document.pages_done}/{document.pages}"
            self._step(index, words, document.pages_done, document.pages)
        else:
            self._step(index, words)

    def finished(self, index: int, outcome: Outcome) -> None:
        """Let the bar rest, or go."""
        if self._keeps:
            words = f"[{state_style(outcome.state)}]{state_words(outcome.state)}"
            self._step(index, words, 1, 1)
            self._progress.update(self._tasks[index], total=1, completed=1)
        else:
            self._progress.remove_task(self._tasks[index])
        self._finished += 1
        self._failed += outcome.problem is not None
        if self._all is not None:
            words = f"{self._finished}/{self._total}"
            if self._failed:
                words += f", [red]{self._failed} failed"
            self._progress.update(self._all, words=words, done=self._finished)

    def _add(self, name: str, of: int | None = None) -> TaskID:
        return self._progress.add_task(name, total=None, words="", done=0, of=of)

    def _step(self, index: int, words: str, done: int = 0, of: int | None = None) -> None:
        self._progress.update(self._tasks[index], words=words, done=done, of=of)
