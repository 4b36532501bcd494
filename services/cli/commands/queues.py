"""``docstage queues``: what waits in each stage, and how fast it moves."""

import asyncio
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from services.cli.client import API, ApiClient
from services.cli.commands.running import AsJson, call, print_json
from services.cli.connection import DEFAULT_URL, Key, Server, Url, find_server
from services.cli.failures import CliError
from services.cli.tables import bare_table, print_rows

_WHERE = ("Stage", "Lane")
_HOW = ("Waiting", "Running", "Later", "Oldest", "A minute", "Done in", "Broker")
_HEADERS = (*_WHERE, *_HOW)
_MINUTE = 60
_EXIT_INTERRUPTED = 130

Watch = Annotated[bool, typer.Option("--watch", help="Go on looking, until Ctrl-C.")]
Seconds = Annotated[
    float, typer.Option("--every", min=0.5, metavar="SECONDS", help="How often to look.")
]


def queues(
    watch: Watch = False,
    every: Seconds = 2.0,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Show what waits in each stage: how much, for how long, how fast it moves.

    An operator's key sees all organizations, and what waits at the broker; others their own.
    'Later' are those to be tried again at a later time.
    """
    server = find_server(url, key)
    if watch:
        if as_json:
            raise CliError("--watch is for people; call --json as often as you like.")
        _watch(server, every)
        return
    found = call(server, _look)
    if as_json:
        print_json(found)
        return
    print_rows(_HEADERS, _rows(found))


async def _look(client: ApiClient) -> dict[str, Any]:
    return (await client.get(f"{API}/queues")).body


def _watch(server: Server, seconds: float) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        raise CliError("--watch needs a terminal.")

    async def follow() -> None:
        async with ApiClient(server) as client:
            with Live(console=console, auto_refresh=False) as live:
                while True:
                    live.update(_table(await _look(client)), refresh=True)
                    await asyncio.sleep(seconds)

    try:
        asyncio.run(follow())
    except KeyboardInterrupt:
        raise typer.Exit(_EXIT_INTERRUPTED) from None


def _table(found: dict[str, Any]) -> Table:
    table = bare_table()
    table.padding = (0, 1, 0, 0)  # all of it fits into 80 columns
    for header in _WHERE:
        table.add_column(header, no_wrap=True)
    for header in _HOW:
        table.add_column(header, justify="right", no_wrap=True)
    for line, row in zip(found["queues"], _rows(found), strict=True):
        table.add_row(*(Text(it, style="" if line["depth"] else "dim") for it in row))
    return table


def _rows(found: dict[str, Any]) -> list[tuple[str, ...]]:
    return [_row(it) for it in found["queues"]]


def _row(line: dict[str, Any]) -> tuple[str, ...]:
    more = "+" if line["capped"] else ""
    messages, pace = line["messages"], line["per_minute"]
    return (
        line["stage"],
        line["lane"],
        f"{line['waiting']}{more}",
        str(line["running"]),
        str(line["postponed"]),
        _span(line["oldest"]),
        "-" if pace is None else f"{pace:.1f}",
        "unknown" if line["waiting"] and line["eta"] is None else _span(line["eta"]),
        "-" if messages is None else str(messages),
    )


def _span(seconds: float | None) -> str:
    """Seconds as a person says them."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds), _MINUTE)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours} h {minutes:02} m" if hours else f"{minutes} m {rest:02} s"
