"""Idle latency, 202 to ``ready``, of a born-digital one-page PDF.

``python -m benchmarks.latency [--documents N] [--rabbitmq] [--json FILE]``

Starts Docstage and the bare reference pipeline, and uploads to both in turn (A B A B …), one
document at a time with a pause, so that both see the same weather. Embedded by default; with
``--rabbitmq`` the four services run apart on RabbitMQ with SQLite, and so does the reference.
Prints milliseconds and the ratio; the fsync time of this disk stands beside them.
"""

import asyncio
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.disk import fsync_milliseconds
from benchmarks.page import one_page
from benchmarks.report import Figures, Floor, Report, parser, progress
from benchmarks.servers import Server, bare, embedded, services

POLL_SECONDS = 0.005  # a client that asks more often takes the cores it measures
PAUSE_SECONDS = 0.1
FINAL = {"ready", "needs_review", "failed"}
LIMIT = 3.0


@dataclass(frozen=True)
class Figure:
    """Milliseconds over the documents of one server."""

    name: str
    accepted_p50: float
    ready_p50: float
    ready_p90: float
    ready_p99: float


async def once(
    session: aiohttp.ClientSession, server: Server, content: bytes
) -> tuple[float, float]:
    """Seconds to the 202, and from there to the end."""
    form = aiohttp.FormData()
    form.add_field("files", content, filename="page.pdf")
    headers = {"Authorization": f"Bearer {server.key}"}
    begun = time.perf_counter()
    async with session.post(f"{server.url}/api/v1/documents", data=form, headers=headers) as answer:
        body = await answer.json()
        assert answer.status == 202, body
    accepted = time.perf_counter()
    link = f"{server.url}/api/v1/documents/{body['documents'][0]['id']}"
    while True:
        async with session.get(link, headers=headers) as answer:
            state = (await answer.json())["state"]
        if state in FINAL:
            assert state != "failed", body
            return accepted - begun, time.perf_counter() - accepted
        await asyncio.sleep(POLL_SECONDS)


async def measure(servers: list[Server], documents: int) -> list[Figure]:
    """Upload to the servers in turn."""
    content = one_page()
    times: dict[str, list[tuple[float, float]]] = {server.name: [] for server in servers}
    async with aiohttp.ClientSession() as session:
        for number in range(-5, documents):
            for server in servers:
                pair = await once(session, server, content)
                if number >= 0:
                    times[server.name].append(pair)
                await asyncio.sleep(PAUSE_SECONDS)
            if number >= 0 and number % 20 == 19:
                progress(f"{number + 1} of {documents}")
    return [_figure(name, pairs) for name, pairs in times.items()]


def _figure(name: str, pairs: list[tuple[float, float]]) -> Figure:
    accepted = sorted(1e3 * it[0] for it in pairs)
    ready = sorted(1e3 * it[1] for it in pairs)
    at = lambda share: round(ready[min(len(ready) - 1, int(len(ready) * share))], 1)  # noqa: E731
    return Figure(name, round(statistics.median(accepted), 1), at(0.5), at(0.9), at(0.99))


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--documents", type=int, default=100)
    options.add_argument("--rabbitmq", action="store_true", help="four services, not embedded")
    given = options.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        progress("starting the servers")
        ours = (services if given.rabbitmq else embedded)(stack, folder)
        reference = bare(stack, folder, ours)
        figures = asyncio.run(measure([ours, reference], given.documents))
        setting = {
            "store": "SQLite, synchronous FULL",
            "broker": "RabbitMQ, quorum queues" if given.rabbitmq else "in process",
            "fsync p50 ms": fsync_milliseconds(folder),
        }
    report = Report("latency", setting, [_row(it) for it in figures])
    where = "RabbitMQ" if given.rabbitmq else "embedded"
    ratio = round(figures[0].ready_p50 / figures[1].ready_p50, 2)
    name = f"idle 202 to ready p50 of the bare reference, {where}"
    report.floors.append(Floor(name, ratio, LIMIT, at_most=True))
    report.finish(given.json)


def _row(figure: Figure) -> Figures:
    return {
        "runner": figure.name,
        "202 after ms": figure.accepted_p50,
        "ready p50 ms": figure.ready_p50,
        "p90": figure.ready_p90,
        "p99": figure.ready_p99,
    }


if __name__ == "__main__":
    main()
