"""``docstage timeline``: where a document is, and how it got there."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from services.cli.client import API, ApiClient
from services.cli.commands.running import AsJson, call, print_json
from services.cli.connection import DEFAULT_URL, Key, Url, find_server
from services.cli.tables import print_rows

Identity = Annotated[str, typer.Argument(metavar="DOCUMENT", help="Its id.", show_default=False)]


def timeline(
    identity: Identity, as_json: AsJson = False, url: Url = DEFAULT_URL, key: Key = None
) -> None:
    """Show each step and try of a document: when, how long, by whom, what went wrong."""

    async def work(client: ApiClient) -> dict[str, Any]:
        return (await client.get(f"{API}/documents/{quote(identity, safe='')}/timeline")).body

    found = call(find_server(url, key), work)
    if as_json:
        print_json(found)
        return
    headers = ("At (UTC)", "Step", "About", "Try", "Waited", "Took", "Outcome", "Worker")
    print_rows(headers, [_row(it) for it in found["rows"]])


def _row(row: dict[str, Any]) -> tuple[str, ...]:
    problem, status = row["problem"], row["status"]
    outcome = row["outcome"]
    if problem:
        outcome = f"{outcome}: {problem['code']}"
    if status:
        outcome = f"{outcome} ({status})"
    return (
        row["at"][:23].replace("T", " "),
        row["step"],
        row["about"],
        str(row["attempt"] or "-"),
        _seconds(row["waited"]),
        _seconds(row["took"]),
        outcome,
        row["worker"] or "-",
    )


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"
