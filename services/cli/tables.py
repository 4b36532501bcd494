"""Lists: a table on a terminal, lines with tabs elsewhere."""

from collections.abc import Iterable, Sequence

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
