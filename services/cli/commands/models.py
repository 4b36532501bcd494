"""``docstage models``: the networks that read pages."""

from typing import Annotated

import typer

from services.cli.commands.running import AsJson, print_json
from services.cli.failures import CliError
from services.cli.tables import print_rows
from shared.errors import DocstageError

app = typer.Typer(no_args_is_help=True, help="The networks that read pages, on this machine.")

_MEGABYTE = 1_000_000


Engine = Annotated[
    str | None, typer.Option("--engine", help="Only those of one engine: fast, craft or exact.")
]


@app.command()
def warm(engine: Engine = None) -> None:
    """Build those that are not there yet. Needs no network; 'up' does it by itself."""
    # The weights' packages are large: only who builds loads them.
    from services.ocr import models  # noqa: PLC0415

    try:
        models.warm(lambda line: typer.echo(line, err=True), engine)
    except DocstageError as error:
        raise CliError(str(error)) from None


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List them, and where they are."""
    from services.ocr import models  # noqa: PLC0415

    paths = {name.value: models.model_file(name) for name in models.ModelName}
    sizes = {name: path.stat().st_size if path.exists() else None for name, path in paths.items()}
    if as_json:
        print_json(
            [
                {
                    "name": name,
                    "built": sizes[name] is not None,
                    "bytes": sizes[name],
                    "path": str(path),
                }
                for name, path in paths.items()
            ]
        )
        return
    rows = []
    for name, path in paths.items():
        size = sizes[name]
        state = "not built" if size is None else f"{size / _MEGABYTE:.1f} MB"
        rows.append((name, state, str(path)))
    print_rows(("Model", "Size", "Path"), rows)
