"""``docstage orgs``: organizations and their licences, for operators."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from services.cli.client import API, ApiClient
from services.cli.commands.naming import find_id
from services.cli.commands.running import AsJson, call, print_json
from services.cli.commands.times import future
from services.cli.connection import DEFAULT_URL, Key, Url, find_server
from services.cli.failures import CliError
from services.cli.tables import day, print_rows

app = typer.Typer(
    no_args_is_help=True, help="Organizations and their licences; needs an operator's key."
)

Until = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="WHEN", help="The licence's end: 1y, 90d, 2027-01-31; else it has none."
    ),
]
NoLicence = Annotated[bool, typer.Option("--none", help="No licence: nothing is accepted.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name.")],
    until: Until = None,
    none: NoLicence = False,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Found an organization, with its default workspace."""
    body = {"name": name, "licence": _licence(until, none=none)}

    async def work(client: ApiClient) -> dict[str, Any]:
        return (await client.send("POST", f"{API}/organizations", body)).body

    _show(call(find_server(url, key), work), as_json=as_json)


@app.command("list")
def list_(as_json: AsJson = False, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """List organizations, newest first."""

    async def work(client: ApiClient) -> list[dict[str, Any]]:
        return [it async for it in client.rows(f"{API}/organizations", "organizations")]

    found = call(find_server(url, key), work)
    if as_json:
        print_json(found)
        return
    _print(found)


@app.command()
def licence(
    organization: Annotated[str, typer.Argument(metavar="ORG", help="Name or id.")],
    until: Until = None,
    none: NoLicence = False,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Grant an organization a licence, or take it."""
    body = {"licence": _licence(until, none=none)}

    async def work(client: ApiClient) -> dict[str, Any]:
        identity = await find_id(client, "organizations", organization)
        path = f"{API}/organizations/{quote(identity, safe='')}"
        return (await client.send("PATCH", path, body)).body

    _show(call(find_server(url, key), work), as_json=as_json)


def _licence(until: str | None, *, none: bool) -> dict[str, Any]:
    if none and until:
        raise CliError("--none and --until exclude each other.")
    return {"granted": not none, "until": future(until) if until else None}


def _show(organization: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(organization)
    else:
        _print([organization])


def _print(organizations: list[dict[str, Any]]) -> None:
    rows = [
        (
            it["name"],
            it["licence"]["state"],
            day(it["licence"].get("until")),
            day(it["created"]),
            it["id"],
        )
        for it in organizations
    ]
    print_rows(("Name", "Licence", "Until", "Created", "Id"), rows)
