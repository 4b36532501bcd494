"""``docstage mailboxes``: take the mail of other servers' mailboxes into a workspace."""

import sys
from typing import Annotated, Any
from urllib.parse import quote

import typer

from services.cli.client import API, ApiClient
from services.cli.commands.naming import rows_of_workspace
from services.cli.commands.running import AsJson, call, print_json
from services.cli.connection import DEFAULT_URL, Key, Url, find_server
from services.cli.failures import CliError
from services.cli.printable import printable
from services.cli.tables import print_rows

app = typer.Typer(no_args_is_help=True, help="Mailboxes of other servers that mail is taken from.")
_MAILBOXES = f"{API}/mailboxes"

Identity = Annotated[
    str, typer.Argument(metavar="ID", help="From 'docstage mailboxes list'.", show_default=False)
]
Host = Annotated[str, typer.Argument(metavar="HOST", help="The IMAP server's name.")]
User = Annotated[str, typer.Argument(metavar="USER", help="Who logs in there.")]
Port = Annotated[int, typer.Option("--port", min=1, max=65535, metavar="N", help="The port.")]
Security = Annotated[
    str,
    typer.Option(metavar="HOW", help="tls, starttls, or none (in the operator's networks only)."),
]
Folder = Annotated[str, typer.Option("--folder", metavar="NAME", help="Which folder.")]
After = Annotated[
    str,
    typer.Option(
        "--after",
        metavar="WHAT",
        help="To mail whose document exists: nothing, seen, flag, move, delete.",
    ),
]
MoveTo = Annotated[
    str | None, typer.Option("--move-to", metavar="NAME", help="The folder, for --after move.")
]
Backlog = Annotated[bool, typer.Option("--backlog", help="Take mail that is there already, too.")]
Authserv = Annotated[
    str | None,
    typer.Option(
        "--authserv-id",
        metavar="NAME",
        help="The server whose Authentication-Results are believed.",
    ),
]
Workspace = Annotated[
    str | None,
    typer.Option("--workspace", metavar="NAME", help="By name or id; else the default one."),
]


@app.command()
def add(
    host: Host,
    user: User,
    port: Port = 993,
    security: Security = "tls",
    folder: Folder = "INBOX",
    after: After = "seen",
    move_to: MoveTo = None,
    backlog: Backlog = False,
    authserv_id: Authserv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Take a mailbox's mail from now on. The password is asked for, or read from a pipe."""
    body = {
        "host": host,
        "user": user,
        "password": _password(),
        "port": port,
        "security": security,
        "folder": folder,
        "after": after,
        "move_to": move_to,
        "backlog": backlog,
        "authserv_id": authserv_id,
        "workspace": workspace,
    }

    async def work(client: ApiClient) -> dict[str, Any]:
        return (await client.send("POST", _MAILBOXES, body)).body

    _show(call(find_server(url, key), work), as_json=as_json)


@app.command("list")
def list_(
    workspace: Workspace = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """List mailboxes, and how their last looks went."""

    async def work(client: ApiClient) -> list[dict[str, Any]]:
        return await rows_of_workspace(client, "mailboxes", _MAILBOXES, workspace)

    found = call(find_server(url, key), work)
    if as_json:
        print_json(found)
        return
    headers = ("User", "Server", "Folder", "Taken", "Left out", "Last look", "State", "Id")
    print_rows(headers, [_row(it) for it in found])


@app.command()
def show(identity: Identity, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Print all that is known of a mailbox, as JSON: what was left out, and why."""

    async def work(client: ApiClient) -> dict[str, Any]:
        return (await client.get(_path(identity))).body

    print_json(call(find_server(url, key), work))


@app.command()
def look(identity: Identity, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Look into it soon, and try again what was left out."""
    _send("POST", f"{_path(identity)}/look", None, url, key)


@app.command()
def pause(identity: Identity, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Look into it no more until 'resume'."""
    _send("PATCH", _path(identity), {"enabled": False}, url, key)


@app.command()
def resume(identity: Identity, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Look into it again."""
    _send("PATCH", _path(identity), {"enabled": True}, url, key)


@app.command()
def password(identity: Identity, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Give another password; it is asked for, or read from a pipe."""
    _send("PATCH", _path(identity), {"password": _password()}, url, key)


@app.command()
def remove(identity: Identity, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Forget a mailbox; its documents stay, and its mail stays on its server."""
    _send("DELETE", _path(identity), None, url, key)
    typer.echo(f"Mailbox {printable(identity)} is forgotten.")


def _send(method: str, path: str, body: dict[str, Any] | None, url: str, key: str | None) -> None:
    async def work(client: ApiClient) -> None:
        await client.send(method, path, body)

    call(find_server(url, key), work)


def _password() -> str:
    # Never as an argument: other users of the machine could read those.
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, err=True))
    given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise CliError("The password comes by standard input, as one line.")
    return given


def _path(identity: str) -> str:
    return f"{_MAILBOXES}/{quote(identity, safe='')}"


def _show(mailbox: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(mailbox)
    else:
        typer.echo(mailbox["id"])


def _row(mailbox: dict[str, Any]) -> tuple[str, ...]:
    problem = mailbox.get("problem")
    state = "ok" if mailbox.get("looked") else "new"
    if problem:
        state = problem["code"]
    if not mailbox["enabled"]:
        state = "paused"
    return (
        mailbox["user"],
        f"{mailbox['host']}:{mailbox['port']}",
        mailbox["folder"],
        str(mailbox["taken"]),
        str(mailbox["refused"]),
        (mailbox.get("looked") or "-")[:16],
        state,
        mailbox["id"],
    )
