"""Things may be named where the API wants ids."""

from typing import Any

from services.cli.client import API, ApiClient
from services.cli.failures import CliError
from services.cli.printable import printable


async def find_id(client: ApiClient, kind: str, given: str) -> str:
    """The id of the one of ``kind`` (a list of the API) with that id or name.

    Raises ``CliError`` when there is none.
    """
    by_name: str | None = None
    async for row in client.rows(f"{API}/{kind}", kind):
        identity = str(row.get("id", ""))
        if identity == given:
            return identity
        if row.get("name") == given:
            by_name = by_name or identity
    if by_name is None:
        noun = kind.removesuffix("s")
        raise CliError(f"There is no {noun} {printable(given)!r}.")
    return by_name


async def rows_of_workspace(
    client: ApiClient, kind: str, path: str, workspace: str | None
) -> list[dict[str, Any]]:
    """All of a list of the API, or those of the workspace with that id or name."""
    query = {"workspace": await find_id(client, "workspaces", workspace)} if workspace else {}
    return [it async for it in client.rows(path, kind, query)]
