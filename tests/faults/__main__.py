"""The fault matrix from the command line: ``make faults``, ``make faults-fast``.

The exit status is 0 when every row is green with its guard and red without it.
"""
# ruff: noqa: T201 - a program for the terminal

import argparse
import asyncio
import os
import platform
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from shared.models.time import utc_now
from tests.faults.crew import Crew
from tests.faults.matrix import BOTH, Row, rows
from tests.faults.running import Result
from tests.faults.table import line, markdown, table_in, write_into
from tests.faults.tasks import Sides, Work
from tests.servers.process import Unavailable

_VERSIONS = ("aio-pika", "pymongo", "SecantusDB", "nanio")
_INTERRUPTED = 130


def chosen(wanted: str, *, fast: bool) -> list[Row]:
    """The rows with these ids (a letter stands for its group), or all; exits where none is."""
    words = wanted.replace(",", " ").split()
    known = [row for row in rows() if row.is_fast or not fast]
    found = [
        row for row in known if not words or any(_is_of(row.id, word.upper()) for word in words)
    ]
    if not found:
        sys.exit(f"no rows {wanted!r}: there are {', '.join(row.id for row in known)}")
    return found


def _is_of(row: str, word: str) -> bool:
    return row.upper().rstrip("ABCDEFGH") == word or row.upper() == word or row[0] == word


@dataclass
class Showing:
    """Tells of each result on the terminal and, at once, in the page that keeps the table."""

    count: int
    jobs: int
    seed: int
    page: Path | None
    is_all: bool
    begun: float = field(default_factory=time.monotonic)
    results: list[Result] = field(default_factory=list)

    def tell(self, result: Result) -> None:
        """A line for the result, and how far it is; the page, as a run may be cut off."""
        self.results.append(result)
        minutes, seconds = divmod(int(time.monotonic() - self.begun), 60)
        print(f"{minutes:3}:{seconds:02} {len(self.results):3}/{self.count}  {line(result)}")
        sys.stdout.flush()
        if self.page:
            text = markdown(
                self.results, f"Of several runs. {self._heading()}", table_in(self.page)
            )
            write_into(self.page, text)

    def end(self) -> int:
        """The table, what is in it, and what is not as it should be; the exit status."""
        print(f"\n{markdown(self.results, self._heading())}\n")
        if self.page and self.is_all and len(self.results) == self.count:
            write_into(self.page, markdown(self.results, self._heading()))
        for engine in BOTH:
            of_it = [it for it in self.results if it.engine == engine]
            if of_it:
                print(f"{engine}: {', '.join(_count(of_it))}")
        bad = [it for it in self.results if not it.is_as_it_should_be]
        for it in bad:
            print(line(it))
        print(f"{len(self.results)} runs of {self.count}, {len(bad)} not as they should be")
        return 1 if bad or len(self.results) < self.count else 0

    def _heading(self) -> str:
        versions = ", ".join(f"{name} {_version(name)}" for name in _VERSIONS)
        minutes = (time.monotonic() - self.begun) / 60
        return (
            f"Run on {utc_now():%Y-%m-%d} in {minutes:.0f} minutes on {os.cpu_count()} cores, "
            f"{self.jobs} rows at a time, seed {self.seed}; Docstage {version('docstage')}, "
            f"Python {platform.python_version()}, {versions}."
        )


def _count(results: Sequence[Result]) -> list[str]:
    shown = []
    for guarded, name in ((True, "with guards"), (False, "without")):
        verdicts = Counter(it.verdict.value for it in results if it.guarded is guarded)
        told = [f"{count} {verdict}" for verdict, count in sorted(verdicts.items())]
        shown += [f"{name} {' and '.join(told)}"] if told else []
    return shown


def _version(name: str) -> str:
    try:
        return version(name)
    except ModuleNotFoundError:
        return "-"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", default="", help="for example 'A2 B1', or a letter for a group")
    parser.add_argument("--engine", choices=BOTH, help="this one alone")
    parser.add_argument("--jobs", type=int, default=3, help="rows at a time, a world for each")
    parser.add_argument("--fast", action="store_true", help="the rows that every CI run has")
    parser.add_argument("--guarded-only", action="store_true", help="no runs without guards")
    parser.add_argument("--without-only", action="store_true", help="no runs with guards")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    parser.add_argument("--keep", type=Path, help="a folder for logs and journals, to be kept")
    parser.add_argument("--write", type=Path, help="a Markdown file with a place for the table")
    return parser.parse_args()


def main() -> None:
    """Run the rows that are asked for, and print what came of each."""
    options = _options()
    # As Ctrl-C does it: services and servers end before we do. In the background of a shell that
    # would be ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    found = chosen(options.rows, fast=options.fast)
    engines = [options.engine] if options.engine else list(BOTH)
    sides = Sides(guarded=not options.without_only, without=not options.guarded_only)
    work = Work.of(found, engines, sides)
    is_all = not (options.rows or options.engine or options.fast) and sides == Sides()
    jobs = max(1, min(options.jobs, len(work.tasks)))
    showing = Showing(len(work.tasks), jobs, options.seed, options.write, is_all)
    print(f"{showing.count} runs of {len(found)} rows, {jobs} at a time, seed {options.seed}")
    with tempfile.TemporaryDirectory(
        prefix="docstage-faults-", ignore_cleanup_errors=True
    ) as folder:
        place = (options.keep or Path(folder)).absolute()
        crew = Crew(jobs, place, options.seed, showing.tell)
        try:
            asyncio.run(crew.run(work, [it for it in engines if work.left(it)]))
        except ExceptionGroup as group:
            missing = group.subgroup(Unavailable)
            if missing is None:
                raise
            sys.exit(f"make faults: {missing.exceptions[0]}")
        except KeyboardInterrupt:
            showing.end()
            sys.exit(_INTERRUPTED)
        sys.exit(showing.end())


if __name__ == "__main__":
    main()
