"""Indexing all documents anew, some at a time, while searches go on."""

import asyncio
from dataclasses import dataclass

from shared.http.context import Principal
from shared.stages.indexing import Indexing
from shared.store.collections import DOCUMENTS
from shared.store.port import Position, Query, Store

_SECONDS = 10.0
"""After which an answer is due, so that nobody gives up waiting."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many were ``indexed``, how many ``passed`` over, and where to go on if there is more."""

    indexed: int
    passed: int
    last: Position | None
    more: bool


class SearchRebuild:
    """Does it. Nothing is taken away first: what is found today is found meanwhile."""

    def __init__(self, store: Store, indexing: Indexing) -> None:
        self._store = store
        self._indexing = indexing

    async def run(self, principal: Principal, after: Position | None, limit: int) -> Rebuilt:
        """Index the ``limit`` newest documents behind ``after``, or fewer.

        Those that are still being processed are passed over: they are indexed as they are done.
        """
        rows = await self._store.of(principal.tenant, DOCUMENTS).page(Query(), after, limit + 1)
        until = asyncio.get_running_loop().time() + _SECONDS
        indexed = done = 0
        for row in rows[:limit]:
            indexed += await self._indexing.index(row)
            done += 1
            after = Position(row.created, row.id)
            if asyncio.get_running_loop().time() > until:
                break
        return Rebuilt(indexed, done - indexed, after, more=len(rows) > done)
