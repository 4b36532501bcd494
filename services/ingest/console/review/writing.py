"""What a reviewer does on the page: each act is one request, and fragments come back."""

import json
from collections.abc import Mapping

from aiohttp import web

from services.ingest.console.review.forms import field_write, milliseconds, row_wish
from services.ingest.console.review.page import ReviewPage
from services.ingest.console.review.places import filters_of, next_url, review_url
from services.ingest.console.visit import Visit
from services.ingest.parts import IngestParts
from services.ingest.reviewing.decisions import Decisions, OpenFlagsError
from services.ingest.reviewing.desk import Review
from services.ingest.reviewing.drafts import Drafts, StaleRevisionError
from services.ingest.reviewing.locks import LockedError
from services.ingest.reviewing.table_drafts import TableDrafts
from shared.errors import Code, DocstageError, Permanent

_MAX_NOTE = 1_000


class ReviewActs:
    """The handlers of everything that changes something."""

    def __init__(self, parts: IngestParts, page: ReviewPage) -> None:
        self._page = page
        self._drafts = Drafts(parts.store, parts.outbox, page.desk)
        self._tables = TableDrafts(self._drafts)
        self._decisions = Decisions(parts.store, parts.outbox, page.desk)

    async def lock(self, visit: Visit) -> web.StreamResponse:
        """Take the review, or keep it; says who has it."""
        review, fields = await self._page.review(visit), await visit.fields()
        reviewer = await self._page.reviewer(visit)
        wants = fields.text("wish")
        take_over = wants == "take_over"
        try:
            if wants != "look":
                extraction = await self._page.locks.take(
                    reviewer, review.extraction.id, take_over=take_over
                )
                review = await self._page.desk.about(visit.principal, review.document, extraction)
        except LockedError:
            if take_over:
                raise
        if take_over or not visit.is_swap:
            return visit.go(review_url(review.document.id, filters_of(visit)))
        return visit.fragments("review/_lock.html", **self._page.shown(visit, review, {}))

    async def leave(self, visit: Visit) -> web.StreamResponse:
        """Let others have it; what a browser sends as its page goes."""
        review = await self._page.review(visit)
        await self._page.locks.free(await self._page.reviewer(visit), review.extraction.id)
        return web.Response(status=204)

    async def write(self, visit: Visit) -> web.StreamResponse:
        """Accept or change a value."""
        review, fields = await self._page.review(visit), await visit.fields()
        write = field_write(visit.request.match_info["place"], fields)
        try:
            review = await self._drafts.write(await self._page.reviewer(visit), review, write)
        except DocstageError as error:
            return self._refused(visit, review, write.place, error)
        return self._answer(visit, review, write.place)

    async def change_row(self, visit: Visit) -> web.StreamResponse:
        """Put a row in or out, fill it; accept a table, or say that there is none."""
        review, fields = await self._page.review(visit), await visit.fields()
        wish = row_wish(visit.request.match_info["place"], fields)
        review = await self._tables.change(await self._page.reviewer(visit), review, wish)
        if not visit.is_swap:
            return visit.go(review_url(review.document.id, filters_of(visit)))
        table = wish.place.partition("/")[0]
        onwards = review.sheet.next_stop(_end_of(review, table)) or ""
        shown = self._page.shown(visit, review, {}, table=table, next_stop=onwards)
        return visit.fragments("review/_table_and_marks.html", **shown)

    async def approve(self, visit: Visit) -> web.StreamResponse:
        """The values are right."""
        review, fields = await self._page.review(visit), await visit.fields()
        try:
            await self._decisions.approve(
                await self._page.reviewer(visit),
                review,
                fields.text("revision"),
                sign_off=fields.text("sign_off")[:_MAX_NOTE],
                milliseconds=milliseconds(fields),
            )
        except OpenFlagsError as error:
            shown = self._page.shown(visit, review, {}, flagged=json.dumps(error.places))
            if visit.is_swap:
                return visit.fragments("review/_flags.html", error.spec.status, **shown)
            raise
        return self._onwards(visit, review, "approved")

    async def reject(self, visit: Visit) -> web.StreamResponse:
        """The document is no use."""
        review, reason = await self._page.review(visit), (await visit.fields()).text("reason")
        if not reason:
            raise Permanent(Code.BAD_REQUEST, "Say why.")
        reviewer = await self._page.reviewer(visit)
        await self._decisions.reject(reviewer, review, reason[:_MAX_NOTE])
        return self._onwards(visit, review, "rejected")

    async def postpone(self, visit: Visit) -> web.StreamResponse:
        """Put it aside."""
        review = await self._page.review(visit)
        await self._decisions.postpone(await self._page.reviewer(visit), review)
        return visit.go(next_url(filters_of(visit), after=review.document.id))

    async def undo(self, visit: Visit) -> web.StreamResponse:
        """Take the last word back, and show the document again."""
        review = await self._page.review(visit)
        await self._decisions.undo(await self._page.reviewer(visit), review)
        return visit.go(review_url(review.document.id, filters_of(visit)))

    def _onwards(self, visit: Visit, review: Review, word: str) -> web.Response:
        told = {word: review.document.id}
        if visit.session.document is not None:  # there is no queue behind a link
            return visit.go(review_url(review.document.id, {}))
        return visit.go(next_url(filters_of(visit), after=review.document.id, **told))

    def _answer(self, visit: Visit, review: Review, place: str) -> web.Response:
        if not visit.is_swap:
            return visit.go(review_url(review.document.id, filters_of(visit)))
        onwards = {"next_stop": review.sheet.next_stop(place) or "", "written": place}
        shown = self._page.shown(visit, review, {}, **onwards)
        return visit.fragments("review/_marks.html", **shown)

    def _refused(
        self, visit: Visit, review: Review, place: str, error: DocstageError
    ) -> web.Response:
        """The reason stands at the field; what was typed stays in it."""
        if not visit.is_swap or not isinstance(error, StaleRevisionError | Permanent):
            raise error
        detail = error.detail
        theirs: str | None = None
        if isinstance(error, StaleRevisionError):
            theirs = "" if error.current is None else str(error.current.value)
        elif error.code is Code.INCOHERENT_DATA:
            detail = detail.removeprefix(f"{place} ")
        shown: Mapping[str, object] = {
            **self._page.shown(visit, review, {}),
            "place": place,
            "detail": detail,
            "theirs": theirs,
            "code": error.code.value,
        }
        return visit.fragments("review/_refused.html", error.spec.status, **shown)


def _end_of(review: Review, table: str) -> str:
    """Where a table ends: its last value's place, or its own."""
    own = [it for it in review.sheet.marks if it.partition("/")[0] == table]
    return own[-1] if own else table
