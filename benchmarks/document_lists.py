"""Whether a long list of documents is as quick as a short one.

``python -m benchmarks.document_lists`` fills two databases, with 10 and with 10,000 documents of
200 words each, and measures the processor time of ten documents, the first and the last of the
list, without words and with several kinds of words; and what indexing adds to a document. The
ratios hardly depend on the machine.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from shared.models.document import Document, DocumentState
from shared.models.time import utc_now
from shared.search.terms import read_search
from shared.search.words import words_of
from shared.store.collections import DOCUMENTS
from shared.store.port import Position, Query, Repository, Tenant
from shared.store.sqlite import SqliteStore

ROUNDS = 40
TENANT = Tenant("benchmark")
SEARCHES = {
    "no words": "",
    "in all": "invoice",
    "beginning of all": "invoi",
    "side by side in all": '"invoice total"',
    "in every hundredth": "invoice rare7",
}


async def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    wishes = parser.parse_args()
    measured: dict[int, dict[str, tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for count in (10, wishes.documents):
            store = SqliteStore(Path(folder) / f"{count}.db")
            await store.open()
            documents = store.of(TENANT, DOCUMENTS)
            plain, indexed = await _fill(documents, count)
            measured[count] = {name: await _pages(documents, it) for name, it in SEARCHES.items()}
            print(f"{count} documents: {plain:.2f} ms to insert, {indexed:.2f} ms to index, each")
            await store.close()
    print(f"{'':22}{'10':>10}{wishes.documents:>10}{'ratio':>8}{'last page':>12}")
    for name in SEARCHES:
        few, many = measured[10][name], measured[wishes.documents][name]
        row = f"{few[0]:8.2f} ms{many[0]:7.2f} ms{many[0] / few[0]:8.1f}{many[1]:9.2f} ms"
        print(f"{name:22}{row}")


async def _fill(documents: Repository[Document], count: int) -> tuple[float, float]:
    """Milliseconds of the processor for each insert and each indexing."""
    some = random.Random(7)  # noqa: S311 - the same words each time
    vocabulary = [f"word{number}" for number in range(20_000)]
    begin = utc_now() - timedelta(days=30)
    records = [
        Document(
            organization=TENANT.organization,
            workspace="w",
            name=f"scan {number}.pdf",
            state=DocumentState.READY,
            created=begin + timedelta(seconds=number),
        )
        for number in range(count)
    ]
    inserted = await _timed(lambda: _each(records, documents.insert))

    async def index(document: Document) -> None:
        place = document.name.split()[1].removesuffix(".pdf")
        text = [*some.choices(vocabulary, k=200), "invoice", "total", f"rare{int(place) % 100}"]
        await documents.index(document.id, words_of(document.name, {}, [" ".join(text)]))

    indexed = await _timed(lambda: _each(records, index))
    return inserted / count, indexed / count


async def _each(records: list[Document], act: Callable[[Document], Awaitable[object]]) -> None:
    for start in range(0, len(records), 100):
        await asyncio.gather(*(act(it) for it in records[start : start + 100]))


async def _pages(documents: Repository[Document], typed: str) -> tuple[float, float]:
    """Milliseconds of the processor for ten documents of the first page, and of the last."""
    query = Query(search=read_search(f"{typed} " if typed != "invoi" else typed))
    end = await documents.page(Query(search=query.search, oldest_first=True), None, 11)
    after = Position(end[-1].created, end[-1].id) if len(end) > 10 else None
    first = await _timed(lambda: _often(documents, query, None))
    return first / ROUNDS, await _timed(lambda: _often(documents, query, after)) / ROUNDS


async def _often(documents: Repository[Document], query: Query, after: Position | None) -> None:
    for _ in range(ROUNDS):
        await documents.page(query, after, 10)


async def _timed(act: Callable[[], Awaitable[None]]) -> float:
    begin = time.process_time()
    await act()
    return 1000 * (time.process_time() - begin)


if __name__ == "__main__":
    asyncio.run(main())
