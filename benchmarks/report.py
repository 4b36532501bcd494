"""What a benchmark found: figures, and the floors it holds them against."""

import argparse
import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

Figures = dict[str, float | str]


@dataclass(frozen=True)
class Floor:
    """What a figure should reach: ``limit`` or more, or with ``at_most`` no more than it."""

    name: str
    measured: float
    limit: float
    at_most: bool = False

    @property
    def reached(self) -> bool:
        """Whether it does."""
        return self.measured <= self.limit if self.at_most else self.measured >= self.limit

    def __str__(self) -> str:
        sign = "<=" if self.at_most else ">="
        verdict = "reached" if self.reached else "MISSED"
        return f"{self.name}: {self.measured:.2f}, floor {sign} {self.limit:g}: {verdict}"


@dataclass
class Report:
    """The outcome of one benchmark; ``setting`` says on what: store, broker, fsync."""

    bench: str
    setting: dict[str, Any]
    figures: list[Figures] = field(default_factory=list)
    floors: list[Floor] = field(default_factory=list)

    def finish(self, path: Path | None) -> None:
        """Print it all, and write it to ``path`` as JSON."""
        console = Console(width=118, highlight=False)
        if self.figures:
            console.print(_table(self.bench, self.figures))
        console.print(", ".join(f"{name}: {value}" for name, value in self.setting.items()))
        for floor in self.floors:
            console.print(str(floor))
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(self.as_dict(), indent=1) + "\n", "utf-8")

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        floors = [{**asdict(it), "reached": it.reached} for it in self.floors]
        return {
            "bench": self.bench,
            "setting": self.setting,
            "figures": self.figures,
            "floors": floors,
        }


def parser(doc: str | None) -> argparse.ArgumentParser:
    """A command line with ``--json``, described by a module's docstring."""
    made = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return made


def progress(text: str) -> None:
    """Say what is going on."""
    print(f"  {text}", flush=True)


def median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of pairs measured side by side."""
    pairs = zip(ours, theirs, strict=True)
    return round(statistics.median(one / other for one, other in pairs), 3)


def middle(values: Sequence[float], digits: int = 2) -> float:
    """The median, rounded."""
    return round(statistics.median(values), digits)


def at_share(values: Sequence[float], share: float, digits: int = 2) -> float:
    """The value that ``share`` of them do not exceed, rounded."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], digits)


def _table(title: str, figures: Sequence[Figures]) -> Table:
    table = Table(title=title, title_justify="left")
    columns = list(dict.fromkeys(name for row in figures for name in row))
    for name in columns:
        is_text = isinstance(figures[0].get(name), str)
        table.add_column(name, justify="left" if is_text else "right")
    for row in figures:
        table.add_row(*(_cell(row.get(name, "")) for name in columns))
    return table


def _cell(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,g}"
