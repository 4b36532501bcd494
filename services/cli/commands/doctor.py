"""``docstage doctor``: a check-up of this machine's settings and parts, and of a server."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from services.cli.client import ApiClient
from services.cli.commands.running import AsJson, print_json
from services.cli.connection import DEFAULT_URL, Key, Server, Url, find_server
from services.cli.diagnosis.finding import Finding, Part, Status, at_server
from services.cli.failures import CliError, Unreachable
from services.cli.printable import printable

EXIT_FAILED = 1
_STYLES = {
    Status.OK: "green",
    Status.WARNING: "yellow",
    Status.FAILURE: "red",
    Status.SKIPPED: "dim",
}
_STATUS_WIDTH, _NAME_WIDTH = 8, 12

Only = Annotated[
    Part | None,
    typer.Option(
        "--only", help="local: the settings and what they name; server: what answers at --url."
    ),
]


def doctor(
    ctx: typer.Context,
    only: Only = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Look at everything that can be wrong, and say what to do about it.

    Here: the DOCSTAGE_* settings, store, broker and blobs they name, the data folder and its
    disk, what the system limits, the models, a page read in a process of its own, the mail
    server, and the endpoints of language models. At the server: health, version, clock, what the
    key may do, the licence. Nothing is changed anywhere. Ends with 0, or with 1 when something
    has failed.
    """
    source = ctx.get_parameter_source("url")
    named = source is not None and source.name != "DEFAULT"
    findings: list[Finding] = []
    if only is not Part.SERVER:
        findings += _look_here()
    if only is not Part.LOCAL:
        wanted = named or only is Part.SERVER
        findings += asyncio.run(_look_there(url, key, wanted=wanted))
    failed = any(it.status is Status.FAILURE for it in findings)
    if as_json:
        print_json({"ok": not failed, "findings": [it.as_json() for it in findings]})
    else:
        _print(findings, url)
    if failed:
        raise typer.Exit(EXIT_FAILED)


def _look_here() -> list[Finding]:
    # The drivers of stores and brokers are slow to load: only who asks for them does.
    from services.cli.diagnosis.certificate import certificate  # noqa: PLC0415
    from services.cli.diagnosis.dependencies import dependencies  # noqa: PLC0415
    from services.cli.diagnosis.folder import data_folder  # noqa: PLC0415
    from services.cli.diagnosis.installation import installation  # noqa: PLC0415
    from services.cli.diagnosis.language_models import language_models  # noqa: PLC0415
    from services.cli.diagnosis.limits import limits  # noqa: PLC0415
    from services.cli.diagnosis.mail import mail  # noqa: PLC0415
    from services.cli.diagnosis.page import page  # noqa: PLC0415
    from services.cli.diagnosis.settings import read_settings  # noqa: PLC0415

    settings, findings = read_settings()
    found = [*installation(settings), *findings]
    if settings is None:
        return found
    found += [*certificate(settings), *data_folder(settings), *limits(settings)]
    found += asyncio.run(dependencies(settings))
    found.append(asyncio.run(page(settings)))
    found += asyncio.run(mail(settings))
    return [*found, *asyncio.run(language_models(settings))]


async def _look_there(url: str, key: str | None, *, wanted: bool) -> list[Finding]:
    from services.cli.diagnosis.server import health, key_rights  # noqa: PLC0415

    server = find_server(url, key, needs_key=False)
    found: list[Finding] = []
    try:
        async with ApiClient(server, patience=0) as client:
            found += [it async for it in health(client)]
        with_key = _with_key(server)
        if with_key is None:
            advice = "Give one with --key or DOCSTAGE_KEY."
            return [*found, at_server("key", Status.SKIPPED, "there is none to try", advice)]
        async with ApiClient(with_key, patience=0) as client:
            found += [it async for it in key_rights(client)]
    except Unreachable as error:
        status = Status.FAILURE if wanted or found else Status.SKIPPED
        found.append(at_server("server", status, str(error)))
    except CliError as error:
        found.append(at_server("server", Status.FAILURE, str(error)))
    return found


def _with_key(server: Server) -> Server | None:
    """The server with the key that was given, else the one of the data folder here."""
    try:
        return find_server(server.url, server.key)
    except CliError:
        return None


def _print(findings: Sequence[Finding], url: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for part, title in ((Part.LOCAL, "This machine"), (Part.SERVER, f"Server {printable(url)}")):
        own = [it for it in findings if it.part is part]
        if own:
            console.print(Text(title, "bold"))
        for finding in own:
            console.print(_line(finding))
            if finding.advice:
                indent = " " * (_STATUS_WIDTH + _NAME_WIDTH + 4)
                console.print(Text(f"{indent}{printable(finding.advice)}", "dim"))
    counts = {it: sum(found.status is it for found in findings) for it in Status}
    words = [
        Text(f"{count} {status.value}", _STYLES[status])
        for status, count in counts.items()
        if count
    ]
    console.print(Text(", ").join(words))


def _line(finding: Finding) -> Text:
    line = Text.assemble(
        "  ",
        (f"{finding.status.value:{_STATUS_WIDTH}}", _STYLES[finding.status]),
        f" {printable(finding.name):{_NAME_WIDTH}} {printable(finding.detail)}",
    )
    if finding.milliseconds is not None:
        line.append(f"  {finding.milliseconds:g} ms", "dim")
    return line
