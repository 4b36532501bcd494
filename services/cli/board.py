"""A live picture of the documents that are followed, for a terminal."""

from collections import Counter, deque
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from services.cli.printable import printable
from services.cli.styles import state_style, state_words
from services.cli.tables import bare_table
from services.cli.views import OPEN_STATES, DocumentView

_OTHER_LINES = 5
"""Of the head, the table's own, and what is left free."""
_ORDER = {"extracting": 0, "reading": 1, "received": 2}


class Board:
    """Those on their way first, then those that came to their end last."""

    def __init__(self, console: Console, states: frozenset[str]) -> None:
        self._console = console
        self._states = states
        self._open: dict[str, DocumentView] = {}
        self._ended: deque[DocumentView] = deque(maxlen=max(1, console.height))
        self._counts: Counter[str] = Counter()
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")

    def __enter__(self) -> Self:
        self._live.start()
        self.draw()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.draw()
        self._live.stop()

    def changed(self, document: DocumentView) -> None:
        """Note it."""
        if document.is_final:
            self._open.pop(document.id, None)
            self._end(document, document.state)
        else:
            self._open[document.id] = document

    def gone(self, document: DocumentView) -> None:
        """Note it."""
        self._open.pop(document.id, None)
        self._end(document.model_copy(update={"state": "removed"}), "removed")

    def draw(self) -> None:
        """Show what is known."""
        self._live.update(self._picture(), refresh=True)

    def _end(self, document: DocumentView, state: str) -> None:
        self._counts[state] += 1
        if not self._states or state in self._states:
            self._ended.appendleft(document)

    def _picture(self) -> RenderableType:
        room = max(1, self._console.height - _OTHER_LINES)
        moving = sorted(self._open.values(), key=lambda it: _ORDER.get(it.state, len(_ORDER)))
        shown = [it for it in moving if not self._states or it.state in self._states]
        rows = [*shown, *self._ended][:room]
        table = bare_table()
        table.expand = True
        table.add_column("Document", no_wrap=True, ratio=3)
        table.add_column("State", no_wrap=True, ratio=3)
        table.add_column("Type", no_wrap=True, width=12)
        table.add_column("Id", no_wrap=True, style="dim", min_width=36)
        for document in rows:
            table.add_row(
                Text(printable(document.name)), _state(document), _type(document), Text(document.id)
            )
        return Group(self._head(), table)

    def _head(self) -> Text:
        counts = Counter(it.state for it in self._open.values())
        parts = [
            Text(f"{counts[it]} {state_words(it)}", state_style(it))
            for it in ("received", "reading", "extracting")
        ]
        parts += [
            Text(f"{count} {state_words(state)}", state_style(state))
            for state, count in self._counts.most_common()
            if state not in OPEN_STATES
        ]
        return Text(" · ").join(parts)


def _state(document: DocumentView) -> Text:
    words = state_words(document.state)
    if document.state == "reading" and document.pages:
        words += f" {document.pages_done}/{document.pages}"
    text = Text(words, style=state_style(document.state))
    if document.error:
        text.append(f" {printable(document.error.code)}", "red")
    return text


def _type(document: DocumentView) -> Text:
    return Text(printable(document.type.name) if document.type else "")
