"""What a child process that reads costs: start, memory, pages and receipts a second.

    python -m benchmarks.ocr_process [--data DIR] [--limit N] [--rounds N] [--venv DIR]
        [--engine fast] [--json FILE]

All of it in children of the pool that the service uses, one thread each, models in the cache.
``DIR`` is a folder of receipts as JPEG files (without it they are drawn), ``--venv`` one whose
size on disk is told. Wall seconds are what is promised; on cores that others use as well, the
CPU seconds beside them tell more. Peak memory is that of each child (``VmHWM``) after all
receipts, and after pages of a scan with 25 wide lines.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from rich.progress import Progress

from benchmarks.page import one_page
from benchmarks.processes import cpu_seconds, peak_mib
from benchmarks.repeated import read_often
from benchmarks.report import Figures, Floor, Report, middle, parser
from services.ocr.reader import read_pages, warm
from services.ocr.results import ReadOptions
from shared.compute.pool import ComputePool
from shared.config import Settings
from shared.models.languages import language_codes
from tests.samples.receipts import receipt_jpeg
from tests.samples.scans import scan_file, scanned_pages

PDF, JPEG = "application/pdf", "image/jpeg"
SECONDS = 300.0
CHILDREN = 2
DRAWN = 30
SCANNED = 6
GIGABYTE = 1e9


@dataclass
class Found:
    """Wall and CPU seconds of each try, and memory in MiB."""

    cold: list[float] = field(default_factory=list)
    cold_cpu: list[float] = field(default_factory=list)
    born: list[float] = field(default_factory=list)
    born_cpu: list[float] = field(default_factory=list)
    receipts_a_second: float = 0.0
    receipt_cpu: float = 0.0
    peaks: dict[str, float] = field(default_factory=dict)


async def cold_start(receipt: Path, options: ReadOptions, found: Found) -> None:
    """From the start of a child to the first page it has read."""
    begun = time.perf_counter()
    async with ComputePool(1, warm=partial(warm, options)) as pool:
        await pool.run(read_pages, str(receipt), JPEG, 0, 1, options, timeout=SECONDS)
        found.cold.append(time.perf_counter() - begun)
        found.cold_cpu.append(cpu_seconds(pool.pids))


async def born_digital(pool: ComputePool, page: Path, options: ReadOptions, found: Found) -> None:
    """Pages with a text layer, the first of which warms up."""
    taken = await pool.run(read_often, str(page), 60, options, timeout=SECONDS)
    found.born = [wall for wall, _ in taken[10:]]
    found.born_cpu = [cpu for _, cpu in taken[10:]]


async def receipts(
    pool: ComputePool, files: Sequence[Path], options: ReadOptions, found: Found, bar: Progress
) -> None:
    """All receipts, by all children."""
    task = bar.add_task("receipts", total=len(files))

    async def read(path: Path) -> None:
        await pool.run(read_pages, str(path), JPEG, 0, 1, options, timeout=SECONDS)
        bar.advance(task)

    before, begun = cpu_seconds(pool.pids), time.perf_counter()
    await asyncio.gather(*(read(path) for path in files))
    found.receipts_a_second = len(files) / (time.perf_counter() - begun)
    found.receipt_cpu = (cpu_seconds(pool.pids) - before) / len(files)
    found.peaks["receipts"] = max(peak_mib(pid) for pid in pool.pids)


async def scans(pool: ComputePool, scan: Path, options: ReadOptions, found: Found) -> None:
    """Pages of a long scan, by each child."""
    await asyncio.gather(
        *(
            pool.run(read_pages, str(scan), PDF, 0, None, options, timeout=SECONDS)
            for _ in pool.pids
        )
    )
    found.peaks["scans"] = max(peak_mib(pid) for pid in pool.pids)


async def measure(files: list[Path], folder: Path, engine: str, rounds: int) -> Found:
    """All of it."""
    options = ReadOptions(engine=engine, languages=language_codes(Settings().ocr_langs))
    (folder / "page.pdf").write_bytes(one_page())
    (folder / "scan.pdf").write_bytes(scan_file(scanned_pages(SCANNED)))
    found = Found()
    with Progress(transient=True) as bar:
        for _ in bar.track(range(rounds), description="cold starts"):
            await cold_start(files[0], options, found)
        async with ComputePool(CHILDREN, warm=partial(warm, options)) as pool:
            await born_digital(pool, folder / "page.pdf", options, found)
            await receipts(pool, files, options, found, bar)
            await scans(pool, folder / "scan.pdf", options, found)
    return found


def figures(found: Found) -> list[Figures]:
    """What was measured, a line each."""
    rows = [
        ("cold start, s", middle(found.cold), middle(found.cold_cpu)),
        ("born-digital page, ms", middle([1e3 * it for it in found.born]),
         middle([1e3 * it for it in found.born_cpu])),
        ("receipts/s, two children", round(found.receipts_a_second, 2),
         round(CHILDREN / found.receipt_cpu, 2)),
    ]  # fmt: skip
    timed: list[Figures] = [
        {"runner": name, "wall": wall, "by CPU alone": cpu} for name, wall, cpu in rows
    ]
    held: list[Figures] = [
        {"runner": f"peak MiB of a child, {name}", "wall": round(peak)}
        for name, peak in found.peaks.items()
    ]
    return timed + held


def floors(found: Found) -> list[Floor]:
    """What was promised."""
    return [
        Floor("cold start to the first page, s", middle(found.cold), 2.0, at_most=True),
        Floor("born-digital page, ms", middle([1e3 * it for it in found.born]), 5.0, at_most=True),
        Floor("receipts/s", round(found.receipts_a_second, 2), 3.0),
        Floor("peak MiB of a child", max(found.peaks.values()), 350.0, at_most=True),
    ]


def size_on_disk(folder: Path) -> float:
    """Bytes that the files below ``folder`` occupy, as ``du`` counts them."""
    seen, total = set(), 0
    for directory, _, names in os.walk(folder):
        for path in (Path(directory), *(Path(directory) / name for name in names)):
            state = path.lstat()
            if (state.st_dev, state.st_ino) not in seen:
                seen.add((state.st_dev, state.st_ino))
                total += state.st_blocks * 512
    return total


def _arguments() -> argparse.Namespace:
    options = parser(__doc__)
    options.add_argument("--data", type=Path, default=None, help="receipts as JPEG files")
    options.add_argument("--limit", type=int, default=60, help="receipts")
    options.add_argument("--rounds", type=int, default=3, help="cold starts")
    options.add_argument("--venv", type=Path, default=None, help="an installation to weigh")
    options.add_argument("--engine", default="fast")
    return options.parse_args()


def _receipts(data: Path | None, limit: int, folder: Path) -> list[Path]:
    if data is not None:
        found = sorted(it for it in data.iterdir() if it.suffix.lower() in {".jpg", ".jpeg"})
        if not found:
            raise SystemExit(f"no JPEG files in {data}")
        return found[:limit]
    for number in range(min(limit, DRAWN)):
        (folder / f"receipt-{number}.jpg").write_bytes(receipt_jpeg(seed=number))
    return sorted(folder.glob("receipt-*.jpg"))


def main() -> None:
    """Run the benchmark."""
    given = _arguments()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = _receipts(given.data, given.limit, folder)
        found = asyncio.run(measure(files, folder, given.engine, given.rounds))
    setting = {
        "engine": given.engine,
        "receipts": len(files),
        "drawn": given.data is None,
        "cores": len(os.sched_getaffinity(0)),
    }
    report = Report("ocr_process", setting, figures(found), floors(found))
    if given.venv is not None:
        size = round(size_on_disk(given.venv) / GIGABYTE, 3)
        report.floors.append(Floor("installation, GB", size, 0.8, at_most=True))
    report.finish(given.json)


if __name__ == "__main__":
    main()
