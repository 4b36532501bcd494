"""Page 1 and page 2,000 of a list of 200,000 documents, at 50 per page, on SQLite.

    python -m benchmarks.listing [--documents N] [--times N] [--json FILE]

The store is filled by its own serialisation; then both pages are read in turn (A B A B ...):
through the repository, over HTTP from ``docstage up``, and by plain SQL on the same table
(keyset, and OFFSET for comparison). Milliseconds are medians.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.disk import fsync_milliseconds
from benchmarks.filling import fill, finished
from benchmarks.reference.listing import BareList
from benchmarks.report import Figures, Floor, Report, parser, progress
from benchmarks.servers import UNLIMITED
from services.ingest.tenants import bootstrap, default_workspace_id
from shared.http.cursors import CursorSigner, ListScope
from shared.models.document import Document
from shared.store.collections import DOCUMENTS
from shared.store.connect import connect_store
from shared.store.port import Position, Query, Tenant
from shared.store.sqlite.tables import milliseconds
from tests.e2e.embedded import KEY, Up

PAGE, DEEP = 50, 2_000
LIMIT = 1.5
PATH = "/api/v1/documents"
SECRET = "benchmark-secret-0123456789-abcdefghij"  # noqa: S105 - of a store for one run
Read = Callable[[], Awaitable[Any]]


async def found(path: Path) -> str:
    """Make the first organization; its id."""
    store = connect_store(f"sqlite:///{path}")
    await store.open()
    try:
        return await bootstrap(store, SECRET.encode(), KEY)
    finally:
        await store.close()


async def alternate(first: Read, deep: Read, times: int) -> tuple[float, float]:
    """Median milliseconds of two reads, made in turn."""
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(-10, times):
        for read, kept in zip((first, deep), taken, strict=True):
            begun = time.perf_counter()
            await read()
            if number >= 0:
                kept.append(1e3 * (time.perf_counter() - begun))
    return statistics.median(taken[0]), statistics.median(taken[1])


async def through_repository(
    path: Path, organization: str, times: int
) -> tuple[Position, tuple[float, float]]:
    """The position before the deep page, and the milliseconds."""
    store = connect_store(f"sqlite:///{path}")
    await store.open()
    try:
        documents = store.of(Tenant(organization), DOCUMENTS)
        after: Position | None = None
        for _ in range((DEEP - 1) // 10):
            after = _last(await documents.page(Query(), after, 10 * PAGE))
        for _ in range((DEEP - 1) % 10):
            after = _last(await documents.page(Query(), after, PAGE))
        assert after is not None
        taken = await alternate(
            lambda: documents.page(Query(), None, PAGE),
            lambda: documents.page(Query(), after, PAGE),
            times,
        )
        return after, taken
    finally:
        await store.close()


def _last(rows: list[Document]) -> Position:
    return Position(rows[-1].created, rows[-1].id)


async def over_http(
    url: str, organization: str, after: Position, times: int
) -> tuple[float, float]:
    """Milliseconds over a connection that stays open."""
    cursor = CursorSigner(SECRET.encode()).write(after, ListScope(PATH, organization))
    headers = {"Authorization": f"Bearer {KEY}"}
    async with aiohttp.ClientSession(url, headers=headers) as session:

        async def read(**more: str) -> None:
            asked = {"maxRetrieve": str(PAGE), **more}
            async with session.get(PATH, params=asked) as answer:
                body = await answer.json()
                assert answer.headers["X-Cursor-Was-Broken"] == "false"
                assert len(body["documents"]) == PAGE

        return await alternate(read, lambda: read(cursorId=cursor), times)


async def by_sql(
    path: Path, organization: str, after: Position, times: int
) -> dict[str, tuple[float, float]]:
    """Milliseconds of plain SQL, by keyset and by offset."""
    bare = BareList(path, organization)
    row = (milliseconds(after.created), after.id)

    async def keyset(behind: tuple[int, str] | None) -> None:
        assert len(bare.by_keyset(behind, PAGE)) == PAGE

    async def offset(skipped: int) -> None:
        assert len(bare.by_offset(skipped, PAGE)) == PAGE

    try:
        return {
            "plain SQL, keyset": await alternate(lambda: keyset(None), lambda: keyset(row), times),
            "plain SQL, OFFSET": await alternate(
                lambda: offset(0), lambda: offset((DEEP - 1) * PAGE), times
            ),
        }
    finally:
        bare.close()


def figures(taken: dict[str, tuple[float, float]]) -> list[Figures]:
    """A row for each way to read."""
    return [
        {
            "way": name,
            "page 1 ms": round(first, 3),
            f"page {DEEP:,} ms": round(deep, 3),
            "ratio": round(deep / first, 2),
        }
        for name, (first, deep) in taken.items()
    ]


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--documents", type=int, default=200_000)
    options.add_argument("--times", type=int, default=200, help="that each page is read")
    given = options.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        path = folder / "data" / "docstage.db"
        organization = asyncio.run(found(path))
        template = finished(organization, default_workspace_id(organization))
        fill(path, template, given.documents)
        progress("reading through the repository")
        after, repository = asyncio.run(through_repository(path, organization, given.times))
        taken = {"repository": repository}
        progress("reading over HTTP")
        up = stack.enter_context(Up(folder / "data", DOCSTAGE_SECRET=SECRET, **UNLIMITED))
        taken["HTTP"] = asyncio.run(over_http(up.url, organization, after, given.times))
        progress("reading by plain SQL")
        taken |= asyncio.run(by_sql(path, organization, after, given.times))
        setting = {
            "store": "SQLite", "broker": "in process", "documents": given.documents,
            "per page": PAGE, "fsync p50 ms": fsync_milliseconds(folder),
        }  # fmt: skip
    report = Report("listing", setting, figures(taken))
    for name in ("repository", "HTTP"):
        first, deep = taken[name]
        floor = f"page {DEEP:,} of page 1, {name}"
        report.floors.append(Floor(floor, round(deep / first, 3), LIMIT, at_most=True))
    report.finish(given.json)


if __name__ == "__main__":
    main()
