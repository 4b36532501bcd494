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
from tests.faults.running import Result, run_rows
from tests.faults.table import line, markdown, table_in, write_into
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


def _tell(result: Result) -> None:
    print(line(result), flush=True)


async def _run_engine(
    engine: Engine, found: Sequence[Row], folder: Path, seed: int, *, both: bool
) -> list[Result]:
    if not any(engine in row.engines for row in found):
        return []
    if engine == "embedded":
        return await _run_world(World(folder, engine), found, seed, both=both)
    with Servers(folder / "servers") as servers:
        return await _run_world(World(folder, engine, servers), found, seed, both=both)


async def _run_world(world: World, found: Sequence[Row], seed: int, *, both: bool) -> list[Result]:
    try:
        return await run_rows(world, found, world.folder / "runs", seed, _tell, both=both)
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


def main() -> None:
    """Run the rows that are asked for, and print what came of each."""
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", default="", help="for example 'A2 B1', or a letter for a group")
    parser.add_argument("--engine", choices=BOTH, help="this one alone")
    parser.add_argument("--fast", action="store_true", help="the rows that every CI run has")
    parser.add_argument("--guarded-only", action="store_true", help="no runs without guards")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    parser.add_argument("--keep", type=Path, help="a folder for logs and journals, to be kept")
    parser.add_argument("--write", type=Path, help="a Markdown file with a place for the table")
    options = parser.parse_args()
    found = chosen(options.rows, fast=options.fast)
    engines = (options.engine,) if options.engine else BOTH
    # As Ctrl-C does it: services and servers end before we do.
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # clients that go are the point
    begun, results = time.monotonic(), list[Result]()
    print(f"{len(found)} rows, seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="docstage-faults-") as temporary:
        folder = (options.keep or Path(temporary)).absolute()
        try:
            for engine in engines:
                run = _run_engine(
                    engine, found, folder / engine, options.seed, both=not options.guarded_only
                )
                results += asyncio.run(run)
        except Unavailable as reason:
            sys.exit(f"make faults: {reason}")
    heading = _heading(options.seed, time.monotonic() - begun)
    print(f"\n{markdown(results, heading)}")
    if options.write:
        is_all = not (options.rows or options.engine or options.fast)
        earlier = "" if is_all else table_in(options.write)
        heading = heading if is_all else f"Of several runs. {heading}"
        write_into(options.write, markdown(results, heading, earlier))
    bad = [it for it in results if not it.is_as_it_should_be]
    print(f"\n{len(results)} runs, {len(bad)} not as they should be")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
