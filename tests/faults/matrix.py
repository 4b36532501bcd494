"""The fault matrix as data: every row that can be run on one machine, and who guards it."""

import importlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.launch import Engine, Launch
from tests.faults.scene import Scene

BOTH: tuple[Engine, ...] = ("rabbitmq", "embedded")
Scenario = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Row:
    """One fault.

    ``guard`` is what protects from it, by its name in ``tests.faults.guards``; with it taken
    out the scenario must show one of the violations ``breaks`` (``V1`` to ``V8``, or ``row``
    for what the scenario itself requires). ``launches`` has services that need settings of
    their own for it. ``spoils``: the world is of no use to others after it.
    """

    id: str
    fault: str
    run: Scenario
    guard: str
    breaks: frozenset[str]
    engines: tuple[Engine, ...] = BOTH
    is_fast: bool = False
    launches: Mapping[str, Launch] = field(default_factory=dict)
    spoils: bool = False


def rows() -> list[Row]:
    """All rows, of the modules ``rows_*.py`` beside this one, in the order of their names."""
    found: list[Row] = []
    for path in sorted(Path(__file__).parent.glob("rows_*.py")):
        found += importlib.import_module(f"tests.faults.{path.stem}").ROWS
    return sorted(found, key=lambda row: (row.id[0], int(row.id[1:].rstrip("abcdefgh")), row.id))
