"""Reviews under way: value by value, by one person at a time, up to the last word."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web

from services.ingest.dialects.native.review_work_models import (
    ApproveRequest,
    FieldRequest,
    LockedRequest,
    LockRequest,
    LockView,
    MarkView,
    ReadAgainRequest,
    RefusalView,
    RejectRequest,
    ReviewWorkView,
    RowRequest,
)
from services.ingest.document_types import DocumentTypes
from services.ingest.edits import KEEP
from services.ingest.parts import IngestParts, path_id
from services.ingest.resources.document_views import PREFIX, document_views
from services.ingest.reviewing.decisions import Decisions, OpenFlagsError
from services.ingest.reviewing.desk import Desk, Review
from services.ingest.reviewing.drafts import Drafts, FieldWrite, StaleRevisionError
from services.ingest.reviewing.locks import Locks, Reviewer, reviewer_of
from services.ingest.reviewing.queue import FILTERS, ReviewQueue
from services.ingest.reviewing.rereading import Rereading
from services.ingest.reviewing.row_words import PickedWord
from services.ingest.reviewing.table_drafts import RowWish, TableDrafts
from shared.errors import Permanent
from shared.http.context import REQUEST_ID, principal_of
from shared.http.json import json_answer, json_body
from shared.models.base import Model
from shared.models.reviewing import ValueSource

M = TypeVar("M", bound=Model)
Handler = Callable[[web.Request], Awaitable[web.Response]]


class ReviewWork:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        store = parts.store
        self._desk = Desk(store, DocumentTypes(store, parts.types))
        self._locks = Locks(store)
        self._drafts = Drafts(store, parts.outbox, self._desk)
        self._tables = TableDrafts(self._drafts)
        self._decisions = Decisions(store, parts.outbox, self._desk)
        self._queue = ReviewQueue(store)
        self._rereading = Rereading(parts)

    async def get(self, request: web.Request) -> web.Response:
        """The review as it stands."""
        return json_answer(_view(await self._review(request)))

    async def take_lock(self, request: web.Request) -> web.Response:
        """Take the lock, or renew it."""
        review, wish = await self._review(request), await _wish(request, LockRequest)
        reviewer = await self._reviewer(request, wish.token)
        extraction = await self._locks.take(
            reviewer, review.extraction.id, take_over=wish.take_over
        )
        held = await self._desk.about(reviewer.principal, review.document, extraction)
        return json_answer(_view(held, with_token=True))

    async def free_lock(self, request: web.Request) -> web.Response:
        """Let go of it."""
        review = await self._review(request)
        reviewer = await self._reviewer(request, request.query.get("lock", "")[:100])
        await self._locks.free(reviewer, review.extraction.id)
        return web.Response(status=204)

    async def write(self, request: web.Request) -> web.Response:
        """Accept or change a value."""
        review, wish = await self._review(request), await json_body(request, FieldRequest)
        reviewer = await self._reviewer(request, wish.lock)
        is_kept = wish.source is ValueSource.READ and "value" not in wish.model_fields_set
        write = FieldWrite(
            place=request.match_info["place"],
            revision=wish.revision,
            source=wish.source,
            value=KEEP if is_kept else wish.value,
            boxes=wish.boxes,
            milliseconds=wish.milliseconds,
        )
        return json_answer(_view(await self._drafts.write(reviewer, review, write)))

    async def change_row(self, request: web.Request) -> web.Response:
        """Put a row in, take it out, put it back or fill it; accept a table, or say it is none."""
        review, wish = await self._review(request), await json_body(request, RowRequest)
        reviewer = await self._reviewer(request, wish.lock)
        asked = RowWish(
            wish.action,
            request.match_info["place"],
            wish.revision,
            [PickedWord(it.text, it.box) for it in wish.words],
            wish.turn,
            wish.milliseconds,
        )
        return json_answer(_view(await self._tables.change(reviewer, review, asked)))

    async def approve(self, request: web.Request) -> web.Response:
        """The values are right."""
        review, wish = await self._review(request), await json_body(request, ApproveRequest)
        reviewer = await self._reviewer(request, wish.lock)
        approved = await self._decisions.approve(
            reviewer,
            review,
            wish.revision,
            sign_off=wish.sign_off,
            milliseconds=wish.milliseconds,
        )
        return json_answer(_view(approved))

    async def reject(self, request: web.Request) -> web.Response:
        """The document is no use."""
        review, wish = await self._review(request), await json_body(request, RejectRequest)
        reviewer = await self._reviewer(request, wish.lock)
        return json_answer(_view(await self._decisions.reject(reviewer, review, wish.note)))

    async def postpone(self, request: web.Request) -> web.Response:
        """Put it aside."""
        review, wish = await self._review(request), await _wish(request, LockedRequest)
        reviewer = await self._reviewer(request, wish.lock)
        return json_answer(_view(await self._decisions.postpone(reviewer, review)))

    async def undo(self, request: web.Request) -> web.Response:
        """Take the last word back."""
        review, wish = await self._review(request), await _wish(request, LockedRequest)
        reviewer = await self._reviewer(request, wish.lock)
        return json_answer(_view(await self._decisions.undo(reviewer, review)))

    async def read_again(self, request: web.Request) -> web.Response:
        """Read pages anew that lie the wrong way up."""
        review, wish = await self._review(request), await _wish(request, ReadAgainRequest)
        reviewer = await self._reviewer(request, wish.lock)
        if wish.turns:
            await self._rereading.turn(reviewer, review, wish.turns)
            review = await self._review(request)
        document = await self._rereading.read_again(reviewer, review)
        tenant = reviewer.principal.tenant
        (view,) = await document_views(self._parts.store, tenant, [document])
        return json_answer(view, 202)

    async def next(self, request: web.Request) -> web.Response:
        """The next document of the queue, locked for the caller; 204 at the end."""
        filters = {name: request.query[name] for name in FILTERS if request.query.get(name)}
        reviewer = await self._reviewer(request, "")
        postponed = request.query.get("postponed") == "true"
        document = await self._queue.next(reviewer, filters, postponed=postponed)
        if document is None:
            return web.Response(status=204)
        review = await self._desk.fetch(reviewer.principal, document.id)
        return json_answer(_view(review, with_token=True))

    async def _review(self, request: web.Request) -> Review:
        return await self._desk.fetch(principal_of(request), path_id(request))

    async def _reviewer(self, request: web.Request, token: str) -> Reviewer:
        return await reviewer_of(self._parts.store, principal_of(request), token=token)


def refusing(handler: Handler) -> Handler:
    """The handler, whose refusals say what it takes to go on."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except StaleRevisionError as error:
            return _refusal(request, error, revision=error.revision, current=error.current)
        except OpenFlagsError as error:
            return _refusal(request, error, places=error.places)

    return handle


def _refusal(request: web.Request, error: Permanent, **more: object) -> web.Response:
    status = error.spec.status
    view = RefusalView(
        status=status,
        code=error.code.value,
        detail=error.detail,
        request_id=request.get(REQUEST_ID, ""),
        **more,
    )
    return json_answer(view, status)


async def _wish(request: web.Request, model: type[M]) -> M:
    return await json_body(request, model) if request.can_read_body else model()


def _view(review: Review, *, with_token: bool = False) -> ReviewWorkView:
    own = f"{PREFIX}/documents/{review.document.id}"
    holder = review.holder
    return ReviewWorkView(
        document=review.document.id,
        revision=review.revision,
        fields=review.extraction.current_fields,
        states={
            place: MarkView(state=it.state, why=list(it.why), open=it.open, flagged=it.flagged)
            for place, it in review.sheet.marks.items()
        },
        stops=review.sheet.stops,
        notices=list(review.sheet.notices),
        done=review.extraction.reviewed is not None,
        lock=LockView(
            name=holder.name,
            since=holder.since,
            until=holder.until,
            token=holder.token if with_token else None,
        )
        if holder
        else None,
        links={"self": f"{own}/review/work", "review": f"{own}/review", "document": own},
    )
