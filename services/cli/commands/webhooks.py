"""``docstage webhooks``: look after webhooks, and after what they were sent."""

import asyncio
import time
from typing import Annotated, Any
from urllib.parse import quote

import typer

from services.cli.client import API, ApiClient
from services.cli.commands.filters import WorkspaceName, list_filters
from services.cli.commands.running import AsJson, call, print_json
from services.cli.commands.times import past
from services.cli.connection import DEFAULT_URL, Key, Url, find_server
from services.cli.failures import CliError
from services.cli.printable import printable
from services.cli.tables import print_rows

app = typer.Typer(no_args_is_help=True, help="Webhooks, and what they were sent.")
_HOOKS = f"{API}/subscriptions"
_DELIVERIES = f"{API}/deliveries"
_LOOK_SECONDS = 0.3

Identity = Annotated[
    str, typer.Argument(metavar="ID", help="From 'docstage webhooks list'.", show_default=False)
]
DeliveryId = Annotated[
    str,
    typer.Argument(metavar="ID", help="From 'docstage webhooks deliveries'.", show_default=False),
]
State = Annotated[
    str | None,
    typer.Option("--state", metavar="STATE", help="waiting, running, done, failed or cancelled."),
]
Event = Annotated[
    str | None, typer.Option("--event", metavar="NAME", help="Only this, as document.ready.")
]
Events = Annotated[
    list[str] | None,
    typer.Option("--event", metavar="NAME", help="Only this; repeat for several."),
]
OfDocument = Annotated[
    str | None, typer.Option("--document", metavar="ID", help="Only of this document.")
]
After = Annotated[
    str | None, typer.Option("--created-after", metavar="TIME", help="Later: 7d, or ISO 8601.")
]
Before = Annotated[
    str | None, typer.Option("--created-before", metavar="TIME", help="Earlier: 7d, or ISO 8601.")
]
Since = Annotated[
    str, typer.Option("--since", metavar="TIME", help="What is newer: 7d, or ISO 8601.")
]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="What is older.")]
All = Annotated[
    bool, typer.Option("--all", help="What was delivered, too; else what was given up.")
]
PerSecond = Annotated[
    float, typer.Option("--per-second", min=0.1, max=100, help="How many are sent in a second.")
]
Wait = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for the outcome.")]
Overlap = Annotated[
    int, typer.Option("--overlap", min=0, help="Seconds for which the old secret signs as well.")
]


@app.command("list")
def list_(
    workspace: WorkspaceName = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """List webhooks, and how they do."""

    async def work(client: ApiClient) -> list[dict[str, Any]]:
        query = await list_filters(client, workspace)
        return [it async for it in client.rows(_HOOKS, "subscriptions", query)]

    found = call(find_server(url, key), work)
    if as_json:
        print_json(found)
        return
    headers = ("Address", "Events", "State", "Failing since", "Id")
    print_rows(headers, [_row(it) for it in found])


@app.command()
def show(identity: Identity, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Print all that is known of a webhook, as JSON."""
    print_json(_send("GET", _hook(identity), None, url, key))


@app.command()
def deliveries(
    identity: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Of this webhook; else of all.")
    ] = None,
    state: State = None,
    event: Event = None,
    document: OfDocument = None,
    created_after: After = None,
    created_before: Before = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """List what was sent, newest first; --json has every try."""
    given = {
        "subscription": identity,
        "state": state,
        "event": event,
        "document": document,
        "created_after": past(created_after) if created_after else None,
        "created_before": past(created_before) if created_before else None,
    }
    query = {name: value for name, value in given.items() if value}

    async def work(client: ApiClient) -> list[dict[str, Any]]:
        return [it async for it in client.rows(_DELIVERIES, "deliveries", query)]

    found = call(find_server(url, key), work)
    if as_json:
        print_json(found)
        return
    headers = ("When", "Event", "Document", "State", "Tries", "Last answer", "Id")
    print_rows(headers, [_delivery_row(it) for it in found])


@app.command("test")
def send_test(
    identity: Identity, wait: Wait = 20.0, url: Url = DEFAULT_URL, key: Key = None
) -> None:
    """Send a test event, and print what came of it; exit code 1 if it did not arrive."""

    async def work(client: ApiClient) -> dict[str, Any]:
        made = (await client.send("POST", f"{_hook(identity)}/test")).body
        deadline = time.monotonic() + wait
        while made["state"] in {"waiting", "running"} and time.monotonic() < deadline:
            await asyncio.sleep(_LOOK_SECONDS)
            made = (await client.get(f"{_DELIVERIES}/{made['id']}")).body
        return dict(made)

    made = call(find_server(url, key), work)
    typer.echo(f"{made['state']}: {_outcome(made)}")
    if made["state"] != "done":
        raise typer.Exit(1)


@app.command()
def resend(identity: DeliveryId, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Send one delivery once more, now."""
    path = f"{_DELIVERIES}/{quote(identity, safe='')}/resend"
    made = _send("POST", path, None, url, key)
    typer.echo(f"{printable(identity)} is sent again ({made['state']}).")


@app.command()
def replay(
    identity: Identity,
    since: Since,
    until: Until = None,
    event: Events = None,
    everything: All = False,
    per_second: PerSecond = 10.0,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Send again what a webhook missed since a time, oldest first, spread over time."""
    body: dict[str, Any] = {
        "start": past(since),
        "end": past(until) if until else None,
        "events": event or [],
        "only": "all" if everything else "failed",
        "per_second": per_second,
    }

    async def work(client: ApiClient) -> tuple[int, str | None]:
        count, last = 0, None
        while True:
            done = (await client.send("POST", f"{_hook(identity)}/replay", body)).body
            count, last = count + done["replayed"], done["until"] or last
            if not done["more"]:
                return count, last
            body.update(id=done["id"], start=done["next"])

    count, last = call(find_server(url, key), work)
    typer.echo(f"{count} are sent again, the last at {last}." if count else "There is nothing.")


@app.command()
def rotate(
    identity: Identity, overlap: Overlap = 86_400, url: Url = DEFAULT_URL, key: Key = None
) -> None:
    """Print a new secret; the old one signs beside it for a day, unless told otherwise."""
    made = _send("POST", f"{_hook(identity)}/rotate", {"overlap": overlap}, url, key)
    typer.echo(made["secret"])


@app.command()
def enable(identity: Identity, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Send to it again, also to one that was given up."""
    _send("POST", f"{_hook(identity)}/enable", None, url, key)


@app.command()
def pause(identity: Identity, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Send nothing to it until 'enable'; what happens meanwhile is not kept for it."""
    _send("PATCH", _hook(identity), {"enabled": False}, url, key)


def _send(
    method: str, path: str, body: dict[str, Any] | None, url: str, key: str | None
) -> dict[str, Any]:
    async def work(client: ApiClient) -> dict[str, Any]:
        if method == "GET":
            return (await client.get(path)).body
        return (await client.send(method, path, body)).body

    return call(find_server(url, key), work)


def _hook(identity: str) -> str:
    if not identity.strip():
        raise CliError("The id of a webhook is not empty.")
    return f"{_HOOKS}/{quote(identity, safe='')}"


def _row(hook: dict[str, Any]) -> tuple[str, ...]:
    state = "enabled" if hook["enabled"] else "paused"
    if hook["disabled"]:
        state = f"given up: {hook['disabled']['reason']}"
    elif hook["resting_until"]:
        state = "at rest"
    since = (hook["failing_since"] or "-")[:16]
    return hook["url"], " ".join(hook["events"]) or "all", state, since, hook["id"]


def _delivery_row(made: dict[str, Any]) -> tuple[str, ...]:
    return (
        made["created"][:19],
        made["event_name"] or made["kind"],
        made["document"] or "-",
        made["state"],
        str(made["attempts"]),
        _outcome(made),
        made["id"],
    )


def _outcome(made: dict[str, Any]) -> str:
    if not made["log"]:
        return (made["problem"] or {}).get("detail") or "-"
    last = made["log"][-1]
    if last["status"] is None:
        return (last["problem"] or {}).get("detail") or "-"
    return f"{last['status']} in {last['milliseconds']} ms {last['answer'][:60]}".strip()
