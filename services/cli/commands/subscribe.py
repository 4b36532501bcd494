"""``docstage subscribe``: the messages of a result queue, as lines of JSON."""

import contextlib
import json
from typing import Annotated, Any
from urllib.parse import quote

import typer

from services.cli.client import API, ApiClient
from services.cli.commands.running import call
from services.cli.connection import DEFAULT_URL, Key, Url, find_server
from services.cli.failures import ServerRefused, Unreachable

_WAIT_SECONDS = 20
_QUEUES = f"{API}/result-queues"
_NOT_FOUND = 404


def subscribe(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The result queue.")],
    follow: Annotated[
        bool, typer.Option("--follow/--once", help="Go on for ever, or end when it is empty.")
    ] = True,
    create: Annotated[
        bool, typer.Option("--create", help="Make the queue if it is missing (mode pull).")
    ] = False,
    batch: Annotated[
        int, typer.Option("--max", min=1, max=100, metavar="N", help="Fetch so many at a time.")
    ] = 20,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Print a result queue's messages, one JSON object a line.

    A message is acknowledged once it is printed; what was not comes again.
    """
    path = f"{_QUEUES}/{quote(name, safe='')}/messages"
    query = {"max": str(batch), "wait": str(_WAIT_SECONDS if follow else 0)}

    async def work(client: ApiClient) -> None:
        if create:
            await _make(client, name)
        while True:
            messages = (await client.get(path, query)).body["messages"]
            if messages:
                await _print(client, path, messages)
            elif not follow:
                return

    call(find_server(url, key), work)


async def _make(client: ApiClient, name: str) -> None:
    try:
        await client.get(f"{_QUEUES}/{quote(name, safe='')}")
    except ServerRefused as refusal:
        if refusal.status != _NOT_FOUND:
            raise
        await client.send("POST", _QUEUES, {"name": name, "mode": "pull"})


async def _print(client: ApiClient, path: str, messages: list[dict[str, Any]]) -> None:
    for message in messages:
        typer.echo(json.dumps(message, ensure_ascii=False, separators=(",", ":")))
    # When the server is away just now, they come again; asking for more is what is patient.
    with contextlib.suppress(Unreachable):
        await client.send("POST", path, {"ack": [it["id"] for it in messages]})
