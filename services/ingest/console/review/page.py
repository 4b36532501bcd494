"""The page of a review, the queue before it and the end of the queue behind it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from services.ingest.console.review.places import filters_of, next_url, review_url
from services.ingest.console.review.shown import counted, shown_fields
from services.ingest.console.visit import Visit
from services.ingest.document_types import DocumentTypes
from services.ingest.parts import IngestParts, path_id
from services.ingest.reviewing.desk import Desk, Review
from services.ingest.reviewing.locks import LockedError, Locks, Reviewer, reviewer_of
from services.ingest.reviewing.pace import Pace, review_pace
from services.ingest.reviewing.queue import ReviewQueue, review_query
from services.ingest.stored_pages import StoredPages, parse_page
from shared.errors import Code, DocstageError
from shared.models.document import Document
from shared.models.tenancy import Scope
from shared.store.collections import DOCUMENTS

_MEASURED = 5
"""Pages whose size is looked up with the page; others tell theirs when they are looked at."""
_A4 = (595.0, 842.0)
_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of the document: its size in points, and how it is turned to be upright."""

    number: int
    width: float
    height: float
    turn: int | None


class ReviewPage:
    """Shows reviews."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self.types = DocumentTypes(parts.store, parts.types)
        self.desk = Desk(parts.store, self.types)
        self.locks = Locks(parts.store)
        self._queue = ReviewQueue(parts.store)
        self._pages = StoredPages(parts.blobs)

    async def start(self, visit: Visit) -> web.StreamResponse:
        """How much waits, and a button to begin."""
        filters = filters_of(visit)
        documents = self._parts.store.of(visit.principal.tenant, DOCUMENTS)
        waiting = await documents.count(review_query(filters), _COUNTED)
        return await visit.page(
            "review/start.html",
            waiting=waiting,
            most=_COUNTED,
            next_url=next_url(filters),
            pace=await self._pace(visit),
        )

    async def next(self, visit: Visit) -> web.StreamResponse:
        """The next document of the queue, or the page of its end."""
        filters, after = filters_of(visit), visit.query("after")
        told = {name: visit.query(name) for name in ("approved", "rejected") if visit.query(name)}
        reviewer = await self.reviewer(visit)
        document = await self._queue.next(
            reviewer, filters, skipping=after or None, postponed="postponed" in filters
        )
        if document is not None:
            return visit.go(review_url(document.id, filters, **told))
        has_more = await self._parts.store.of(visit.principal.tenant, DOCUMENTS).count(
            review_query(filters), _COUNTED
        )
        return await visit.page(
            "review/done.html",
            left=has_more,
            again_url=next_url(filters),
            postponed_url=next_url({**filters, "postponed": "true"}),
            told=await self._told(visit, told),
            pace=await self._pace(visit),
        )

    async def show(self, visit: Visit) -> web.StreamResponse:
        """A document; whoever opens it has it, unless somebody else does."""
        under_way = await self._under_way(visit)
        if under_way is not None:
            query = visit.request.query_string
            return await visit.page("review/waiting.html", document=under_way, query=query)
        review = await self.review(visit)
        reviewer = await self.reviewer(visit)
        may_write = _may(visit, Scope.WRITE)
        if may_write and review.extraction.reviewed is None:
            review = await self._locked(reviewer, review)
        filters = filters_of(visit)
        told = {name: visit.query(name) for name in ("approved", "rejected") if visit.query(name)}
        document = review.document
        return await visit.page(
            "review/page.html",
            **self.shown(visit, review, filters),
            sheets=await self._sheets(document),
            types=await self.types.all(visit.principal),
            next_url=next_url(filters, after=document.id),
            told=await self._told(visit, told),
        )

    def shown(
        self, visit: Visit, review: Review, filters: Mapping[str, str], **more: object
    ) -> dict[str, object]:
        """What the page and its fragments show of a review."""
        holder, extraction = review.holder, review.extraction
        is_mine = holder is not None and holder.session == visit.session.id
        counts = counted(review)
        may_write = _may(visit, Scope.WRITE)
        is_open = extraction.reviewed is None
        return {
            "review": review,
            "document": review.document,
            "fields": shown_fields(review),
            "counts": counts,
            "stops": json.dumps(review.sheet.stops),
            "next_stop": review.sheet.stops[0] if review.sheet.stops else "",
            "holder": holder,
            "is_mine": is_mine,
            "is_editable": is_mine and is_open and may_write,
            "is_open": is_open,
            "may_write": may_write,
            "may_take_over": _may(visit, Scope.ADMIN),
            "is_by_link": visit.session.document is not None,
            "filters": dict(filters),
            "own_url": review_url(review.document.id, {}),
            "query": review_url("", filters).partition("?")[2],
            **more,
        }

    async def review(self, visit: Visit) -> Review:
        """The review of the document in the path; raises ``Permanent``."""
        return await self.desk.fetch(visit.principal, path_id(visit.request))

    async def reviewer(self, visit: Visit) -> Reviewer:
        """Who looks at it."""
        return await reviewer_of(self._parts.store, visit.principal, session=visit.session.id)

    async def _pace(self, visit: Visit) -> Pace | None:
        return await review_pace(self._parts.store, visit.principal, visit.workspace)

    async def _under_way(self, visit: Visit) -> Document | None:
        documents = self._parts.store.of(visit.principal.tenant, DOCUMENTS)
        document = await documents.get(path_id(visit.request))
        return document if document is not None and not document.is_final else None

    async def _locked(self, reviewer: Reviewer, review: Review) -> Review:
        try:
            extraction = await self.locks.take(reviewer, review.extraction.id)
        except LockedError:
            return review
        return await self.desk.about(reviewer.principal, review.document, extraction)

    async def _sheets(self, document: Document) -> list[Sheet]:
        sizes: dict[int, tuple[float, float]] = {}
        count = document.pages or 0
        for number in range(min(count, _MEASURED)):
            try:
                page = parse_page(await self._pages.one(document, number))
            except DocstageError as error:
                if error.code is not Code.NOT_FOUND:
                    raise
                continue
            sizes[number] = (page.width, page.height)
        usual = sizes.get(0, _A4)
        turns = document.page_turns
        return [
            Sheet(number, *sizes.get(number, usual), turns.get(str(number)))
            for number in range(count)
        ]

    async def _told(self, visit: Visit, told: Mapping[str, str]) -> dict[str, str] | None:
        """The document that a last word was just said of, for whoever wants it back."""
        for word, identity in told.items():
            document = await self._parts.store.of(visit.principal.tenant, DOCUMENTS).get(identity)
            if document is not None:
                return {"word": word, "name": document.name, "url": review_url(document.id, {})}
        return None


def _may(visit: Visit, scope: Scope) -> bool:
    return scope in visit.principal.scopes or Scope.ADMIN in visit.principal.scopes
