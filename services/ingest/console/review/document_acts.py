"""What a reviewer does to a document as a whole: another type, other pieces, a page turned."""

from collections.abc import Sequence

from aiohttp import web

from services.ingest.console.review.page import ReviewPage
from services.ingest.console.review.places import filters_of, next_url, review_url
from services.ingest.console.visit import Visit
from services.ingest.parts import IngestParts, path_id
from services.ingest.reviewing.desk import Review
from services.ingest.reviewing.locks import check_lock
from services.ingest.reviewing.rereading import Rereading
from services.ingest.splitting import split_document
from shared.errors import Code, Permanent
from shared.store.collections import DOCUMENTS

_LONGEST_NUMBER = 6


class DocumentActs:
    """The handlers."""

    def __init__(self, parts: IngestParts, page: ReviewPage) -> None:
        self._parts = parts
        self._page = page
        self._rereading = Rereading(parts)

    async def retype(self, visit: Visit) -> web.StreamResponse:
        """Find the fields of another type; the pages are not read again."""
        review = await self._of_key(visit)
        name = (await visit.fields()).text("type")
        known = await self._page.types.known(visit.principal, name, review.document.workspace)
        if known is None:
            raise Permanent(Code.UNKNOWN_TYPE)
        await self._rereading.find_again(await self._page.reviewer(visit), review, known)
        return visit.go(review_url(review.document.id, filters_of(visit)))

    async def split(self, visit: Visit) -> web.StreamResponse:
        """Make documents of the pages; each begins at a page that was named."""
        review = await self._of_key(visit)
        check_lock(review.extraction, await self._page.reviewer(visit), review.now)
        document = review.document
        starts = _numbers((await visit.fields()).text("before"))
        pieces = pieces_of(starts, document.pages or 0)
        parts = self._parts
        await split_document(parts.store, parts.outbox, visit.principal, document.id, pieces)
        return visit.go(next_url(filters_of(visit), after=document.id))

    async def turn(self, visit: Visit) -> web.StreamResponse:
        """Remember which way up a page is."""
        review, fields = await self._page.review(visit), await visit.fields()
        pages, said = _numbers(fields.text("page")), _numbers(fields.text("turn"))
        if not pages or len(pages) != len(said):
            raise Permanent(Code.BAD_REQUEST)
        turns = dict(zip(pages, said, strict=True))
        await self._rereading.turn(await self._page.reviewer(visit), review, turns)
        return web.Response(status=204)

    async def read_again(self, visit: Visit) -> web.StreamResponse:
        """Read the pages anew that were turned."""
        review = await self._page.review(visit)
        await self._rereading.read_again(await self._page.reviewer(visit), review)
        return visit.go(review_url(review.document.id, filters_of(visit)))

    async def ready(self, visit: Visit) -> web.StreamResponse:
        """Whether a document under way can be looked at by now; asked by its page."""
        documents = self._parts.store.of(visit.principal.tenant, DOCUMENTS)
        document = await documents.get(path_id(visit.request))
        if document is None:
            raise Permanent(Code.NOT_FOUND)
        if document.is_final or not visit.is_swap:
            return visit.go(review_url(document.id, filters_of(visit)))
        return visit.fragments(
            "review/_waiting.html", document=document, query=visit.request.query_string
        )

    async def _of_key(self, visit: Visit) -> Review:
        """The review, for whoever has not come by a link to it."""
        if visit.session.document is not None:
            raise Permanent(Code.NOT_ENOUGH_PERMISSIONS)
        return await self._page.review(visit)


def pieces_of(starts: Sequence[int], count: int) -> list[list[int]]:
    """Pages from 0, in documents that begin at these pages, counted from 1; the first always.

    Raises ``Permanent(INCOHERENT_DATA)`` where nothing is split, or for pages that are not there.
    """
    if not starts or not all(1 <= it <= count for it in starts):
        raise Permanent(Code.INCOHERENT_DATA, f"Name pages from 2 to {count}.")
    edges = sorted({0, *(it - 1 for it in starts)})
    if len(edges) < 2:  # noqa: PLR2004 - two documents at least
        raise Permanent(Code.INCOHERENT_DATA, f"Name pages from 2 to {count}.")
    return [
        list(range(first, last)) for first, last in zip(edges, [*edges[1:], count], strict=True)
    ]


def _numbers(text: str) -> list[int]:
    words = text.replace(",", " ").split()
    if not all(it.isascii() and it.isdigit() and len(it) <= _LONGEST_NUMBER for it in words):
        raise Permanent(Code.INCOHERENT_DATA, "Write the numbers of pages, as in 3, 5.")
    return [int(it) for it in words]
