"""``docstage notices``: who is told by mail of what wants to be looked at."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from services.cli.client import API, ApiClient
from services.cli.commands.naming import rows_of_workspace
from services.cli.commands.running import AsJson, call, print_json
from services.cli.connection import DEFAULT_URL, Key, Url, find_server
from services.cli.printable import printable
from services.cli.tables import print_rows

app = typer.Typer(no_args_is_help=True, help="Who is told by mail of what wants to be looked at.")
_NOTICES = f"{API}/mail-notices"

Identity = Annotated[
    str, typer.Argument(metavar="ID", help="From 'docstage notices list'.", show_default=False)
]
Addresses = Annotated[list[str], typer.Argument(metavar="ADDRESS...", help="Who is told.")]
Events = Annotated[
    list[str] | None,
    typer.Option(
        "--event",
        metavar="NAME",
        help="Only of this: document.needs_review, document.failed, document.rejected, "
        "subscription.disabled. Can be given more than once.",
    ),
]
Types = Annotated[
    list[str] | None,
    typer.Option("--type", metavar="NAME", help="Only of documents of this type. Repeatable."),
]
Digest = Annotated[
    int,
    typer.Option("--digest", min=0, metavar="MINUTES", help="At most one mail in so many minutes."),
]
Workspace = Annotated[
    str | None,
    typer.Option("--workspace", metavar="NAME", help="By name or id; else the default one."),
]


@app.command()
def add(
    addresses: Addresses,
    event: Events = None,
    type_: Types = None,
    digest: Digest = 0,
    workspace: Workspace = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Have addresses told."""
    body = {
        "recipients": addresses,
        "types": type_ or [],
        "digest_minutes": digest,
        "workspace": workspace,
        **({"events": event} if event else {}),
    }

    async def work(client: ApiClient) -> dict[str, Any]:
        return (await client.send("POST", _NOTICES, body)).body

    made = call(find_server(url, key), work)
    if as_json:
        print_json(made)
    else:
        typer.echo(made["id"])


@app.command("list")
def list_(
    workspace: Workspace = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """List who is told of what."""

    async def work(client: ApiClient) -> list[dict[str, Any]]:
        return await rows_of_workspace(client, "mail_notices", _NOTICES, workspace)

    found = call(find_server(url, key), work)
    if as_json:
        print_json(found)
        return
    headers = ("Who", "Of what", "Types", "Digest", "State", "Id")
    print_rows(headers, [_row(it) for it in found])


@app.command()
def show(identity: Identity, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Print one, with its words, as JSON."""

    async def work(client: ApiClient) -> dict[str, Any]:
        return (await client.get(_path(identity))).body

    print_json(call(find_server(url, key), work))


@app.command("test")
def try_(identity: Identity, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Send a mail to each address; prints the deliveries, which say how it went."""

    async def work(client: ApiClient) -> dict[str, Any]:
        return (await client.send("POST", f"{_path(identity)}/test", None)).body

    for delivery in call(find_server(url, key), work)["deliveries"]:
        typer.echo(f"{API}/deliveries/{printable(delivery)}")


@app.command()
def pause(identity: Identity, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Tell nobody until 'resume'."""
    _send("PATCH", identity, {"enabled": False}, url, key)


@app.command()
def resume(identity: Identity, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Tell again, of what comes from now on."""
    _send("PATCH", identity, {"enabled": True}, url, key)


@app.command()
def remove(identity: Identity, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Forget a notice."""
    _send("DELETE", identity, None, url, key)
    typer.echo(f"Notice {printable(identity)} is forgotten.")


def _send(
    method: str, identity: str, body: dict[str, Any] | None, url: str, key: str | None
) -> None:
    async def work(client: ApiClient) -> None:
        await client.send(method, _path(identity), body)

    call(find_server(url, key), work)


def _path(identity: str) -> str:
    return f"{_NOTICES}/{quote(identity, safe='')}"


def _row(notice: dict[str, Any]) -> tuple[str, ...]:
    minutes = notice["digest_minutes"]
    return (
        ", ".join(notice["recipients"]),
        ", ".join(notice["events"]),
        ", ".join(notice["types"]) or "all",
        f"{minutes} min" if minutes else "-",
        "on" if notice["enabled"] else "paused",
        notice["id"],
    )
