"""``docstage version``."""

import platform
from importlib.metadata import version as installed

import typer


def version() -> None:
    """Print the version."""
    typer.echo(f"docstage {installed('docstage')} (Python {platform.python_version()})")
