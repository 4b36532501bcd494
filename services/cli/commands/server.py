"""``docstage doctor`` and ``openapi``: what a server says of itself."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.client import ApiClient
from services.cli.commands.running import AsJson, call, print_json
from services.cli.connection import DEFAULT_URL, Url, find_server
from services.cli.failures import CliError
from services.cli.tables import print_checks

_NOT_READY = 503


def doctor(url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Ask a server whether it is well, and what it needs. Ends with 1 when it is not."""
    server = find_server(url, None, needs_key=False)

    async def work(client: ApiClient) -> tuple[int, dict[str, Any]]:
        reply = await client.get("/readyz", accept=frozenset({_NOT_READY}))
        return reply.status, reply.body

    status, body = call(server, work)
    if as_json:
        print_json(body)
    else:
        print_checks(server.url, body)
    if status == _NOT_READY:
        raise typer.Exit(1)


def openapi(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write it there.")
    ] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Print the API's OpenAPI document."""
    document = _document_of(url)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CliError(f"{out} cannot be written: {error.strerror}") from None


def _document_of(url: str) -> dict[str, Any]:
    async def work(client: ApiClient) -> dict[str, Any]:
        return (await client.get("/openapi.json")).body

    return call(find_server(url, None, needs_key=False), work)
