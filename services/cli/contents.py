"""How a message or an archive is shown: what was in it, and what of that was left out."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from services.cli.printable import printable
from services.cli.styles import state_style, state_words
from services.cli.tables import bare_table
from services.cli.views import ChildView, ContainerView


def contents(container: ContainerView) -> RenderableType:
    """A table of the children, and a line for each thing that was left out."""
    parts: list[RenderableType] = []
    if container.children:
        parts.append(Padding(_children_table(container), (1, 0, 0, 0)))
    for it in container.left_out:
        words = f"left out: {it.name}: {it.code} {it.detail}"
        parts.append(Text(printable(words.strip()), "yellow"))
    more = container.left_out_count - len(container.left_out)
    if more > 0:
        parts.append(Text(f"and {more} more", "yellow"))
    return Group(*parts)


def short_contents(container: ContainerView) -> Text:
    """The children, a line each."""
    return Text("\n").join(
        Text.assemble((f"{printable(it.name)} ", "dim"), _state(it)) for it in container.children
    )


def child_lines(name: str, container: ContainerView) -> Iterator[str]:
    """A line for each child, as for a file: name, state, type, pages, seconds, id, the rest."""
    for child in container.children:
        cells = [
            printable(f"{name}/{child.name}"),
            child.state or "removed",
            printable(child.type.name) if child.type else "-",
            "-",
            "-",
            child.id,
        ]
        if child.error:
            cells.append(printable(f"{child.error.code}: {child.error.detail}"))
        yield "\t".join(cells)


def _children_table(container: ContainerView) -> Table:
    table = bare_table()
    table.add_column("Document", overflow="fold")
    table.add_column("State", no_wrap=True)
    table.add_column("Type", no_wrap=True)
    table.add_column("Id", style="dim", overflow="fold")
    for child in container.children:
        why = f"  {printable(child.error.code)}" if child.error else ""
        table.add_row(
            printable(child.name),
            Text.assemble(_state(child), (why, "red")),
            printable(child.type.name) if child.type else "",
            child.id,
        )
    return table


def _state(child: ChildView) -> Text:
    if child.state is None:
        return Text("removed", "dim")
    return Text(state_words(child.state), style=state_style(child.state))
