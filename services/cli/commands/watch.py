"""``docstage watch``: documents as they move through their states."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console

from services.cli.board import Board
from services.cli.client import ApiClient
from services.cli.commands.filters import (
    Reference,
    States,
    WorkspaceName,
    check_states,
    list_filters,
)
from services.cli.commands.running import AsJson
from services.cli.connection import DEFAULT_URL, Key, Url, find_server
from services.cli.failures import CliError
from services.cli.following import TICK_SECONDS, Following, Watcher
from services.cli.printable import printable
from services.cli.views import DocumentView

EXIT_FAILED, EXIT_INTERRUPTED = 1, 130

Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="Only these documents.", show_default=False),
]
UntilDone = Annotated[
    bool,
    typer.Option("--until-done", help="End when no document is on its way; so it is with IDs."),
]
Timeout = Annotated[
    float | None,
    typer.Option("--timeout", min=0, metavar="SECONDS", help="Give up after that time."),
]


def watch(
    identities: Ids = None,
    state: States = None,
    workspace: WorkspaceName = None,
    reference: Reference = None,
    until_done: UntilDone = False,
    timeout: Timeout = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Show documents as they are received, read, extracted and ready.

    On a terminal it is a table that lives; elsewhere, and with --json, a line for each
    change: id, state, pages, type, name and error, or the document as JSON. Without IDs it
    goes on until Ctrl-C.

    Ends with 0 when all documents went well, 1 when one failed, was rejected, cancelled or
    removed, or the time is up, 2 when the call is wrong or the server does not answer,
    130 after Ctrl-C.
    """
    states = frozenset(state or ())
    if identities and (workspace or reference):
        raise CliError("Name documents or filters, not both.")
    console = Console(highlight=False)
    live = console.is_terminal and not console.is_dumb_terminal and not as_json

    async def follow() -> int:
        with contextlib.ExitStack() as stack:
            watcher: Watcher = Lines(states, as_json=as_json)
            draw = _nothing
            async with ApiClient(find_server(url, key)) as client:
                await check_states(client, states)
                filters = await list_filters(client, workspace, reference=reference)
                if live:
                    board = stack.enter_context(Board(console, states))
                    watcher, draw = board, board.draw
                following = Following(client, watcher)
                if identities:
                    await following.take(identities)
                else:
                    await following.take_all(filters)
                endless = not identities and not until_done
                done = await _until_done(following, timeout, draw, endless=endless)
        return 0 if done and not following.failed else EXIT_FAILED

    try:
        raise typer.Exit(asyncio.run(follow()))
    except KeyboardInterrupt:
        raise typer.Exit(EXIT_INTERRUPTED) from None


class Lines:
    """A line for each change."""

    def __init__(self, states: frozenset[str], *, as_json: bool) -> None:
        self._states = states
        self._json = as_json

    def changed(self, document: DocumentView) -> None:
        """Print it."""
        if not self._states or document.state in self._states:
            typer.echo(_as_json(document) if self._json else _as_line(document))

    def gone(self, document: DocumentView) -> None:
        """Print it, as a state of its own."""
        raw = {**document.raw, "state": "removed"}
        self.changed(document.model_copy(update={"state": "removed", "raw": raw}))


async def _until_done(
    following: Following, seconds: float | None, draw: Callable[[], None], *, endless: bool
) -> bool:
    """Whether all came to their end in time."""
    until = None if seconds is None else time.monotonic() + seconds
    draw()
    while following.open or endless:
        if until is not None and time.monotonic() >= until:
            return False
        await asyncio.sleep(TICK_SECONDS)
        await following.step()
        draw()
    return True


def _as_json(document: DocumentView) -> str:
    return json.dumps(document.raw, ensure_ascii=False, separators=(",", ":"))


def _as_line(document: DocumentView) -> str:
    pages = "-" if document.pages is None else f"{document.pages_done}/{document.pages}"
    cells = [
        document.id,
        document.state,
        pages,
        printable(document.type.name) if document.type else "-",
        printable(document.name),
    ]
    if document.error:
        cells.append(printable(f"{document.error.code}: {document.error.detail}"))
    return "\t".join(cells)


def _nothing() -> None:
    """There is nothing to draw."""
