"""The filters of lists of documents, as options."""

from collections.abc import Iterable
from typing import Annotated

import typer

from services.cli.client import API, ApiClient
from services.cli.commands.naming import find_id

States = Annotated[
    list[str] | None,
    typer.Option(
        "--state",
        metavar="STATE",
        help="Only this state, such as needs_review; repeat for several.",
        show_default=False,
    ),
]
WorkspaceName = Annotated[
    str | None,
    typer.Option("--workspace", metavar="NAME", help="Only this workspace, by name or id."),
]
TypeName = Annotated[
    str | None, typer.Option("--type", metavar="NAME", help="Only this document type.")
]
Reference = Annotated[
    str | None, typer.Option("--reference", metavar="TEXT", help="Only with this reference.")
]


async def list_filters(
    client: ApiClient, workspace: str | None, **given: str | None
) -> dict[str, str]:
    """The query of a list; raises ``CliError`` for a workspace that is not there."""
    found = await find_id(client, "workspaces", workspace) if workspace else None
    return {name: value for name, value in {**given, "workspace": found}.items() if value}


async def check_states(client: ApiClient, states: Iterable[str]) -> None:
    """Have the server say whether these are states; raises ``ServerRefused`` if one is not."""
    for state in states:
        await client.get(f"{API}/documents", {"state": state, "maxRetrieve": "1"})
