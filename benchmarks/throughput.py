"""Documents per second of a born-digital one-page PDF, 16 in flight.

    python -m benchmarks.throughput [--documents N] [--rounds N] [--rabbitmq] [--json FILE]

Starts Docstage and the bare reference pipeline, twice, and sends rounds of documents to them in
turn (A B C C B A ...), each upload waiting for its end. Embedded by default; with ``--rabbitmq``
four services run apart on RabbitMQ with SQLite, and so does the reference. CPU is that of
all processes with their children, and of the broker, in milliseconds per document.

The reference uploads, fsyncs, commits and reads words in a warm child; it has no tenants,
keys, leases, retries, extraction or events. The second one reads and extracts as Docstage does,
with its code in as many children: what is left between the two is the price of never losing one.
"""

import asyncio
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from benchmarks.disk import fsync_milliseconds
from benchmarks.page import one_page
from benchmarks.processes import cpu_seconds
from benchmarks.report import Figures, Floor, Report, median_ratio, middle, parser, progress
from benchmarks.servers import Server, bare, bare_with_our_work, embedded, services

FLOOR = 0.6
IN_FLIGHT = 16
WARM_UP = 32
SECONDS = 60.0
OPEN = {"received", "reading", "extracting"}
PAUSE_SECONDS = 2.0
FINE = {"ready", "needs_review"}


@dataclass
class Measured:
    """A server's rounds: documents per second, CPU milliseconds per document."""

    speeds: list[float] = field(default_factory=list)
    own_cpu: list[float] = field(default_factory=list)
    broker_cpu: list[float] = field(default_factory=list)


async def send(
    session: aiohttp.ClientSession, server: Server, content: bytes, name: str = "page.pdf"
) -> None:
    """Upload a document, and wait for its end, however long that takes."""
    form = aiohttp.FormData()
    form.add_field("wait", "true")
    form.add_field("files", content, filename=name)
    headers = {"Authorization": f"Bearer {server.key}"}
    url = f"{server.url}/api/v1/documents"
    async with session.post(url, data=form, headers=headers) as answer:
        body = await answer.json()
        assert answer.status in {200, 202}, body
        (document,) = body["documents"]
    while document["state"] in OPEN:
        await asyncio.sleep(PAUSE_SECONDS)
        own = f"{server.url}{document['links']['self']}"
        async with session.get(own, headers=headers) as answer:
            document = await answer.json()
    assert document["state"] in FINE, document


async def send_all(server: Server, content: bytes, documents: int) -> float:
    """Seconds to send so many, a few at a time."""
    left = iter(range(documents))
    connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
    limit = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(connector=connector, timeout=limit) as session:

        async def work() -> None:
            for _ in left:
                await send(session, server, content)

        begun = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
        return time.perf_counter() - begun


async def one_round(server: Server, content: bytes, documents: int, found: Measured) -> None:
    """Send a round, and note what it took."""
    brokers = [] if server.broker_pid is None else [server.broker_pid]
    own, broker = cpu_seconds(server.pids), cpu_seconds(brokers)
    found.speeds.append(documents / await send_all(server, content, documents))
    found.own_cpu.append(1e3 * (cpu_seconds(server.pids) - own) / documents)
    found.broker_cpu.append(1e3 * (cpu_seconds(brokers) - broker) / documents)


async def measure(servers: list[Server], documents: int, rounds: int) -> dict[str, Measured]:
    """All rounds."""
    content = one_page()
    measured = {server.name: Measured() for server in servers}
    for server in servers:
        await send_all(server, content, WARM_UP)
    for number in range(rounds):
        for server in servers if number % 2 == 0 else reversed(servers):
            found = measured[server.name]
            await one_round(server, content, documents, found)
            speed = f"{found.speeds[-1]:.1f} documents/s, {found.own_cpu[-1]:.1f} ms CPU each"
            progress(f"round {number + 1} of {rounds}: {server.name} {speed}")
    return measured


def figures(measured: dict[str, Measured]) -> list[Figures]:
    """A row for each server, Docstage's first."""
    ours = next(iter(measured.values())).speeds
    return [
        {
            "runner": name,
            "documents/s": middle(found.speeds, 1),
            "Docstage's ratio": median_ratio(ours, found.speeds),
            "CPU own ms": middle(found.own_cpu, 1),
            "CPU broker ms": middle(found.broker_cpu, 1),
        }
        for name, found in measured.items()
    ]


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--documents", type=int, default=96, help="per round")
    options.add_argument("--rounds", type=int, default=4)
    options.add_argument("--rabbitmq", action="store_true", help="four services, not embedded")
    given = options.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        progress("starting the servers")
        ours = (services if given.rabbitmq else embedded)(stack, folder)
        others = [start(stack, folder, ours) for start in (bare, bare_with_our_work)]
        servers = [ours, *others]
        measured = asyncio.run(measure(servers, given.documents, given.rounds))
        setting = {
            "store": "SQLite, synchronous FULL",
            "broker": "RabbitMQ, quorum queues" if given.rabbitmq else "in process",
            "fsync p50 ms": fsync_milliseconds(folder),
            "in flight": IN_FLIGHT,
        }
    mine, other, _ = measured.values()
    report = Report("throughput", setting, figures(measured))
    where = "RabbitMQ" if given.rabbitmq else "embedded"
    name = f"documents/s of the bare reference, {where}"
    report.floors.append(Floor(name, median_ratio(mine.speeds, other.speeds), FLOOR))
    report.finish(given.json)


if __name__ == "__main__":
    main()
