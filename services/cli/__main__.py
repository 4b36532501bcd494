"""The command ``docstage``: everything but ``up`` and ``run`` speaks HTTP to a server."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from pydantic import ValidationError

from services.cli.commands.version import version
from services.cli.failures import CliError, ServerRefused
from services.cli.printable import printable
from services.cli.registry import called_for
from shared.errors import DocstageError


def build(words: Sequence[str]) -> typer.Typer:
    """The command, with the subcommand that ``words`` call for, or with all of them."""
    app = typer.Typer(
        name="docstage",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for command in called_for(words):
        command.register(app)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


def _options(
    _show_version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version.")
    ] = False,
) -> None:
    """Documents in, structured data out."""


def main() -> None:
    """Run the command; whatever goes wrong is one line, and an exit code of 2."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # text streams, both
    try:
        build(sys.argv[1:])()
    except CliError as error:
        _fail(_sentence(error), error.exit_code)
    except DocstageError as error:
        _fail(str(error))
    except ValidationError as error:
        _fail("; ".join(_setting(it["loc"], it["msg"]) for it in error.errors()))
    except OSError as error:
        if os.environ.get("DOCSTAGE_LOG_LEVEL", "").upper() == "DEBUG":
            raise
        _fail(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _sentence(error: CliError) -> str:
    hint = ""
    if isinstance(error, ServerRefused) and error.code == "WRONG_AUTH":
        hint = " Give another key with --key or DOCSTAGE_KEY."
    return f"{error}{hint}"


def _setting(place: tuple[int | str, ...], message: str) -> str:
    name = "_".join(str(it) for it in place).upper()
    return f"DOCSTAGE_{name}: {message}"


def _fail(message: str, exit_code: int = 2) -> None:
    typer.echo(f"docstage: {printable(message)}", err=True)
    sys.exit(exit_code)


if __name__ == "__main__":
    main()
