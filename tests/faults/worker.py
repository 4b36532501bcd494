"""One world in a process of its own, that runs what it is told to: started by ``crew``.

Wishes come as lines on stdin, results go as lines to stdout. When stdin ends, or by SIGTERM, it
ends, and all that it has started with it.
"""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.dev.servers import Servers
from tests.faults.descendants import adopt_orphans, end_descendants
from tests.faults.matrix import BOTH, Row, rows
from tests.faults.running import run_row
from tests.faults.tasks import told
from tests.faults.world import World
from tests.servers.process import Unavailable

UNAVAILABLE = 3
"""Exit status where a server cannot be had."""


async def _serve(world: World, seed: int) -> None:
    """Run what is wished for, until it is cancelled."""
    known = {row.id: row for row in rows()}
    async with _wishes() as wishes:
        try:
            while True:
                it = json.loads(await wishes.get())
                answer = await _run(world, known[it["row"]], seed, **it)
                sys.stdout.write(answer)
                sys.stdout.flush()
        finally:
            await world.close()


async def _run(
    world: World, known: Row, seed: int, *, row: str, guarded: bool, patience: float
) -> str:
    side = "on" if guarded else "off"
    place = world.folder / "runs" / f"{row}-{side}-{time.monotonic_ns()}"
    place.mkdir(parents=True)
    return told(await run_row(world, known, place, seed, guarded=guarded, patience=patience))


@asynccontextmanager
async def _wishes() -> AsyncIterator[asyncio.Queue[str]]:
    """The lines of stdin; at its end whatever is being done is cancelled."""
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[str]()
    reader, serving = asyncio.StreamReader(), asyncio.current_task()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

    async def read() -> None:
        while line := await reader.readline():
            await queue.put(line.decode())
        _cancel()

    is_over = False

    def _cancel() -> None:
        nonlocal is_over
        if not is_over and serving is not None:
            is_over = True
            serving.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _cancel)
    reading = asyncio.create_task(read())
    try:
        yield queue
    finally:
        reading.cancel()
        is_over = True


def _interrupt(*_: object) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> None:
    """Serve until nobody wishes for anything more."""
    parser = argparse.ArgumentParser(prog="tests.faults.worker", description=__doc__)
    parser.add_argument("--engine", choices=BOTH, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # clients that go are the point
    adopt_orphans()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    status = 1
    try:
        if options.engine == "embedded":
            asyncio.run(_serve(World(options.folder, options.engine), options.seed))
        else:
            with Servers(options.folder / "servers") as servers:
                world = World(options.folder, options.engine, servers)
                asyncio.run(_serve(world, options.seed))
    except Unavailable as reason:
        sys.stderr.write(f"{reason}\n")
        status = UNAVAILABLE
    except (KeyboardInterrupt, asyncio.CancelledError):
        status = 0
    except Exception:  # noqa: BLE001 - the exit below would keep it to itself
        traceback.print_exc()
    finally:
        end_descendants()
        sys.stderr.flush()
        os._exit(status)  # threads may wait for what will never be ready


if __name__ == "__main__":
    main()
