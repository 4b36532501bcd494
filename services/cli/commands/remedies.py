"""Doing something about dead letters: those named, or all that filters leave, some at a time."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from services.cli.client import API, ApiClient
from services.cli.commands.running import call, print_json
from services.cli.connection import Server
from services.cli.failures import CliError, ServerRefused
from services.cli.printable import printable

LETTERS = f"{API}/dead-letters"
AT_ONCE = 100
"""Letters that one call of many does something about."""
EXIT_LEFT = 1
_PAST = {"replay": "replayed", "discard": "discarded"}

Filters = Callable[[ApiClient], Awaitable[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do: ``replay`` or ``discard``, with what to say of each, and beside it of many."""

    name: str
    wish: Mapping[str, Any]
    pace: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Manners:
    """Whether all are meant, whether to only look, to ask before, and how to tell of it."""

    everything: bool
    dry_run: bool
    yes: bool
    as_json: bool


@dataclass(slots=True)
class _Done:
    letters: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)


def apply(
    server: Server, remedy: Remedy, ids: Sequence[str], filters: Filters, manners: Manners
) -> None:
    """Do it, and print what became of it; ends with 1 if some were left as they are.

    Raises ``CliError`` for a call that names both letters and all, or neither.
    """
    if bool(ids) == manners.everything:
        raise CliError("Name letters, or say --all; 'docstage dead list' shows them.")

    async def work(client: ApiClient) -> _Done:
        query = await filters(client)
        if ids:
            if query:
                raise CliError("Filters go with --all.")
            return await _named(client, remedy, ids, manners)
        return await _all(client, remedy, query, manners)

    done = call(server, work)
    _tell(done, remedy, manners)
    if done.left:
        raise typer.Exit(EXIT_LEFT)


async def _named(client: ApiClient, remedy: Remedy, ids: Sequence[str], manners: Manners) -> _Done:
    done = _Done()
    for identity in ids:
        place = f"{LETTERS}/{quote(identity, safe='')}"
        try:
            if manners.dry_run:
                await client.get(place)
            else:
                body = dict(remedy.wish) or None
                await client.send("POST", f"{place}/{remedy.name}", body)
            done.letters.append(identity)
        except ServerRefused as refusal:
            done.left[identity] = str(refusal)
    return done


async def _all(
    client: ApiClient, remedy: Remedy, query: Mapping[str, str], manners: Manners
) -> _Done:
    found = client.rows(LETTERS, "dead_letters", {**query, "state": "open"})
    ids = [it["id"] async for it in found]
    if manners.dry_run:
        return _Done(list(reversed(ids)))
    if not ids:
        return _Done()
    if not manners.yes:
        typer.confirm(f"{remedy.name.capitalize()} {len(ids)} letters?", abort=True, err=True)
    done = _Done()
    body = {**query, **remedy.wish, **remedy.pace, "limit": AT_ONCE}
    with _progress(len(ids)) as advance:
        while True:
            # Twice does it once, so a call whose answer was lost does no harm.
            told = (await client.send("POST", f"{LETTERS}/{remedy.name}", body)).body
            done.letters += told["letters"]
            done.left.update({it["id"]: it["detail"] for it in told["left"]})
            advance(len(told["letters"]))
            if not told["more"] or not told["letters"]:
                return done
            if told.get("next_due"):
                body["not_before"] = told["next_due"]


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("Dead letters", total=total)
        yield lambda count: progress.advance(task, count)


def _tell(done: _Done, remedy: Remedy, manners: Manners) -> None:
    if manners.as_json:
        left = [{"id": name, "detail": why} for name, why in done.left.items()]
        print_json({"dry_run": manners.dry_run, "letters": done.letters, "left": left})
        return
    for identity in done.letters:
        typer.echo(printable(identity))
    for identity, why in done.left.items():
        typer.echo(f"{printable(identity)}: {printable(why)}", err=True)
    would = "would be " if manners.dry_run else ""
    typer.echo(f"{len(done.letters)} {would}{_PAST[remedy.name]}.", err=True)
