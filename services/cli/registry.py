"""The commands by name. Only the one that is called for is imported: together they cost a second.

``--help`` and a completion of names need all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer

_SERVING, _USING, _ADMINISTERING = "Run it", "Use it", "Administer it"


@dataclass(frozen=True, slots=True)
class Command:
    """A command, or a group of them, in a module of ``services.cli.commands``."""

    name: str
    module: str
    attribute: str
    panel: str

    def register(self, app: typer.Typer) -> None:
        """Import it, and add it to the whole."""
        module = import_module(f"services.cli.commands.{self.module}")
        found: Any = getattr(module, self.attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=self.name, rich_help_panel=self.panel)
        else:
            app.command(name=self.name, rich_help_panel=self.panel)(found)


COMMANDS = (
    Command("up", "processes", "up", _SERVING),
    Command("run", "processes", "run", _SERVING),
    Command("models", "models", "app", _SERVING),
    Command("submit", "submit", "submit", _USING),
    Command("documents", "documents", "documents", _USING),
    Command("watch", "watch", "watch", _USING),
    Command("timeline", "timeline", "timeline", _USING),
    Command("queues", "queues", "queues", _USING),
    Command("export", "export", "export", _USING),
    Command("subscribe", "subscribe", "subscribe", _USING),
    Command("openapi", "server", "openapi", _USING),
    Command("doctor", "doctor", "doctor", _USING),
    Command("keys", "keys", "app", _ADMINISTERING),
    Command("types", "types", "app", _USING),
    Command("orgs", "orgs", "app", _ADMINISTERING),
    Command("dead", "dead", "app", _ADMINISTERING),
    Command("search", "search", "app", _ADMINISTERING),
    Command("address", "address", "app", _ADMINISTERING),
    Command("notices", "notices", "app", _ADMINISTERING),
    Command("mailboxes", "mailboxes", "app", _ADMINISTERING),
    Command("webhooks", "webhooks", "app", _ADMINISTERING),
    Command("senders", "senders", "senders", _ADMINISTERING),
    Command("policies", "policies", "policies", _ADMINISTERING),
    Command("version", "version", "version", _USING),
)
"""In the order of the help."""


def called_for(words: Sequence[str]) -> Sequence[Command]:
    """The command that the words of a call begin with, or all where they begin otherwise."""
    named = [it for it in COMMANDS if words and it.name == words[0]]
    return named or COMMANDS
