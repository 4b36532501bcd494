"""``docstage types``: definitions from files and into files, and models as code."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from services.cli.client import API, ApiClient
from services.cli.commands.running import call
from services.cli.connection import DEFAULT_URL, Key, Url, find_server
from services.cli.definitions import read_definition, written
from services.cli.failures import CliError, ServerRefused
from services.cli.printable import printable

_CONFLICT = 409

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="Definitions, as YAML or JSON.")
]
Names = Annotated[
    list[str] | None, typer.Argument(metavar="[TYPE]...", help="Types by name; else all of them.")
]
Replace = Annotated[bool, typer.Option("--replace", help="Change a type that is there already.")]
Into = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Write files, not here.")
]


class Language(StrEnum):
    """What models are written in."""

    PYTHON = "python"
    TYPESCRIPT = "typescript"
    JSON_SCHEMA = "json-schema"


def add(files: Files, replace: Replace = False, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Make document types of your own from files."""
    definitions = [read_definition(it) for it in files]

    async def work(client: ApiClient) -> list[dict[str, Any]]:
        return [await _put(client, it, replace=replace) for it in definitions]

    for made in call(find_server(url, key), work):
        fields = f"{len(made['fields'])} fields"
        typer.echo(printable(f"{made['name']}: version {made['version']}, {fields}"))


def remove(
    name: Annotated[str, typer.Argument(metavar="TYPE", help="A type of your own, by name.")],
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Remove a document type of your own; its documents stay."""

    async def work(client: ApiClient) -> None:
        await client.send("DELETE", _path(name))

    call(find_server(url, key), work)
    typer.echo(f"Removed: {printable(name)}")


def export(
    names: Names = None,
    output: Into = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of YAML.")] = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Write the definitions of document types, as ``docstage types add`` takes them."""

    async def work(client: ApiClient) -> list[dict[str, Any]]:
        found = [it async for it in client.rows(f"{API}/types", "types")]
        return _named(found, names)

    kinds = call(find_server(url, key), work)
    ending = "json" if as_json else "yaml"
    texts = {f"{it['name']}.{ending}": written(it, as_json=as_json) for it in kinds}
    _hand_over(texts, output, "" if as_json else "---\n")


def models(
    names: Names = None,
    python: Annotated[bool, typer.Option("--python", help="Pydantic models (default).")] = False,
    typescript: Annotated[bool, typer.Option("--typescript", help="Interfaces.")] = False,
    json_schema: Annotated[bool, typer.Option("--json-schema", help="JSON Schema.")] = False,
    snake_case: Annotated[
        bool,
        typer.Option(
            "--snake-case",
            help="Fields as they are named; else camel case, with which Python's models take both.",
        ),
    ] = False,
    output: Into = None,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Write models of the data of document types, to copy into a program."""
    language = _language(python=python, typescript=typescript, json_schema=json_schema)
    query = {"language": language.value, "keys": "name" if snake_case else "camel"}

    async def work(client: ApiClient) -> list[dict[str, Any]]:
        found = [it async for it in client.rows(f"{API}/types", "types")]
        paths = [f"{_path(it['name'])}/models" for it in _named(found, names)]
        return [(await client.get(it, query)).body for it in paths]

    texts = {it["file"]: it["code"] for it in call(find_server(url, key), work)}
    _hand_over(texts, output, "")


async def _put(client: ApiClient, definition: dict[str, Any], *, replace: bool) -> dict[str, Any]:
    try:
        return (await client.send("POST", f"{API}/types", definition)).body
    except ServerRefused as refusal:
        if refusal.status != _CONFLICT or not replace:
            raise
    body = {name: it for name, it in definition.items() if name not in {"name", "workspace"}}
    return (await client.send("PUT", _path(definition["name"]), body)).body


def _path(name: str) -> str:
    return f"{API}/types/{quote(str(name), safe='')}"


def _named(found: list[dict[str, Any]], names: list[str] | None) -> list[dict[str, Any]]:
    by_name = {it["name"]: it for it in found}
    missing = [it for it in names or () if it not in by_name]
    if missing:
        raise CliError(f"There is no type {printable(missing[0])!r}.")
    return [by_name[it] for it in names] if names else found


def _language(*, python: bool, typescript: bool, json_schema: bool) -> Language:
    if python + typescript + json_schema > 1:
        raise CliError("Choose one of --python, --typescript and --json-schema.")
    if typescript:
        return Language.TYPESCRIPT
    return Language.JSON_SCHEMA if json_schema else Language.PYTHON


def _hand_over(texts: dict[str, str], folder: Path | None, between: str) -> None:
    if folder is None:
        typer.echo(between.join(texts.values()), nl=False)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
            typer.echo(printable(str(folder / name)))
    except OSError as error:
        raise CliError(f"{printable(str(folder))} cannot be written: {error.strerror}") from None
