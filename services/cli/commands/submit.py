"""``docstage submit``: send files, follow them, show what was found."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from services.cli.client import ApiClient
from services.cli.commands.running import AsJson
from services.cli.connection import DEFAULT_URL, Key, Server, Url, find_server
from services.cli.failures import CliError
from services.cli.items import as_item
from services.cli.progress import Bars, Lines, NoProgress
from services.cli.report import as_json, show
from services.cli.selection import Selection, select_files
from services.cli.submission import Listener, Outcome, Plan, Submission
from shared.models.extraction import ExtractionMode

EXIT_FAILED, EXIT_INTERRUPTED = 1, 130

Words = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE|FOLDER|URL",
        help="Folders with all below them; what is at a URL is fetched by the server.",
        show_default=False,
    ),
]
Type = Annotated[
    str | None, typer.Option("--type", metavar="NAME", help="Document type; else it is classified.")
]
Workspace = Annotated[
    str | None,
    typer.Option("--workspace", metavar="NAME", help="Name or id; else the default one."),
]
Wait = Annotated[
    bool, typer.Option("--wait/--no-wait", help="Follow the documents to the end, or only send.")
]
Timeout = Annotated[
    float, typer.Option("--timeout", min=0, metavar="SECONDS", help="Follow each that long.")
]
Concurrency = Annotated[
    int, typer.Option("--concurrency", min=1, max=64, metavar="N", help="Files at a time.")
]
Reference = Annotated[
    str | None,
    typer.Option("--reference", metavar="TEXT", help="Your own id, kept with the documents."),
]
Low = Annotated[bool, typer.Option("--low", help="Let other work go before.")]
Mode = Annotated[
    ExtractionMode | None,
    typer.Option("--mode", help="Who finds the fields; llm and vlm: a model goes first."),
]
Everything = Annotated[
    bool, typer.Option("--all", help="Send also files that look like no documents (.json, …).")
]


def submit(
    words: Words,
    type_: Type = None,
    workspace: Workspace = None,
    reference: Reference = None,
    low: Low = False,
    mode: Mode = None,
    wait: Wait = True,
    timeout: Timeout = 600.0,
    concurrency: Concurrency = 4,
    everything: Everything = False,
    as_json_: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Send files, folders and URLs, follow them, and show what was found.

    Ends with 0 when all went well, 1 when a file was rejected, failed or is not done in
    time, 2 when the call is wrong or the server does not answer, 130 after Ctrl-C.
    """
    given = {"type": type_, "workspace": workspace, "reference": reference}
    fields = {name: value for name, value in given.items() if value}
    if mode is not None:
        fields["mode"] = mode.value
    if low:
        fields["priority"] = "low"
    selection = select_files(map(as_item, words), everything=everything)
    server = find_server(url, key)
    plan = Plan(fields, wait, timeout, concurrency)
    raise typer.Exit(_Run(server, plan, selection, as_json_=as_json_).run())


class _Run:
    """One call of the command: results to standard output, all else to standard error."""

    def __init__(self, server: Server, plan: Plan, selection: Selection, *, as_json_: bool) -> None:
        self._server = server
        self._plan = plan
        self._selection = selection
        self._json = as_json_
        self._out, self._err = Console(highlight=False), Console(stderr=True, highlight=False)
        self._lines = not as_json_ and not self._out.is_terminal
        self._found: dict[int, Outcome] = {}

    def run(self) -> int:
        """Send all; gives the exit code."""
        self._say_skipped()
        try:
            asyncio.run(self._submit())
        except KeyboardInterrupt:
            self._report(waited=False)
            self._err.print(f"Interrupted: {self._accepted()}. They are worked on all the same.")
            return EXIT_INTERRUPTED
        except CliError:
            self._report(waited=False)
            raise
        self._report(waited=self._plan.wait)
        fine = all(it.is_fine(waited=self._plan.wait) for it in self._found.values())
        return 0 if fine else EXIT_FAILED

    async def _submit(self) -> None:
        files = self._selection.files
        with contextlib.ExitStack() as stack:
            listener: Listener = NoProgress()
            if self._err.is_terminal and not self._err.is_dumb_terminal:
                listener = stack.enter_context(Bars(self._err, len(files)))
            if self._lines:
                listener = Lines(listener, typer.echo)
            async with ApiClient(self._server) as client:
                submission = Submission(client, self._plan, listener, self._found)
                await submission.run(files)

    def _report(self, *, waited: bool) -> None:
        outcomes: Sequence[Outcome] = [self._found[index] for index in sorted(self._found)]
        if self._json:
            typer.echo(as_json(outcomes))
        elif outcomes and not self._lines:
            show(outcomes, self._out, waited=waited)

    def _accepted(self) -> str:
        count = sum(it.document is not None for it in self._found.values())
        return f"{count} of {len(self._selection.files)} files were accepted"

    def _say_skipped(self) -> None:
        skipped = self._selection.skipped
        if skipped:
            endings = ", ".join(sorted(skipped))
            self._err.print(
                f"Skipping {sum(skipped.values())} files that are no documents ({endings}); "
                "--all sends them.",
                style="dim",
            )
