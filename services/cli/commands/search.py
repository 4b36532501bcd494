"""``docstage search``: care for what documents are found by."""

from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.cli.client import API, ApiClient
from services.cli.commands.running import AsJson, call, print_json
from services.cli.connection import DEFAULT_URL, Key, Url, find_server

_AT_ONCE = 50

app = typer.Typer(no_args_is_help=True, help="What documents are found by.")


@app.callback()
def search() -> None:
    """What documents are found by."""


@app.command()
def rebuild(as_json: AsJson = False, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Index all documents of the organization anew, newest first; needs the scope admin.

    Searches go on meanwhile, and nothing is processed anew. It is for a search index that was
    lost or damaged: new and changed documents are indexed by themselves. It may be stopped, and
    run again.
    """
    done = call(find_server(url, key), _all)
    if as_json:
        print_json(done)
        return
    Console(soft_wrap=True).print(f"{_count(done['indexed'])} indexed anew.", highlight=False)
    if done["passed"]:
        text = "still being processed, or over: indexed when done, if at all."
        Console(soft_wrap=True).print(f"{_count(done['passed'])} {text}", highlight=False)


async def _all(client: ApiClient) -> dict[str, int]:
    counted: Any = (await client.get(f"{API}/documents/count")).body
    total = None if counted["capped"] else counted["count"]
    done = {"indexed": 0, "passed": 0}
    body: dict[str, Any] = {"limit": _AT_ONCE}
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("Indexing", total=total)
        while True:
            told = (await client.send("POST", f"{API}/search/rebuild", body)).body
            for name in done:
                done[name] += told[name]
            progress.update(task, completed=sum(done.values()))
            if not told["more"]:
                return done
            body["cursor"] = told["cursor"]


def _count(number: int) -> str:
    return "1 document is" if number == 1 else f"{number:,} documents are"
