"""``docstage policies``: what a workspace does with duplicates, bundles and old documents."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from services.cli.client import API, ApiClient
from services.cli.commands.naming import find_id
from services.cli.commands.running import AsJson, call, print_json
from services.cli.connection import DEFAULT_URL, Key, Url, find_server
from services.cli.failures import CliError
from services.cli.tables import print_rows

Workspace = Annotated[
    str, typer.Option("--workspace", metavar="NAME", help="By name or id; else the default one.")
]


def policies(
    workspace: Workspace = "default",
    duplicates: Annotated[
        str | None,
        typer.Option(metavar="POLICY", help="Of files sent again: off, reject, link, reprocess."),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(metavar="POLICY", help="Files that hold several documents: off, auto."),
    ] = None,
    reject_invalid: Annotated[
        bool | None,
        typer.Option(
            "--reject-invalid/--accept-invalid", help="Documents of no type that is wanted."
        ),
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="TYPE", help="A type that is wanted; all: every known one."),
    ] = None,
    retention: Annotated[
        str | None,
        typer.Option(metavar="DAYS", help="When documents expire: 90d or 90; never."),
    ] = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Show a workspace's policies, or change some; for documents that come from then on."""
    wanted: dict[str, Any] = {
        "duplicates": duplicates,
        "split": split,
        "reject_invalid": reject_invalid,
        "types": None if types is None else [it for it in types if it != "all"],
    }
    change = {name: value for name, value in wanted.items() if value is not None}
    if retention is not None:
        change["retention_days"] = _days(retention)

    async def work(client: ApiClient) -> dict[str, Any]:
        identity = await find_id(client, "workspaces", workspace)
        path = f"{API}/workspaces/{quote(identity, safe='')}"
        if not change:
            return (await client.get(path)).body
        return (await client.send("PATCH", path, {"policies": change})).body

    found = call(find_server(url, key), work)["policies"]
    if as_json:
        print_json(found)
        return
    print_rows(("Policy", "Setting"), [(name, _shown(it)) for name, it in found.items()])


def _days(given: str) -> int | None:
    if given == "never":
        return None
    digits = given.removesuffix("d")
    if not digits.isascii() or not digits.isdigit():
        raise CliError("--retention must be a number of days, such as 90d, or never.")
    return int(digits)


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "all"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "never" if value is None else str(value)
