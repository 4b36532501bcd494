"""The next document to review: the oldest that nobody has, and it is taken with the asking."""

from collections.abc import Mapping
from datetime import datetime

from services.ingest.reviewing.locks import Reviewer, holder_of, locked
from shared.errors import Code, Permanent
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Position, Query, Store

FILTERS = ("state", "type", "workspace")
_PAGE = 20
_MOST = 10_000
"""Documents looked at for one that is free."""


class ReviewQueue:
    """Documents that wait for a person."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def next(
        self,
        reviewer: Reviewer,
        filters: Mapping[str, str],
        *,
        skipping: str | None = None,
        postponed: bool = False,
    ) -> Document | None:
        """The oldest document of the filters that nobody else has, which the reviewer has now.

        ``skipping`` is the id of one that is not wanted again. Those that were put aside are left
        out unless ``postponed``. Two who ask at once get two documents.
        """
        tenant = reviewer.principal.tenant
        documents = self._store.of(tenant, DOCUMENTS)
        query, after = review_query(filters), None
        for _ in range(_MOST // _PAGE):
            rows = await documents.page(query, after, _PAGE)
            for document in await self._free(reviewer, rows, postponed=postponed):
                if document.id != skipping and await self._claim(reviewer, document):
                    return document
            if len(rows) < _PAGE:
                return None
            after = Position(rows[-1].created, rows[-1].id)
        return None

    async def _free(
        self, reviewer: Reviewer, rows: list[Document], *, postponed: bool
    ) -> list[Document]:
        wanted = [it.extraction for it in rows if it.extraction is not None]
        extractions = self._store.of(reviewer.principal.tenant, EXTRACTIONS)
        found = {it.id: it for it in await extractions.get_many(wanted)} if wanted else {}
        now = await self._store.now()
        free = []
        for document in rows:
            extraction = found.get(document.extraction or "")
            if extraction is None or not _waits(extraction, now):
                continue
            if postponed or extraction.review_work.postponed is None:
                free.append(document)
        return free

    async def _claim(self, reviewer: Reviewer, document: Document) -> bool:
        now = await self._store.now()

        def step(extraction: Extraction) -> Extraction | None:
            return locked(extraction, reviewer, now) if _waits(extraction, now) else None

        extractions = self._store.of(reviewer.principal.tenant, EXTRACTIONS)
        return await extractions.change(document.extraction or "", step) is not None


def review_query(filters: Mapping[str, str]) -> Query:
    """Which documents wait; raises ``Permanent(BAD_REQUEST)`` for a state that none waits in."""
    state = filters.get("state") or DocumentState.NEEDS_REVIEW.value
    if state not in {DocumentState.NEEDS_REVIEW.value, DocumentState.READY.value}:
        raise Permanent(Code.BAD_REQUEST, "state must be needs_review or ready.")
    equals = {name: filters[name] for name in FILTERS if filters.get(name)}
    return Query({**equals, "state": state}, oldest_first=True)


def _waits(extraction: Extraction, now: datetime) -> bool:
    return extraction.reviewed is None and holder_of(extraction, now) is None
