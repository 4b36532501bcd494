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
    for path in _files():
        for name, guard in _guards_of(path).items():
            if name in found:
                raise ValueError(f"two guards are called {name}")
            found[name] = guard
    return found


def take_out(names: Iterable[str]) -> None:
    """Take guards out of this process; raises ``KeyError`` for an unknown one.

    Only their own files are imported: what guards other services takes seconds to load.
    """
    for name in names:
        speaking_of_it = (it for it in _files() if f'"{name}": Guard(' in it.read_text())
        known = {key: it for path in speaking_of_it for key, it in _guards_of(path).items()}
        known[name].take_out()


def _files() -> list[Path]:
    found = sorted(Path(__file__).parent.glob("*.py"))
    return [path for path in found if path.stem not in {"registry", "__init__"}]


def _guards_of(path: Path) -> dict[str, Guard]:
    module = importlib.import_module(f"tests.faults.guards.{path.stem}")
    guards: dict[str, Guard] = module.GUARDS
    return guards
