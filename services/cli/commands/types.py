"""``docstage types``: document types, and what reviews have taught about them."""

from typing import Annotated, Any

import typer

from services.cli.client import API, ApiClient
from services.cli.commands import type_files
from services.cli.commands.naming import find_id
from services.cli.commands.running import AsJson, call, print_json
from services.cli.connection import DEFAULT_URL, Key, Url, find_server
from services.cli.failures import CliError
from services.cli.printable import printable
from services.cli.tables import day, print_rows

app = typer.Typer(
    no_args_is_help=True, help="Document types, models of them, and learning from reviews."
)
app.command()(type_files.add)
app.command()(type_files.export)
app.command()(type_files.models)
app.command()(type_files.remove)

TypeName = Annotated[str, typer.Argument(metavar="TYPE", help="The document type, by name.")]
Workspace = Annotated[
    str,
    typer.Option("--workspace", metavar="NAME", help="The workspace, by name or id."),
]


@app.command("list")
def list_(as_json: AsJson = False, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """List document types by name."""

    async def work(client: ApiClient) -> list[dict[str, Any]]:
        return [it async for it in client.rows(f"{API}/types", "types")]

    found = call(find_server(url, key), work)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            it["title"],
            "built in" if it["built_in"] else f"version {it['version']}",
            str(len(it["fields"])),
            it["name"],
        )
        for it in found
    ]
    print_rows(("TITLE", "", "FIELDS", "NAME"), rows)


@app.command()
def train(
    type_name: TypeName,
    workspace: Workspace = "default",
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Learn from a workspace's accepted reviews, and use that from now on.

    Prints how many values were right before and after, each counted on a document whose own
    review was left out. At least three reviewed documents of one layout are needed.
    """

    async def work(client: ApiClient) -> dict[str, Any]:
        path = await _trainings(client, workspace)
        return (await client.send("POST", path, {"type": type_name})).body

    made = call(find_server(url, key), work)
    if as_json:
        print_json(made)
        return
    _print_progress(made)


@app.command()
def trainings(
    workspace: Workspace = "default",
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """List what was learned, newest first."""

    async def work(client: ApiClient) -> list[dict[str, Any]]:
        path = await _trainings(client, workspace)
        return [it async for it in client.rows(path, "trainings")]

    found = call(find_server(url, key), work)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            it["type"],
            str(it["version"]),
            "in use" if it["active"] else "",
            str(it["progress"]["documents"]),
            day(it["created"]),
            it["id"],
        )
        for it in found
    ]
    print_rows(("TYPE", "VERSION", "", "DOCUMENTS", "MADE", "ID"), rows)


@app.command()
def revert(
    type_name: TypeName,
    to: Annotated[
        int,
        typer.Option("--to", min=0, metavar="VERSION", help="The version to use; 0 is none."),
    ] = 0,
    workspace: Workspace = "default",
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Go back to an earlier training of a type, or to none. Nothing is forgotten."""

    async def work(client: ApiClient) -> dict[str, Any]:
        path = await _trainings(client, workspace)
        own = [it async for it in client.rows(path, "trainings") if it["type"] == type_name]
        wanted = [it for it in own if (it["version"] == to if to else it["active"])]
        if not wanted:
            missing = f"version {to}" if to else "training in use"
            raise CliError(f"There is no {missing} of {printable(type_name)!r}.")
        action = "activate" if to else "deactivate"
        return (await client.send("POST", f"{path}/{wanted[0]['id']}/{action}", {})).body

    left = call(find_server(url, key), work)
    what = f"version {left['version']} of {left['type']}"
    typer.echo(f"{'In use' if left['active'] else 'No longer in use'}: {printable(what)}")


async def _trainings(client: ApiClient, workspace: str) -> str:
    identity = await find_id(client, "workspaces", workspace)
    return f"{API}/workspaces/{identity}/trainings"


def _print_progress(made: dict[str, Any]) -> None:
    progress = made["progress"]
    typer.echo(
        f"Version {made['version']}: learned from {progress['documents']} of "
        f"{progress['reviewed']} reviewed documents, {progress['layouts']} layouts."
    )
    rows = [
        (str(it["values"]), str(it["before"]), str(it["after"]), it["name"])
        for it in progress["fields"]
    ]
    print_rows(("VALUES", "RIGHT BEFORE", "AFTER", "FIELD"), rows)
