"""``docstage export``: documents with their fields, as a file for other programs."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO
from urllib.parse import quote

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from services.cli.client import API, ApiClient, Json
from services.cli.commands.filters import (
    Reference,
    States,
    TypeName,
    WorkspaceName,
    check_states,
    list_filters,
)
from services.cli.commands.running import call
from services.cli.commands.times import past
from services.cli.connection import DEFAULT_URL, Key, Url, find_server
from services.cli.failures import CliError, ServerRefused
from services.cli.printable import path_name, printable
from services.cli.target_file import opened
from shared.exports.rows import types_of
from shared.exports.sinks import CsvTable, JsonArray, JsonLines, Sink
from shared.exports.workbook import TooLongError, Workbook

EXIT_FAILED = 1
_NOT_FOUND = 404


class Form(StrEnum):
    """How the file is written."""

    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Wish:
    """What to export, and how."""

    identities: Sequence[str]
    states: frozenset[str]
    form: Form
    kind: str | None
    rows: str | None
    out: Path | None


Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="Only these documents.", show_default=False),
]
FormOption = Annotated[
    Form | None,
    typer.Option(
        "--format",
        "-f",
        help="Unless given, as the file's name ends; else json.",
        show_default=False,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write there; else to standard output."),
]
Rows = Annotated[
    str | None,
    typer.Option(
        "--rows", metavar="FIELD", help="csv: a row for each row of this list, such as line_items."
    ),
]
After = Annotated[
    str | None,
    typer.Option(
        "--created-after", metavar="WHEN", help="7d (ago), 12h, 2026-01-31 or an ISO 8601 time."
    ),
]
Before = Annotated[
    str | None, typer.Option("--created-before", metavar="WHEN", help="The same, the other end.")
]


def export(
    identities: Ids = None,
    form: FormOption = None,
    output: Output = None,
    rows: Rows = None,
    state: States = None,
    type_: TypeName = None,
    workspace: WorkspaceName = None,
    reference: Reference = None,
    created_after: After = None,
    created_before: Before = None,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Write documents with their fields to a file, the newest first.

    json is an array of documents as the API shows them, jsonl one a line. csv has a row for
    each document: fields.NAME, confidence.NAME, and rows.NAME for how many rows a list has.
    xlsx has a sheet of documents and one for each list. With --type the columns are those
    of the type, whatever was found.

    In csv, text that a spreadsheet could take for a formula is given an apostrophe.

    Ends with 0, with 1 when a document that was named is missing, 2 when the call is wrong
    or the server does not answer.
    """
    times = {"created_after": created_after, "created_before": created_before}
    given = {name: past(it) for name, it in times.items() if it}
    wish = Wish(identities or (), frozenset(state or ()), _form(form, output), type_, rows, output)
    _check(wish, any((workspace, type_, reference, state, given)))

    async def work(client: ApiClient) -> bool:
        await check_states(client, wish.states)
        filters = await list_filters(client, workspace, type=type_, reference=reference, **given)
        return await _Export(client, wish, filters).run()

    if not call(find_server(url, key), work):
        raise typer.Exit(EXIT_FAILED)


class _Export:
    """One run."""

    def __init__(self, client: ApiClient, wish: Wish, filters: dict[str, str]) -> None:
        self._client = client
        self._wish = wish
        self._filters = filters
        self._err = Console(stderr=True, highlight=False)
        self._missing = 0

    async def run(self) -> bool:
        """Whether everything that was asked for is in it."""
        listed = [it async for it in self._client.rows(f"{API}/types", "types")]
        count = 0
        with contextlib.ExitStack() as stack:
            stream = stack.enter_context(opened(self._wish.out))
            sink = _sink(self._wish, stream, listed)
            stack.callback(sink.close)
            progress = stack.enter_context(self._progress())
            task = progress.add_task("documents", total=len(self._wish.identities) or None)
            async for document in self._documents():
                sink.add(document)
                count += 1
                progress.update(task, advance=1)
            try:
                sink.finish()
            except TooLongError as error:
                raise CliError(str(error)) from None
        self._say(count, sink)
        return not self._missing

    async def _documents(self) -> AsyncIterator[Json]:
        if self._wish.identities:
            async for document in self._named():
                yield document
            return
        states, filters = self._wish.states, dict(self._filters)
        if len(states) == 1:
            filters["state"] = next(iter(states))
        async for document in self._client.rows(f"{API}/documents", "documents", filters):
            if not states or document.get("state") in states:
                yield document

    async def _named(self) -> AsyncIterator[Json]:
        for identity in dict.fromkeys(self._wish.identities):
            try:
                yield await self._client.document(quote(identity, safe=""))
            except ServerRefused as refusal:
                if refusal.status != _NOT_FOUND:
                    raise
                self._missing += 1
                self._note(f"There is no document {printable(identity)!r}.", "red")

    def _progress(self) -> Progress:
        return Progress(
            SpinnerColumn(),
            BarColumn(),
            TextColumn("{task.completed} {task.description}"),
            TimeElapsedColumn(),
            console=self._err,
            transient=True,
            disable=not self._err.is_terminal or self._err.is_dumb_terminal,
        )

    def _say(self, count: int, sink: Sink) -> None:
        if isinstance(sink, CsvTable) and sink.without_rows:
            left_out = _documents(sink.without_rows)
            self._note(f"Left out: {left_out} without {printable(self._wish.rows or '')}.")
        if self._wish.out is not None:
            self._note(f"Wrote {_documents(count)} to {printable(path_name(self._wish.out))}.")

    def _note(self, sentence: str, style: str = "dim") -> None:
        self._err.print(sentence, style=style, markup=False, soft_wrap=True)


def _documents(count: int) -> str:
    return f"{count} document{'' if count == 1 else 's'}"


def _sink(wish: Wish, stream: BinaryIO, listed: list[Json]) -> Sink:
    types = types_of(listed)
    match wish.form:
        case Form.JSON:
            return JsonArray(stream)
        case Form.JSONL:
            return JsonLines(stream)
        case Form.CSV:
            return CsvTable(stream, types, wish.kind, wish.rows)
        case Form.XLSX:
            return Workbook(stream, types, wish.kind)


def _form(form: Form | None, output: Path | None) -> Form:
    if form is not None:
        return form
    ending = output.suffix.lower().removeprefix(".") if output else ""
    return Form(ending) if ending in set(Form) else Form.JSON


def _check(wish: Wish, filtered: bool) -> None:
    if wish.identities and filtered:
        raise CliError("Name documents or filters, not both.")
    if wish.rows and wish.form is not Form.CSV:
        raise CliError("--rows is for csv; in xlsx each list has a sheet, in json it is there.")
    if wish.form is Form.XLSX and wish.out is None and Console().is_terminal:
        raise CliError("A workbook is nothing for a terminal: give --output FILE.")
