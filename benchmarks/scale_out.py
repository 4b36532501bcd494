"""One stage as 1, 2 and 4 processes: how much faster a backlog is read.

    python -m benchmarks.scale_out [--stage ocr|extract] [--documents N] [--processes 1,2,4]
        [--json FILE]

The four services on RabbitMQ and SQLite; of the stage so many processes, of one child each. All
documents are sent at once when all processes consume, and the clock runs until the last is ready.
The speed-up is that against one process in the same run; more processes than cores cannot help:
the cores are told beside it, and how many processes wanted one before it began (the load). The
CPU that a document costs all services is what a busy machine distorts least.
"""

import asyncio
import os
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import aio_pika
import aiohttp

from benchmarks.page import one_page
from benchmarks.processes import cpu_seconds
from benchmarks.report import Figures, Floor, Report, parser, progress
from benchmarks.servers import STAGES, Server, services
from benchmarks.throughput import send
from shared.broker.topology import job_queue
from shared.models.work import Lane, StageName
from tests.samples.receipts import receipt_jpeg

SHARE = 0.75
"""Of a linear speed-up, while there are cores."""


@dataclass(frozen=True)
class Drained:
    """How long a backlog took, and the CPU it cost all services, both in seconds."""

    seconds: float
    cpu: float


async def all_consume(amqp: str, stage: StageName, processes: int) -> None:
    """Wait until so many processes take messages of a stage."""
    async with await aio_pika.connect(amqp) as connection, connection.channel() as channel:
        while True:
            queue = await channel.declare_queue(job_queue(stage, Lane.NORMAL), passive=True)
            if (queue.declaration_result.consumer_count or 0) >= processes:
                return
            await asyncio.sleep(0.2)


async def drain(
    server: Server, file: tuple[str, bytes], documents: int, stage: StageName, processes: int
) -> Drained:
    """Send so many at once, and wait until all are final."""
    name, content = file
    assert server.amqp is not None
    await all_consume(server.amqp, stage, processes)
    timeout = aiohttp.ClientTimeout(total=600)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        await asyncio.gather(*(send(session, server, content, name) for _ in range(4)))
        begun, before = time.perf_counter(), cpu_seconds(server.pids)
        await asyncio.gather(*(send(session, server, content, name) for _ in range(documents)))
        return Drained(time.perf_counter() - begun, cpu_seconds(server.pids) - before)


def main() -> None:
    """Measure each number of processes in turn."""
    arguments = parser(__doc__)
    arguments.add_argument("--stage", choices=("ocr", "extract"), default="ocr")
    arguments.add_argument("--documents", type=int, default=32)
    arguments.add_argument("--processes", default="1,2,4")
    options = arguments.parse_args()
    scanned = options.stage == "ocr"
    file = ("receipt.jpg", receipt_jpeg()) if scanned else ("page.pdf", one_page())
    cores = len(os.sched_getaffinity(0))
    setting = {"stage": options.stage, "cores": cores, "load before": round(os.getloadavg()[0], 1)}
    report = Report("scale out", setting)
    os.environ["DOCSTAGE_WORKERS"] = "1"
    drained: dict[int, Drained] = {}
    for processes in [int(it) for it in options.processes.split(",")]:
        progress(f"{processes} of {options.stage}")
        others = [it for it in STAGES if it != options.stage]
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            names = (*[options.stage] * processes, *others, "ingest")
            server = services(stack, folder, names)
            wanted = (StageName(options.stage), processes)
            drained[processes] = asyncio.run(drain(server, file, options.documents, *wanted))
    first = drained[min(drained)].seconds
    for processes, it in drained.items():
        figures: Figures = {
            "processes": processes,
            "documents/s": round(options.documents / it.seconds, 2),
            "speed-up": round(first / it.seconds, 2),
            "CPU ms a document": round(it.cpu / options.documents * 1e3),
        }
        report.figures.append(figures)
    usable = [it for it in drained if 1 < it <= cores]
    if usable:
        most = max(usable)
        speed_up = round(first / drained[most].seconds, 2)
        report.floors.append(Floor(f"speed-up of {most}", speed_up, SHARE * most))
    report.finish(options.json)


if __name__ == "__main__":
    main()
