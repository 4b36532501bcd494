"""Looking at the stages' lines while a long one waits, on SQLite.

    python -m benchmarks.queues [--documents N] [--times N] [--json FILE]

Two stores are filled by the store's own serialisation, with a thousand waiting documents and with
N; then the whole view (an operator's, an organization's) and one document's place are asked for
in turn. Milliseconds are medians.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.filling import fill
from benchmarks.report import Figures, Report, parser
from services.ingest.queues import QueueView
from shared.broker.connect import connect_broker
from shared.models.document import Document
from shared.models.time import utc_now
from shared.stages import lifecycle
from shared.store.collections import DOCUMENTS
from shared.store.connect import connect_store
from shared.store.port import Query, Tenant

FEW = 1_000
OURS = Tenant("org")


def waiting() -> Document:
    """A document as it waits to be read."""
    document = Document(
        organization=OURS.organization, workspace="w", name="a.pdf",
        media_type="application/pdf", size=200_000, sha256="0" * 64, blob="x/y/original",
    )  # fmt: skip
    received = lifecycle.receive(document, utc_now())
    return received.copy_with(outbox=[], announced=received.sequence)


async def look(path: Path, times: int) -> Figures:
    """What looking costs there."""
    store, broker = connect_store(f"sqlite:///{path}"), connect_broker("memory://")
    await store.open()
    await broker.open()
    view = QueueView(store, broker)
    (newest,) = await store.of(OURS, DOCUMENTS).page(Query(), None, 1)
    (part,) = newest.parts
    work = part.work.copy_with(enqueued=part.work.enqueued + timedelta(seconds=1))
    last = newest.copy_with(parts=[part.copy_with(work=work)], updated=work.enqueued)
    found = {
        "operator ms": await _median(lambda: view.lines(None), times),
        "organization ms": await _median(lambda: view.lines(OURS), times),
        "document ms": await _median(lambda: view.place(last, [], OURS), times),
    }
    await broker.close()
    await store.close()
    return {name: round(it, 2) for name, it in found.items()}


async def _median(call: Callable[[], Awaitable[Any]], times: int) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        await call()
        taken.append(1e3 * (time.perf_counter() - begun))
    return statistics.median(taken)


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--documents", type=int, default=100_000)
    options.add_argument("--times", type=int, default=20)
    given = options.parse_args()
    figures: list[Figures] = []
    with tempfile.TemporaryDirectory() as folder:
        for count in (FEW, given.documents):
            path = Path(folder) / str(count) / "docstage.db"
            path.parent.mkdir()
            fill(path, waiting(), count)
            figures.append({"waiting": count, **asyncio.run(look(path, given.times))})
    setting = {"store": "SQLite", "broker": "in process", "times": given.times}
    Report("queues", setting, figures).finish(given.json)


if __name__ == "__main__":
    main()
