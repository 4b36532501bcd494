"""A container and the documents it was unpacked to, looked at and called off together."""

import asyncio
from collections.abc import Iterable, Sequence

from services.ingest.calling_off import stop_extraction
from services.ingest.watch import DocumentWatch
from shared.models.document import Document
from shared.stages import lifecycle
from shared.stages.outbox import Outbox
from shared.store.collections import DOCUMENTS
from shared.store.port import Position, Query, Repository, Store, Tenant

MAX_LEVELS = 3
"""Scans of several documents may lie in a message or an archive, and nothing deeper."""
_BATCH = 100


async def children_of(
    documents: Repository[Document], parents: Iterable[Document]
) -> dict[str, Document]:
    """The children of containers as they stand, by their ids; those that were removed miss."""
    wanted = [it.id for parent in parents if parent.container for it in parent.container.children]
    found = await documents.get_many(wanted) if wanted else []
    return {it.id: it for it in found}


async def until_all_final(
    watch: DocumentWatch,
    documents: Repository[Document],
    waited_for: Sequence[Document],
    seconds: float,
) -> tuple[list[Document], bool]:
    """Wait until all are final and what they were unpacked to is too, at most so long.

    The documents as they stand then, and whether all of that is final.
    """
    loop = asyncio.get_running_loop()
    deadline, current = loop.time() + seconds, list(waited_for)
    level, all_final = current, True
    for depth in range(MAX_LEVELS):
        left = max(0.0, deadline - loop.time())
        found = await watch.until_final(documents, level, left) if left else {}
        level = [found.get(it.id, it) for it in level]
        if depth == 0:
            current = level
        all_final = all_final and all(it.is_final for it in level)
        level = list((await children_of(documents, level)).values())
        if not level:
            break
    return current, all_final and all(it.is_final for it in level)


async def cancel_children(store: Store, outbox: Outbox, parent: Document) -> int:
    """Call off what a container was unpacked to, where it is not final; how many those were."""
    documents = store.of(Tenant(parent.organization), DOCUMENTS)
    after: Position | None = None
    count, now = 0, await store.now()
    while rows := await documents.page(Query({"parent": parent.id}), after, _BATCH):
        for row in rows:
            after = Position(row.created, row.id)
            stored = await documents.change(row.id, lambda it: lifecycle.cancel(it, now))
            if stored is not None:
                outbox.nudge(DOCUMENTS, stored)
                await stop_extraction(store, stored)
                count += 1
            if row.container is not None:
                count += await cancel_children(store, outbox, row)
    return count
