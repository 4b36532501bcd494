"""Documents a day per core, by kind, and a day of a million documents.

    python -m benchmarks.capacity [--documents N] [--per-day N] [--rounds N] [--core-hour PRICE]
        [--mix KIND=SHARE,...] [--json FILE]

Starts the four services on RabbitMQ and SQLite, sends documents of each kind that code makes, and
reads the CPU time of each service, its children's included, before and after, and what memory they
hold after each kind: what the manifests request is from there. With these seconds it runs a day
through ``capacity_model``: office hours, pods by backlog as the manifests say. ``PRICE`` is what a
core costs an hour, in whatever money; the default is 0.04.
"""

import asyncio
import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import aiohttp

from benchmarks.capacity_model import (
    Kind,
    StagePlan,
    arrivals,
    documents_per_core_day,
    mean_seconds,
    simulate,
)
from benchmarks.page import one_page
from benchmarks.processes import cpu_seconds, resident_mib
from benchmarks.report import Report, parser, progress
from benchmarks.servers import STAGES, Server, services
from benchmarks.throughput import send
from tests.samples.invoices import Invoice, invoice_pdf, many_pages_pdf
from tests.samples.receipts import receipt_jpeg
from tests.samples.scans import scan_file, scanned_pages

NAMES = (*STAGES, "ingest")
IN_FLIGHT = 4
MAKERS: dict[str, Callable[[int], tuple[str, bytes]]] = {
    "born-digital page": lambda _: ("page.pdf", one_page()),
    "e-invoice": lambda n: ("e.pdf", invoice_pdf(Invoice(number=f"R-{n}"), with_xml=True)),
    "receipt photo": lambda _: ("receipt.jpg", receipt_jpeg()),
    "scan, 3 pages": lambda _: ("scan.pdf", scan_file(scanned_pages(3))),
    "report, 30 pages": lambda _: ("report.pdf", many_pages_pdf(30)),
}
MANY = 12
"""Times as many of the kinds that take next to nothing: clocks of CPU time tick in hundredths."""

SLOW = frozenset({"receipt photo", "scan, 3 pages"})
MIX = "born-digital page=40,e-invoice=10,receipt photo=30,scan, 3 pages=15,report, 30 pages=5"
READING = StagePlan("ocr", least=0, most=400, value=1, window=15)
VALUE_OF_SHORT_JOBS = 10
STAGE_PLANS = (
    StagePlan("ingest", least=3, most=12, value=200, window=5),
    READING,
    StagePlan("extract", least=1, most=60, value=10, window=5),
    StagePlan("notify", least=1, most=20, value=20, window=5),
)
"""As the production overlay, with room for more: how many a million a day needs is asked."""


async def measure(server: Server, kind: str, documents: int, rounds: int) -> dict[str, float]:
    """CPU seconds per document at each service: the median of the rounds."""
    found: dict[str, list[float]] = {name: [] for name in NAMES}
    timeout = aiohttp.ClientTimeout(total=600)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for turn in range(rounds + 1):
            files = iter([MAKERS[kind](number) for number in range(documents)])
            before = [cpu_seconds([pid]) for pid in server.pids]
            await asyncio.gather(*(_send_some(session, server, files) for _ in range(IN_FLIGHT)))
            after = [cpu_seconds([pid]) for pid in server.pids]
            if turn:  # the first warms up
                for name, one_before, one_after in zip(NAMES, before, after, strict=True):
                    found[name].append((one_after - one_before) / documents)
    return {name: statistics.median(values) for name, values in found.items()}


async def _send_some(
    session: aiohttp.ClientSession, server: Server, files: Iterator[tuple[str, bytes]]
) -> None:
    for name, content in files:
        await send(session, server, content, name)


def shares(text: str) -> dict[str, float]:
    """``name=share,...``; names may hold commas."""
    found = {}
    for name in MAKERS:
        _, sign, rest = text.partition(f"{name}=")
        if sign:
            found[name] = float(rest.split(",")[0])
    return found


def main() -> None:
    """Measure, simulate, tell."""
    arguments = parser(__doc__)
    arguments.add_argument("--documents", type=int, default=8, help="a round, of the slow kinds")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--per-day", type=int, default=1_000_000)
    arguments.add_argument("--core-hour", type=float, default=0.04)
    arguments.add_argument("--mix", default=MIX)
    options = arguments.parse_args()
    mix = shares(options.mix)
    kinds, resident = [], dict.fromkeys(NAMES, 0.0)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = services(stack, folder)
        for name, share in mix.items():
            progress(name)
            count = options.documents * (1 if name in SLOW else MANY)
            seconds = asyncio.run(measure(server, name, count, options.rounds))
            kinds.append(Kind(name, share, seconds))
            for service, pid in zip(NAMES, server.pids, strict=True):
                resident[service] = max(resident[service], resident_mib([pid]))
    load = round(os.getloadavg()[0], 1)
    setting = {"documents a day": options.per_day, "price": options.core_hour, "load": load}
    report = Report("capacity", setting)
    for kind in kinds:
        each = {f"{stage} ms": round(kind.seconds[stage] * 1e3, 1) for stage in NAMES}
        per_day = f"{100 * round(documents_per_core_day(kind) / 100):,}"
        report.figures.append(
            {"kind": kind.name, "share": kind.share, **each, "a day and core": per_day}
        )
    report.setting |= {f"{name} MiB": round(it) for name, it in resident.items()}
    report.finish(None)
    finish_day(kinds, options.per_day, options.core_hour).finish(None)
    if options.json:
        report.finish(options.json)


def finish_day(kinds: list[Kind], per_day: int, price: float) -> Report:
    """What each stage does on that day, ``ocr`` with few and with many messages a pod."""
    told = Report("a day of the mix", {"documents a day": per_day, "price": price})
    for plans in (STAGE_PLANS, [replace(READING, value=VALUE_OF_SHORT_JOBS)]):
        for plan in plans:
            day = simulate(arrivals(per_day), kinds, [plan])[plan.name]
            seconds = mean_seconds(kinds, plan.name)
            told.figures.append(
                {
                    "stage": f"{plan.name}, {plan.value} a pod",
                    "CPU ms a document": round(seconds * 1e3, 1),
                    "needed core hours": round(per_day * seconds / 3600),
                    "core hours": round(day.core_hours),
                    "most pods": day.most_pods,
                    "most waiting": round(day.most_waiting),
                    "longest wait min": round(day.longest_wait, 1),
                    "cost": round(day.core_hours * price, 2),
                }
            )
    return told


if __name__ == "__main__":
    main()
