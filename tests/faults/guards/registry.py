"""Guards: what protects from a fault, and how a test takes it out of a process.

Each file of this folder has a table ``GUARDS``. Nothing of this is in the product: a guard is
taken out by putting another function in the place of the one that guards, in one process.
"""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

SERVICES = ("ingest", "ocr", "extract", "notify")


@dataclass(frozen=True, slots=True)
class Guard:
    """``take_out`` is called in the process of each of ``services`` before it starts."""

    what: str
    take_out: Callable[[], None]
    services: tuple[str, ...] = SERVICES


def guards() -> dict[str, Guard]:
    """All guards by name; raises ``ValueError`` when two have one name."""
    found: dict[str, Guard] = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem == "registry":
            continue
        for name, guard in importlib.import_module(
            f"tests.faults.guards.{path.stem}"
        ).GUARDS.items():
            if name in found:
                raise ValueError(f"two guards are called {name}")
            found[name] = guard
    return found


def take_out(names: Iterable[str]) -> None:
    """Take guards out of this process; raises ``KeyError`` for an unknown one."""
    known = guards()
    for name in names:
        known[name].take_out()
