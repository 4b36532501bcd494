"""The command ``docstage``: everything but ``up`` and ``run`` speaks HTTP to a server."""

import os
import platform
import sys
from importlib.metadata import version as installed
from typing import Annotated

import typer
from pydantic import ValidationError

from services.cli.commands import (
    address,
    dead,
    keys,
    mailboxes,
    models,
    notices,
    orgs,
    types,
    webhooks,
)
from services.cli.commands.doctor import doctor
from services.cli.commands.documents import documents
from services.cli.commands.export import export
from services.cli.commands.policies import policies
from services.cli.commands.processes import run, up
from services.cli.commands.queues import queues
from services.cli.commands.senders import senders
from services.cli.commands.server import openapi
from services.cli.commands.submit import submit
from services.cli.commands.subscribe import subscribe
from services.cli.commands.timeline import timeline
from services.cli.commands.watch import watch
from services.cli.failures import CliError, ServerRefused
from services.cli.printable import printable
from shared.errors import DocstageError

_SERVING, _USING, _ADMINISTERING = "Run it", "Use it", "Administer it"


def build() -> typer.Typer:
    """The command with all its subcommands."""
    app = typer.Typer(
        name="docstage",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    app.command(rich_help_panel=_SERVING)(up)
    app.command(rich_help_panel=_SERVING)(run)
    app.add_typer(models.app, name="models", rich_help_panel=_SERVING)
    app.command(rich_help_panel=_USING)(submit)
    app.command(rich_help_panel=_USING)(documents)
    app.command(rich_help_panel=_USING)(watch)
    app.command(rich_help_panel=_USING)(timeline)
    app.command(rich_help_panel=_USING)(queues)
    app.command(rich_help_panel=_USING)(export)
    app.command(rich_help_panel=_USING)(subscribe)
    app.command(rich_help_panel=_USING)(openapi)
    app.command(rich_help_panel=_USING)(doctor)
    app.add_typer(keys.app, name="keys", rich_help_panel=_ADMINISTERING)
    app.add_typer(types.app, name="types", rich_help_panel=_USING)
    app.add_typer(orgs.app, name="orgs", rich_help_panel=_ADMINISTERING)
    app.add_typer(dead.app, name="dead", rich_help_panel=_ADMINISTERING)
    app.add_typer(address.app, name="address", rich_help_panel=_ADMINISTERING)
    app.add_typer(notices.app, name="notices", rich_help_panel=_ADMINISTERING)
    app.add_typer(mailboxes.app, name="mailboxes", rich_help_panel=_ADMINISTERING)
    app.add_typer(webhooks.app, name="webhooks", rich_help_panel=_ADMINISTERING)
    app.command(rich_help_panel=_ADMINISTERING)(senders)
    app.command(rich_help_panel=_ADMINISTERING)(policies)
    app.command(rich_help_panel=_USING)(version)
    return app


def version() -> None:
    """Print the version."""
    typer.echo(f"docstage {installed('docstage')} (Python {platform.python_version()})")


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
        build()()
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
