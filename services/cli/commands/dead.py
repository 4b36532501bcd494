"""``docstage dead``: what has failed for good, and what is to be done about it."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

import typer

from services.cli.client import ApiClient
from services.cli.commands.filters import WorkspaceName, list_filters
from services.cli.commands.remedies import LETTERS, Manners, Remedy, apply
from services.cli.commands.running import AsJson, call, print_json
from services.cli.commands.times import past
from services.cli.connection import DEFAULT_URL, Key, Url, find_server
from services.cli.tables import print_rows

app = typer.Typer(no_args_is_help=True, help="What has failed for good: dead letters.")
Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="From 'docstage dead list'.", show_default=False),
]
Identity = Annotated[str, typer.Argument(metavar="ID", show_default=False)]
State = Annotated[
    str, typer.Option("--state", metavar="STATE", help="open, replayed, discarded or all.")
]
Code = Annotated[
    str | None, typer.Option("--code", metavar="CODE", help="Only this error, such as CRASHED.")
]
Stage = Annotated[
    str | None,
    typer.Option("--stage", metavar="STAGE", help="fetch, unpack, ocr, extract or notify."),
]
Kind = Annotated[
    str | None,
    typer.Option(
        "--kind", metavar="KIND", help="transient_exhausted, attempts_spent or permanent."
    ),
]
OfDocument = Annotated[
    str | None, typer.Option("--document", metavar="ID", help="Only of this document.")
]
After = Annotated[
    str | None, typer.Option("--created-after", metavar="TIME", help="Later than this (ISO 8601).")
]
Before = Annotated[
    str | None, typer.Option("--created-before", metavar="TIME", help="Earlier than this.")
]
All = Annotated[bool, typer.Option("--all", help="All open ones that the filters leave.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say which ones.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before many are changed.")]
PerMinute = Annotated[
    int, typer.Option("--per-minute", min=1, max=6000, help="How many begin in a minute.")
]
FromStage = Annotated[
    str | None,
    typer.Option(
        "--from-stage",
        metavar="WHERE",
        help="start: from the file on; extract: with the pages as they were read. Else extract "
        "where only that has failed.",
    ),
]


@app.command("list")
def list_(
    state: State = "open",
    code: Code = None,
    stage: Stage = None,
    kind: Kind = None,
    workspace: WorkspaceName = None,
    document: OfDocument = None,
    created_after: After = None,
    created_before: Before = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """List dead letters, newest first; those that are open unless --state says otherwise."""
    filters = _Filters(code, stage, kind, workspace, document, created_after, created_before)

    async def work(client: ApiClient) -> list[dict[str, Any]]:
        query = await filters.query(client)
        if state != "all":
            query["state"] = state
        return [it async for it in client.rows(LETTERS, "dead_letters", query)]

    found = call(find_server(url, key), work)
    if as_json:
        print_json(found)
        return
    headers = ("When", "State", "Stage", "Code", "Kind", "Tries", "Of", "Target", "Id")
    print_rows(headers, [_row(it) for it in found])


@app.command()
def show(identity: Identity, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Print all that is known of one, as JSON: every try, and what was done about it."""

    async def work(client: ApiClient) -> dict[str, Any]:
        return (await client.get(f"{LETTERS}/{quote(identity, safe='')}")).body

    print_json(call(find_server(url, key), work))


@app.command()
def replay(
    ids: Ids = None,
    everything: All = False,
    code: Code = None,
    stage: Stage = None,
    kind: Kind = None,
    workspace: WorkspaceName = None,
    document: OfDocument = None,
    created_after: After = None,
    created_before: Before = None,
    from_stage: FromStage = None,
    per_minute: PerMinute = 60,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Have them tried again: those named, or with --all every open one that the filters leave.

    Doing it twice does it once. Exit code 1 if some could not be.
    """
    wish = {"from_stage": from_stage} if from_stage else {}
    remedy = Remedy("replay", wish, {"per_minute": per_minute})
    filters = _Filters(code, stage, kind, workspace, document, created_after, created_before)
    manners = Manners(everything, dry_run, yes, as_json)
    apply(find_server(url, key), remedy, ids or [], filters.query, manners)


@app.command()
def discard(
    ids: Ids = None,
    everything: All = False,
    code: Code = None,
    stage: Stage = None,
    kind: Kind = None,
    workspace: WorkspaceName = None,
    document: OfDocument = None,
    created_after: After = None,
    created_before: Before = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Say that nothing is to be done about them; what has failed stays as it is."""
    filters = _Filters(code, stage, kind, workspace, document, created_after, created_before)
    manners = Manners(everything, dry_run, yes, as_json)
    apply(find_server(url, key), Remedy("discard", {}, {}), ids or [], filters.query, manners)


@dataclass(frozen=True, slots=True)
class _Filters:
    code: str | None
    stage: str | None
    kind: str | None
    workspace: str | None
    document: str | None
    created_after: str | None
    created_before: str | None

    async def query(self, client: ApiClient) -> dict[str, str]:
        """As the server names them; raises ``CliError`` for a workspace that is not there."""
        return await list_filters(
            client,
            self.workspace,
            code=self.code,
            stage=self.stage,
            kind=self.kind,
            document=self.document,
            created_after=past(self.created_after) if self.created_after else None,
            created_before=past(self.created_before) if self.created_before else None,
        )


def _row(letter: dict[str, Any]) -> tuple[str, ...]:
    return (
        letter["created"][:19],
        letter["state"],
        letter["stage"],
        letter["code"],
        letter["kind"],
        str(letter["attempts"]),
        letter["subject"],
        letter["target"],
        letter["id"],
    )
