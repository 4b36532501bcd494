"""``docstage keys``: make, list and revoke API keys."""

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
from services.cli.tables import day, print_rows

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys.")

Organization = Annotated[
    str | None,
    typer.Option(
        "--organization", metavar="ORG", help="Another organization, by name or id; for operators."
    ),
]
Scopes = Annotated[
    list[str] | None,
    typer.Option(
        "--scope",
        metavar="SCOPE",
        help="What it may do: documents:read, documents:write, admin, operate; "
        "repeat for several. Without: read and write documents.",
        show_default=False,
    ),
]
Workspaces = Annotated[
    list[str] | None,
    typer.Option(
        "--workspace",
        metavar="NAME",
        help="Only this workspace, by name or id; repeat for several.",
        show_default=False,
    ),
]
Expires = Annotated[
    str | None,
    typer.Option(
        "--expires", metavar="WHEN", help="When it ends: 90d, 12h, 2027-01-31 or an ISO 8601 time."
    ),
]


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")],
    scope: Scopes = None,
    workspace: Workspaces = None,
    expires: Expires = None,
    organization: Organization = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Make a key. It is shown this once: keep it."""
    body: dict[str, Any] = {"name": name}
    if scope:
        body["scopes"] = scope
    if expires:
        body["expires"] = future(expires)

    async def work(client: ApiClient) -> dict[str, Any]:
        if organization:
            body["organization"] = await find_id(client, "organizations", organization)
            body["workspaces"] = workspace or None
        elif workspace:
            body["workspaces"] = [await find_id(client, "workspaces", it) for it in workspace]
        return (await client.send("POST", f"{API}/keys", body)).body

    made = call(find_server(url, key), work)
    if as_json:
        print_json(made)
        return
    typer.echo(made["key"])
    Console(stderr=True, highlight=False).print(
        f"Key {printable(name)} ({made['id']}) is shown this once.", style="dim", markup=False
    )


@app.command("list")
def list_(
    organization: Organization = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those revoked.")] = False,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """List keys, newest first."""

    async def work(client: ApiClient) -> list[dict[str, Any]]:
        query = {}
        if organization:
            query["organization"] = await find_id(client, "organizations", organization)
        rows = client.rows(f"{API}/keys", "keys", query)
        return [it async for it in rows if everything or not it.get("revoked")]

    keys = call(find_server(url, key), work)
    if as_json:
        print_json(keys)
        return
    headers = ("Name", "Key", "Scopes", "Workspaces", "Created", "Last used", "Ends", "Id")
    print_rows(headers, [_row(it) for it in keys])


@app.command()
def revoke(
    identity: Annotated[str, typer.Argument(metavar="ID", help="From 'docstage keys list'.")],
    organization: Organization = None,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Revoke a key, for good."""

    async def work(client: ApiClient) -> None:
        query = {}
        if organization:
            query["organization"] = await find_id(client, "organizations", organization)
        await client.send("DELETE", f"{API}/keys/{quote(identity, safe='')}", query=query)

    call(find_server(url, key), work)
    typer.echo(f"Key {printable(identity)} is revoked.")


def _row(key: dict[str, Any]) -> tuple[str, ...]:
    workspaces = key.get("workspaces")
    return (
        key["name"],
        f"…{key['last_four']}",
        " ".join(key["scopes"]),
        "all" if workspaces is None else str(len(workspaces)),
        day(key["created"]),
        day(key.get("last_used")),
        "revoked" if key.get("revoked") else day(key.get("expires")),
        key["id"],
    )
