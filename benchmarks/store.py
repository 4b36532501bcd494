"""Speed of the SQLite store.

``python -m benchmarks.store [--rows N] [--dir FOLDER] [--json FILE]``

Prints inserts and compare-and-set updates per second at 1, 8 and 50 in flight, the idle
latency of single calls, and a page of 50 at the top and 2,000 pages down a long list, by
keyset. The fsync time of this disk stands beside them: every write waits for one.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from benchmarks.disk import fsync_milliseconds
from shared.models.document import Document, DocumentState
from shared.models.ids import new_id
from shared.store.collections import DOCUMENTS
from shared.store.connect import connect_store
from shared.store.port import Position, Query, Repository, Tenant

IN_FLIGHT = (1, 8, 50)
WRITES = 4_000
CALLS = 300
PAUSE_SECONDS = 0.002
PAGE = 50
DEEP = 2_000

Documents = Repository[Document]


def document() -> Document:
    """About 1.5 KB, as after a finished extraction."""
    return Document(
        organization="bench", workspace="w1", name="receipt.jpg", media_type="image/jpeg",
        size=200_000, sha256=new_id() * 2, blob="bench/document/original",
        metadata={"note": "x" * 800},
    )  # fmt: skip


def changed(one: Document) -> Document:
    """Moved on by a stage: a filtered field is another."""
    reading = one.state is DocumentState.READING
    return one.copy_with(state=DocumentState.READY if reading else DocumentState.READING)


async def per_second(jobs: Iterable[Awaitable[int]]) -> float:
    """How many writes a second the jobs made, running side by side."""
    start = time.perf_counter()
    done = sum(await asyncio.gather(*jobs))
    return done / (time.perf_counter() - start)


async def insert(documents: Documents, times: int) -> int:
    """Insert one after the other."""
    for _ in range(times):
        await documents.insert(document())
    return times


async def replace(documents: Documents, one: Document, times: int) -> int:
    """Change one document again and again."""
    for _ in range(times):
        stored = await documents.replace(changed(one))
        assert stored is not None
        one = stored
    return times


async def median_ms(call: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds of a call on an otherwise idle process."""
    times = []
    for _ in range(CALLS):
        await asyncio.sleep(PAUSE_SECONDS)
        start = time.perf_counter()
        await call()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


async def writes(documents: Documents) -> dict[str, float]:
    """Throughput and idle latency of writes."""
    figures = {}
    for number in IN_FLIGHT:
        times = WRITES // number
        jobs = [insert(documents, times) for _ in range(number)]
        figures[f"inserts/s, {number} in flight"] = await per_second(jobs)
    for number in IN_FLIGHT:
        ones = await documents.page(Query({"state": "received"}), None, number)
        cas = [replace(documents, one, WRITES // number) for one in ones]
        figures[f"CAS/s, {number} in flight"] = await per_second(cas)
    figures["insert, idle, ms p50"] = await median_ms(lambda: documents.insert(document()))
    return figures


async def reads(documents: Documents, rows: int) -> dict[str, float]:
    """Latency of reads in a long list."""
    missing = max(0, rows - await documents.count(Query(), rows))
    await asyncio.gather(*(insert(documents, -(-missing // 200)) for _ in range(200)))
    top = await documents.page(Query(), None, PAGE)
    after, pages = Position(top[-1].created, top[-1].id), 1
    while pages < DEEP - 1 and (page := await documents.page(Query(), after, PAGE)):
        after, pages = Position(page[-1].created, page[-1].id), pages + 1
    return {
        f"get at {rows} rows, idle, ms p50": await median_ms(lambda: documents.get(top[0].id)),
        f"page 1 at {rows} rows, ms p50": await median_ms(
            lambda: documents.page(Query(), None, PAGE)
        ),
        f"page {pages + 1} at {rows} rows, ms p50": await median_ms(
            lambda: documents.page(Query(), after, PAGE)
        ),
    }


async def measure(folder: Path, rows: int) -> dict[str, float]:
    """All figures, on a new store in ``folder``."""
    store = connect_store(f"sqlite:///{folder}/store.db")
    await store.open()
    documents = store.of(Tenant("bench"), DOCUMENTS)
    try:
        figures = {"fsync, ms p50": fsync_milliseconds(folder)}
        return figures | await writes(documents) | await reads(documents, rows)
    finally:
        await store.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--dir", type=Path, help="on the disk to measure")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.dir) as folder:
        figures = asyncio.run(measure(Path(folder), arguments.rows))
    for name, value in figures.items():
        print(f"{name:<36} {value:>10,.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
