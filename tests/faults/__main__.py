"""The fault matrix from the command line: ``make faults``, ``make faults-fast``.

The exit status is 0 when every row is green with its guard and red without it.
"""
# ruff: noqa: T201 - a program for the terminal

import argparse
import asyncio
import logging
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from deploy.dev.stack import Servers
from shared.models.time import utc_now
from tests.faults.launch import Engine
from tests.faults.matrix import BOTH, Row, rows
from tests.faults.running import Report, Result, Sides, run_rows
from tests.faults.table import BEGIN, END, line, markdown, table_in, write_into
from tests.faults.world import World
from tests.servers.process import Unavailable

_VERSIONS = ("aio-pika", "pymongo", "SecantusDB", "nanio")


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


async def _run_engine(
    engine: Engine, found: Sequence[Row], folder: Path, seed: int, sides: Sides, tell: Report
) -> list[Result]:
    if not any(engine in row.engines for row in found):
        return []
    if engine == "embedded":
        return await _run_world(World(folder, engine), found, seed, sides, tell)
    with Servers(folder / "servers") as servers:
        return await _run_world(World(folder, engine, servers), found, seed, sides, tell)


async def _run_world(
    world: World, found: Sequence[Row], seed: int, sides: Sides, tell: Report
) -> list[Result]:
    try:
        return await run_rows(world, found, world.folder / "runs", seed, tell, sides)
    finally:
        await world.close()


def _heading(seed: int, seconds: float) -> str:
    versions = ", ".join(f"{name} {_version(name)}" for name in _VERSIONS)
    return (
        f"Run on {utc_now():%Y-%m-%d} in {seconds / 60:.0f} minutes on {os.cpu_count()} cores, "
        f"seed {seed}; Docstage {version('docstage')}, Python {platform.python_version()}, "
        f"{versions}."
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except ModuleNotFoundError:
        return "-"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", default="", help="for example 'A2 B1', or a letter for a group")
    parser.add_argument("--engine", choices=BOTH, help="this one alone")
    parser.add_argument("--fast", action="store_true", help="the rows that every CI run has")
    parser.add_argument("--guarded-only", action="store_true", help="no runs without guards")
    parser.add_argument("--without-only", action="store_true", help="no runs with guards")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    parser.add_argument("--keep", type=Path, help="a folder for logs and journals, to be kept")
    parser.add_argument("--write", type=Path, help="a Markdown file with a place for the table")
    return parser.parse_args()


def _run(options: argparse.Namespace) -> int:
    """One engine; the exit status."""
    found = chosen(options.rows, fast=options.fast)
    begun, results = time.monotonic(), list[Result]()
    sides = Sides(guarded=not options.without_only, without=not options.guarded_only)

    def tell(result: Result) -> None:
        print(line(result), flush=True)
        results.append(result)
        if options.write:  # at once: a run that is cut off has told what it saw
            heading = f"Of several runs. {_heading(options.seed, time.monotonic() - begun)}"
            earlier = table_in(options.write)
            write_into(options.write, markdown(results, heading, earlier))

    with tempfile.TemporaryDirectory(prefix="docstage-faults-") as temporary:
        folder = (options.keep or Path(temporary)).absolute() / options.engine
        try:
            asyncio.run(_run_engine(options.engine, found, folder, options.seed, sides, tell))
        except Unavailable as reason:
            sys.exit(f"make faults: {reason}")
    if not options.write:
        print(f"\n{markdown(results, _heading(options.seed, time.monotonic() - begun))}")
    bad = [it for it in results if not it.is_as_it_should_be]
    print(f"\n{options.engine}: {len(results)} runs, {len(bad)} not as they should be", flush=True)
    return 1 if bad else 0


def _run_side_by_side(options: argparse.Namespace) -> int:
    """A process for each engine, as most of the time is spent in waiting for leases to end."""
    found = chosen(options.rows, fast=options.fast)
    begun = time.monotonic()
    print(f"{len(found)} rows, seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="docstage-faults-") as folder:
        pages = [Path(folder, f"{it}.md") for it in BOTH if any(it in row.engines for row in found)]
        children = [_child(options, page) for page in pages]
        try:
            statuses = [child.wait() for child in children]
        except KeyboardInterrupt:
            for child in children:
                child.terminate()
            return max(child.wait() for child in children) or 1
        tables = "\n".join(table_in(page) for page in pages)
    heading = _heading(options.seed, time.monotonic() - begun)
    print(f"\n{markdown([], heading, tables)}")
    if options.write:
        is_all = not (options.rows or options.fast)
        earlier = "" if is_all else table_in(options.write)
        heading = heading if is_all else f"Of several runs. {heading}"
        write_into(options.write, markdown([], heading, f"{earlier}\n{tables}"))
    return max(statuses)


def _child(options: argparse.Namespace, page: Path) -> subprocess.Popen[bytes]:
    page.write_text(f"{BEGIN}\n{END}\n")
    command = [sys.executable, "-m", "tests.faults", "--engine", page.stem, "--write", str(page)]
    command += ["--rows", options.rows, "--seed", str(options.seed)]
    command += ["--fast"] if options.fast else []
    command += ["--guarded-only"] if options.guarded_only else []
    command += ["--without-only"] if options.without_only else []
    command += ["--keep", str(options.keep)] if options.keep else []
    return subprocess.Popen(command)  # noqa: S603 - ourselves


def main() -> None:
    """Run the rows that are asked for, and print what came of each."""
    options = _options()
    # As Ctrl-C does it: services and servers end before we do.
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # clients that go are the point
    sys.exit(_run(options) if options.engine else _run_side_by_side(options))


if __name__ == "__main__":
    main()
