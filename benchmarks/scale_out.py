"""One stage as 1, 2 and 4 processes: how much faster a backlog is read.

    python -m benchmarks.scale_out [--stage ocr|extract] [--documents N] [--processes 1,2,4]
        [--json FILE]

The four services on RabbitMQ and SQLite; of the stage so many processes, of one child each. All
documents are sent at once and the clock runs until the last is ready. The speed-up is that against
one process in the same run; more processes than cores cannot help: the cores are told beside it.
"""

import asyncio
import os
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import aiohttp

from benchmarks.page import one_page
from benchmarks.report import Figures, Floor, Report, parser, progress
from benchmarks.servers import STAGES, Server, services
from benchmarks.throughput import send
from tests.samples.receipts import receipt_jpeg

SHARE = 0.75
"""Of a linear speed-up, while there are cores."""


async def drain(url_and_key: tuple[str, str], content: bytes, name: str, documents: int) -> float:
    """Seconds until all are final."""
    server = Server("", *url_and_key)
    timeout = aiohttp.ClientTimeout(total=600)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        await asyncio.gather(*(send(session, server, content, name) for _ in range(4)))
        begun = time.perf_counter()
        await asyncio.gather(*(send(session, server, content, name) for _ in range(documents)))
        return time.perf_counter() - begun


def main() -> None:
    """Measure each number of processes in turn."""
    arguments = parser(__doc__)
    arguments.add_argument("--stage", choices=("ocr", "extract"), default="ocr")
    arguments.add_argument("--documents", type=int, default=32)
    arguments.add_argument("--processes", default="1,2,4")
    options = arguments.parse_args()
    scanned = options.stage == "ocr"
    content = receipt_jpeg() if scanned else one_page()
    name = "receipt.jpg" if scanned else "page.pdf"
    cores = len(os.sched_getaffinity(0))
    report = Report("scale out", {"stage": options.stage, "cores": cores})
    os.environ["DOCSTAGE_WORKERS"] = "1"
    seconds: dict[int, float] = {}
    for processes in [int(it) for it in options.processes.split(",")]:
        progress(f"{processes} of {options.stage}")
        others = [it for it in STAGES if it != options.stage]
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            names = (*[options.stage] * processes, *others, "ingest")
            server = services(stack, folder, names)
            where = (server.url, server.key)
            seconds[processes] = asyncio.run(drain(where, content, name, options.documents))
    first = seconds[min(seconds)]
    for processes, took in seconds.items():
        figures: Figures = {
            "processes": processes,
            "documents/s": round(options.documents / took, 2),
            "speed-up": round(first / took, 2),
        }
        report.figures.append(figures)
    usable = [it for it in seconds if 1 < it <= cores]
    if usable:
        most = max(usable)
        report.floors.append(
            Floor(f"speed-up of {most}", round(first / seconds[most], 2), SHARE * most)
        )
    report.finish(options.json)


if __name__ == "__main__":
    main()
