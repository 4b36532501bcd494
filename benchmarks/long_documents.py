"""A long scan read by one worker, and by two: how near to half the time?

    python -m benchmarks.long_documents [--pages N] [--workers 1,2] [--rounds N] [--engine fast]
        [--json FILE]

Draws a scan of so many pages (one JPEG picture each, 25 lines, grain), and starts ``docstage up``
for each number of workers in turn, each time on an empty folder. The scan is uploaded over HTTP,
its ``pages_done`` is polled as a client would. Wall seconds count from the 202 to the end,
reading to the moment when no page is missing; CPU is that of all the server's processes. On cores
that others use as well, two workers are worth less than on free ones: ``busy cores`` tells.
"""

import asyncio
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.processes import cpu_seconds, resident_mib
from benchmarks.report import Figures, Floor, Report, median_ratio, middle, parser, progress
from tests.e2e.api import FINAL, Api
from tests.e2e.embedded import Up
from tests.samples.scans import scan_file, scanned_pages

SHARE = 0.55
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Reading:
    """What one reading of the scan took; ``steps``: how many values of ``pages_done`` were seen."""

    wall: float
    reading: float
    cpu: float
    memory: float
    steps: int


async def read(up: Up, scan: bytes, pages: int, bar: Progress, title: str) -> Reading:
    """Upload the scan and follow it to its end.

    Raises:
        RuntimeError: it was not read as a whole.
    """
    task, seen, memory = bar.add_task(title, total=pages), {0}, 0.0
    async with Api(up.url, up.key) as api:
        before = cpu_seconds([up.pid])
        uploaded = await api.upload(scan, "scan.pdf")
        begun = read_by = time.perf_counter()
        while (now := await api.document(uploaded["id"]))["state"] not in FINAL:
            if now["pages_done"] < pages:
                read_by = time.perf_counter()
            seen.add(now["pages_done"])
            bar.update(task, completed=now["pages_done"])
            memory = max(memory, resident_mib([up.pid]))
            await asyncio.sleep(POLL_SECONDS)
        ended = time.perf_counter()
        cpu = cpu_seconds([up.pid]) - before
    bar.update(task, completed=now["pages_done"])
    _refuse_half(now, pages)
    return Reading(ended - begun, read_by - begun, cpu, memory, len(seen))


def _refuse_half(document: dict[str, Any], pages: int) -> None:
    lost = [it for it in document["warnings"] if "could not be read" in it]
    if document["state"] == "failed" or document["pages_done"] != pages or lost:
        raise RuntimeError(f"not read as a whole: {document}")


def measure(
    scan: bytes, pages: int, workers: list[int], rounds: int, engine: str
) -> dict[int, list[Reading]]:
    """The readings by number of workers."""
    found: dict[int, list[Reading]] = defaultdict(list)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn()) as bar:
        for number in range(rounds):
            for count in workers if number % 2 == 0 else reversed(workers):
                environment = {
                    "DOCSTAGE_WORKERS": str(count),
                    "DOCSTAGE_OCR_ENGINE": engine,
                    "DOCSTAGE_LOG_LEVEL": "WARNING",
                }
                title = f"{count} worker{'s' * (count > 1)}"
                with ExitStack() as stack:
                    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                    up = stack.enter_context(Up(folder / "data", **environment))
                    found[count].append(asyncio.run(read(up, scan, pages, bar, title)))
                    up.stop()
    return dict(found)


def figures(found: dict[int, list[Reading]], pages: int) -> list[Figures]:
    """A row for each number of workers."""
    return [
        {
            "runner": f"{count} worker{'s' * (count > 1)}",
            "wall s": middle([it.wall for it in each]),
            "reading s": middle([it.reading for it in each]),
            "pages/s": middle([pages / it.wall for it in each]),
            "CPU s a page": middle([it.cpu / pages for it in each], 3),
            "busy cores": middle([it.cpu / it.wall for it in each]),
            "memory MiB, all": middle([it.memory for it in each], 0),
            "pages_done seen": middle([it.steps for it in each], 0),
        }
        for count, each in found.items()
    ]


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--pages", type=int, default=500)
    options.add_argument("--workers", default="1,2", help="numbers of child processes")
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--engine", default="fast")
    given = options.parse_args()
    workers = [int(it) for it in given.workers.split(",")]
    progress(f"drawing {given.pages} pages")
    scan = scan_file(scanned_pages(given.pages))
    found = measure(scan, given.pages, workers, given.rounds, given.engine)
    setting = {"pages": given.pages, "MB": round(len(scan) / 1e6, 1), "engine": given.engine}
    report = Report("long_documents", setting, figures(found, given.pages))
    one = workers[0]
    for count in workers[1:]:
        ratio = median_ratio([it.wall for it in found[count]], [it.wall for it in found[one]])
        name = f"wall time with {count} workers by that with {one}"
        limit = round(SHARE * 2 * one / count, 3)
        report.floors.append(Floor(name, ratio, limit, at_most=True))
    report.finish(given.json)


if __name__ == "__main__":
    main()
