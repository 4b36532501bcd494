"""What the commands that call the server have in common."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer

from services.cli.client import ApiClient
from services.cli.connection import Server

_T = TypeVar("_T")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")]


def call(server: Server, work: Callable[[ApiClient], Awaitable[_T]]) -> _T:
    """Run ``work`` with a client of ``server``."""

    async def run() -> _T:
        async with ApiClient(server) as client:
            return await work(client)

    return asyncio.run(run())


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Print one JSON document."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
