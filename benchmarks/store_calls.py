"""Calls of the MongoDB driver for one document that passes the chain.

    python -m benchmarks.store_calls [--jobs N] [--json FILE]

Counts the commands that the driver sends, with pymongo's own command monitoring, while
documents pass Docstage's stage runtime with handlers that do nothing: one after the other,
and many at a time. Two ways, as in ``benchmarks.chain``: ``record`` is one record through
three stages, ``document`` the product's way with extraction, events and a delivery. The
reference is a bare chain that makes the fewest calls there can be. Relay and sweeper, which
ask a few times a second whatever happens, are left out; what was carried out is cleared.

The server is a MongoDB-wire stand-in for tests, so calls are counted and no time is taken.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import monitoring

from benchmarks.disk import fsync_milliseconds
from benchmarks.no_ops import DOCUMENT, ORDER, RECORD, DocstageChain
from benchmarks.reference.mongo_chain import pass_job
from benchmarks.report import Figures, Report, parser, progress
from shared.broker.memory import MemoryBroker
from shared.broker.port import Consumer, Handler, Incoming
from shared.broker.topology import job_queue
from shared.models.ids import new_id
from shared.models.work import Lane
from shared.stages.context import Runtime
from shared.store.connect import connect_store
from tests.servers.mongo_wire import MongoWireServer

AT_A_TIME = 16
CLEARED_SECONDS = 2.5
"""By then what was carried out has been removed from the outboxes."""

WRITES = ("insert", "update", "delete", "findAndModify")
_IGNORED = {"hello", "ismaster", "ping", "endSessions", "buildInfo"}


class Calls(monitoring.CommandListener):
    """Counts commands by name."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """One was sent."""
        if event.command_name not in _IGNORED:
            self.counted[event.command_name] += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to count."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to count."""


class LastStage(MemoryBroker):
    """The broker in the process; counts the jobs that the last stage dealt with."""

    def __init__(self) -> None:
        super().__init__()
        self.finished = asyncio.Semaphore(0)

    async def consume(self, queue: str, handler: Handler, prefetch: int) -> Consumer:
        """See the port."""
        if queue != job_queue(ORDER[-1], Lane.NORMAL):
            return await super().consume(queue, handler, prefetch)

        async def handle(incoming: Incoming) -> None:
            await handler(incoming)
            self.finished.release()

        return await super().consume(queue, handle, prefetch)


async def counted(
    calls: Calls, run: Callable[[], Awaitable[None]], jobs: int, at_a_time: int
) -> Counter[str]:
    """The commands that so many jobs took."""
    await run()
    await asyncio.sleep(CLEARED_SECONDS)
    before = calls.counted.copy()
    for _ in range(jobs // at_a_time):
        await asyncio.gather(*(run() for _ in range(at_a_time)))
    await asyncio.sleep(CLEARED_SECONDS)
    return calls.counted - before


def row(name: str, at_a_time: int, found: Counter[str], jobs: int) -> Figures:
    """Calls per job, by command."""
    writes = sum(found[command] for command in WRITES)
    each = {command: round(found[command] / jobs, 2) for command in sorted(found)}
    total = round(found.total() / jobs, 2)
    others = ", ".join(f"{command} {number:g}" for command, number in each.items())
    return {
        "runner": name,
        "at a time": at_a_time,
        "calls per job": total,
        "writes per job": round(writes / jobs, 2),
        "by command": others,
    }


async def ours(calls: Calls, url: str, way: str, jobs: int) -> list[Figures]:
    """Docstage's chain, one at a time and many."""
    broker = LastStage()
    store = connect_store(url)
    chain = DocstageChain(Runtime(store, broker), way, range(len(ORDER)))
    await chain.start()

    async def run() -> None:
        await chain.publish(new_id())
        await broker.finished.acquire()

    rows = []
    try:
        for at_a_time in (1, AT_A_TIME):
            found = await counted(calls, run, jobs, at_a_time)
            rows.append(row(f"docstage {way}", at_a_time, found, jobs // at_a_time * at_a_time))
            progress(f"docstage {way}, {at_a_time} at a time: {rows[-1]['calls per job']} calls")
    finally:
        await chain.stop()
    return rows


async def bare(calls: Calls, url: str, jobs: int) -> Figures:
    """The fewest calls."""
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(url)
    found = await counted(calls, lambda: pass_job(client), jobs, 1)
    client.close()
    return row("bare reference", 1, found, jobs)


async def measure(server: MongoWireServer, jobs: int) -> list[Figures]:
    """All rows."""
    calls = Calls()
    monitoring.register(calls)
    rows = [await bare(calls, server.url("bare"), jobs)]
    for way in (RECORD, DOCUMENT):
        rows += await ours(calls, server.url(way), way, jobs)
    return rows


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--jobs", type=int, default=32, help="per way")
    given = options.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = MongoWireServer(folder / "mongo")
        progress("starting the MongoDB-wire server")
        server.start()
        stack.callback(server.stop)
        rows = asyncio.run(measure(server, given.jobs))
        setting = {
            "store": "MongoDB-wire stand-in", "broker": "in process",
            "fsync p50 ms": fsync_milliseconds(folder),
        }  # fmt: skip
    fewest = float(rows[0]["calls per job"])
    for each in rows:
        each["of the fewest"] = round(float(each["calls per job"]) / fewest, 2)
    Report("store_calls", setting, rows).finish(given.json)


if __name__ == "__main__":
    main()
