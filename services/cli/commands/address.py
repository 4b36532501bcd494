"""``docstage address``: where to send mail for a workspace."""

from datetime import UTC, datetime
from math import ceil
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console

from services.cli.client import API, ApiClient
from services.cli.commands.naming import find_id
from services.cli.commands.running import AsJson, call, print_json
from services.cli.commands.times import future
from services.cli.connection import DEFAULT_URL, Key, Url, find_server
from services.cli.printable import printable

app = typer.Typer(no_args_is_help=True, help="Where to send mail for a workspace.")

Workspace = Annotated[
    str, typer.Option("--workspace", metavar="NAME", help="By name or id; else the default one.")
]


@app.command()
def show(
    workspace: Workspace = "default",
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Print a workspace's address. Who knows it can send documents there."""

    async def work(client: ApiClient) -> dict[str, Any]:
        return (await client.get(await _path(client, workspace))).body

    _print(call(find_server(url, key), work), as_json=as_json)


@app.command()
def rotate(
    workspace: Workspace = "default",
    overlap: Annotated[
        str | None,
        typer.Option(
            "--overlap", metavar="WHEN", help="Until when the old one works: 12h, 7d; else no more."
        ),
    ] = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Give a workspace a new address; the old one is void at once unless told otherwise."""
    body = {"overlap": _seconds(overlap) if overlap else 0}

    async def work(client: ApiClient) -> dict[str, Any]:
        return (await client.send("POST", f"{await _path(client, workspace)}/rotate", body)).body

    _print(call(find_server(url, key), work), as_json=as_json)


async def _path(client: ApiClient, workspace: str) -> str:
    identity = await find_id(client, "workspaces", workspace)
    return f"{API}/workspaces/{quote(identity, safe='')}/address"


def _seconds(when: str) -> int:
    until = datetime.fromisoformat(future(when))
    return ceil((until - datetime.now(UTC)).total_seconds())


def _print(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    typer.echo(printable(found["address"]))
    notes = [f"{it['address']} works until {it['until']}." for it in found["former"]]
    if not found["accepting"]:
        notes.append("The server takes no mail: DOCSTAGE_SMTP_PORT is not set.")
    for note in notes:
        Console(stderr=True, highlight=False).print(printable(note), style="dim", markup=False)
