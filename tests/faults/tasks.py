"""What is to be run, in which order, and its results as lines between processes."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.faults.evidence import Violation
from tests.faults.launch import Engine
from tests.faults.matrix import Row
from tests.faults.running import LEAST_PATIENCE, PATIENCE, Result


@dataclass(frozen=True, slots=True)
class Task:
    """One run of a row, with its guard or without."""

    row: Row
    engine: Engine
    guarded: bool


@dataclass(frozen=True, slots=True)
class Sides:
    """Which runs a row gets: with its guard, without it."""

    guarded: bool = True
    without: bool = True


@dataclass
class Work:
    """All that is still to be run. Guarded runs come first, as they show how long an end takes."""

    tasks: list[Task]
    settling: dict[tuple[str, Engine], float] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Row], engines: Sequence[Engine], sides: Sides) -> "Work":
        """The runs of rows on those of the engines that they are for."""
        runs = [(row, engine) for engine in engines for row in rows if engine in row.engines]
        guarded = [Task(*run, guarded=True) for run in runs if sides.guarded]
        without = [Task(*run, guarded=False) for run in runs if sides.without]
        return cls([*guarded, *without])

    def left(self, engine: Engine) -> int:
        """How many runs of an engine nobody has taken."""
        return sum(it.engine == engine for it in self.tasks)

    def take(self, engine: Engine, last: Task | None) -> Task | None:
        """The next run on an engine.

        Without guards one follows whose guard is out already, so that services start anew less
        often.
        """
        open_ = [it for it in self.tasks if it.engine == engine]
        if not open_:
            return None
        chosen = open_[0]
        if last is not None and not last.guarded and not chosen.guarded:
            alike = (it for it in open_ if it.row.guard == last.row.guard)
            chosen = next(alike, chosen)
        self.tasks.remove(chosen)
        return chosen

    def note(self, result: Result) -> None:
        """Remember how long the end of a guarded run took."""
        if result.guarded:
            self.settling[result.row.id, result.engine] = result.settling

    def patience(self, task: Task) -> float:
        """Seconds that the end of a run may take; without a guard it often never comes."""
        if task.guarded:
            return PATIENCE
        known = self.settling.get((task.row.id, task.engine), PATIENCE / 4)
        return max(LEAST_PATIENCE, 2 * known)


def wish(task: Task, patience: float) -> str:
    """A run as a line for the process that is to do it."""
    told = {"row": task.row.id, "guarded": task.guarded, "patience": patience}
    return json.dumps(told) + "\n"


def told(result: Result) -> str:
    """A result as a line; its row is known to who asked for it."""
    found = [[it.invariant, it.document, it.what] for it in result.violations]
    return json.dumps(
        {"violations": found, "seconds": result.seconds, "settling": result.settling,
         "error": result.error}
    ) + "\n"  # fmt: skip


def heard(line: str, task: Task) -> Result:
    """The result of a run from its line."""
    it = json.loads(line)
    violations = [Violation(*words) for words in it.pop("violations")]
    return Result(task.row, task.engine, task.guarded, violations, **it)
