"""``docstage documents``: the newest documents, or those that words lead to."""

from typing import Annotated, Any

import typer

from services.cli.client import API, ApiClient
from services.cli.commands.filters import Reference, TypeName, WorkspaceName, list_filters
from services.cli.commands.running import AsJson, call, print_json
from services.cli.connection import DEFAULT_URL, Key, Url, find_server
from services.cli.tables import print_rows

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[WORD]...", help="All of them in its name, fields or pages.", show_default=False
    ),
]
State = Annotated[str | None, typer.Option("--state", metavar="STATE", help="Only this state.")]
Below = Annotated[
    float | None,
    typer.Option("--below", metavar="0.8", help="Only where some value is less sure than this."),
]
Most = Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, help="At most so many.")]


def documents(
    words: Words = None,
    state: State = None,
    type_: TypeName = None,
    workspace: WorkspaceName = None,
    reference: Reference = None,
    below: Below = None,
    limit: Most = 20,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """List documents, the newest first, or search them by words.

    Words side by side: '"acme corp"'. The last word may go on if it has three letters.
    """
    given = {"state": state, "type": type_, "reference": reference}
    given["search"] = " ".join(words or ())
    given["confidence_below"] = None if below is None else str(below)

    async def work(client: ApiClient) -> list[dict[str, Any]]:
        filters = await list_filters(client, workspace, **given)
        found: list[dict[str, Any]] = []
        async for row in client.rows(f"{API}/documents", "documents", filters):
            found.append(row)
            if len(found) == limit:
                break
        return found

    found = call(find_server(url, key), work)
    if as_json:
        print_json(found)
        return
    print_rows(
        ("Name", "State", "Type", "Least sure", "Pages", "Came in (UTC)", "Id"), map(_row, found)
    )


def _row(document: dict[str, Any]) -> tuple[str, ...]:
    sure, pages = document["confidence"], document["pages"]
    return (
        document["name"],
        document["state"],
        document["type"]["name"] if document["type"] else "-",
        "-" if sure is None else f"{sure:.2f}",
        "-" if pages is None else str(pages),
        document["created"][:16].replace("T", " "),
        document["id"],
    )
