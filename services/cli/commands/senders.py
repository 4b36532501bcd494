"""``docstage senders``: whose mail a workspace takes."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from services.cli.client import API, ApiClient
from services.cli.commands.naming import find_id
from services.cli.commands.running import AsJson, call, print_json
from services.cli.connection import DEFAULT_URL, Key, Url, find_server
from services.cli.printable import printable


def senders(
    workspace: Annotated[
        str,
        typer.Option("--workspace", metavar="NAME", help="By name or id; else the default one."),
    ] = "default",
    policy: Annotated[
        str | None,
        typer.Option(metavar="POLICY", help="Of mail of nobody known: off, warn, enforce."),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            "--allow",
            metavar="PATTERN",
            help="Such as *@example.com; replaces the list. all: everybody authenticated.",
        ),
    ] = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Show whose mail a workspace takes, or change it."""

    async def work(client: ApiClient) -> dict[str, Any]:
        identity = await find_id(client, "workspaces", workspace)
        path = f"{API}/workspaces/{quote(identity, safe='')}"
        now: dict[str, Any] = (await client.get(path)).body["senders"]
        if policy is None and allow is None:
            return now
        wanted = {
            "policy": policy or now["policy"],
            "allowed": now["allowed"] if allow is None else [it for it in allow if it != "all"],
        }
        return dict((await client.send("PATCH", path, {"senders": wanted})).body["senders"])

    found = call(find_server(url, key), work)
    if as_json:
        print_json(found)
        return
    typer.echo(f"policy\t{found['policy']}")
    for pattern in found["allowed"] or ["all"]:
        typer.echo(f"allow\t{printable(pattern)}")
