"""``docstage openapi``: what a server says of its API."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.client import ApiClient
from services.cli.commands.running import call
from services.cli.connection import DEFAULT_URL, Url, find_server
from services.cli.failures import CliError


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
