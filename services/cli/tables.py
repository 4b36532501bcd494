"""Lists: a table on a terminal, lines with tabs elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.cli.printable import printable


def bare_table() -> Table:
    """A table with a line under its head and no other lines."""
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")


def print_rows(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows; the last column is an id, and never cut."""
    console = Console(highlight=False)
    if not console.is_terminal:
        for row in rows:
            typer.echo("\t".join(printable(it) for it in row))
        return
    table = bare_table()
    for header in headers[:-1]:
        table.add_column(header, overflow="fold")
    table.add_column(headers[-1], no_wrap=True, style="dim")
    for row in rows:
        table.add_row(*(Text(printable(it)) for it in row))
    console.print(table if table.row_count else "There are none.")


def day(moment: str | None) -> str:
    """The day of an ISO 8601 time; a dash for none."""
    return moment[:10] if moment else "-"


def print_checks(url: str, body: Mapping[str, Any]) -> None:
    """Print what ``/readyz`` says, a line for each check."""
    console = Console(highlight=False, soft_wrap=True)
    status = printable(str(body.get("status", "unknown")))
    style = {"ready": "green", "degraded": "yellow"}.get(status, "red")
    console.print(Text.assemble(f"{url} is ", (status, style)))
    for name, check in body.get("checks", {}).items():
        well = check.get("ok")
        word = "ok" if well else printable(str(check.get("code") or "not ok"))
        line = Text.assemble(f"  {printable(name):10} ", (word, "green" if well else "red"))
        if check.get("milliseconds") is not None:
            line.append(f"  {check['milliseconds']} ms", "dim")
        console.print(line)
