"""Extractions: list, look, review."""

from aiohttp import web

from services.ingest.dialects.documind.context import CHANNEL, DocumindParts, extraction_of
from services.ingest.dialects.documind.listing import (
    MOST_COUNTED,
    Asked,
    asked_extractions,
    pending_reviews,
)
from services.ingest.dialects.documind.models import ExtractionPage, ReviewWish
from services.ingest.dialects.documind.results import corrections, specs
from services.ingest.dialects.documind.views import extraction_view, form_of
from services.ingest.reviews import Verdict
from services.ingest.usage import Used
from shared.http.context import Principal, principal_of
from shared.http.json import json_answer, json_body
from shared.http.paths import path_id
from shared.models.extraction import Extraction
from shared.store.port import Query


class Extractions:
    """The handlers and what they work with."""

    def __init__(self, parts: DocumindParts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """Extractions, the newest first unless asked otherwise."""
        principal = principal_of(request)
        return await self._page(principal, asked_extractions(request, principal))

    async def pending(self, request: web.Request) -> web.Response:
        """Extractions that wait for a person."""
        return await self._page(principal_of(request), pending_reviews(request))

    async def get(self, request: web.Request) -> web.Response:
        """One extraction."""
        return json_answer(extraction_view(await extraction_of(self._parts, request)))

    async def review(self, request: web.Request) -> web.Response:
        """Take a person's corrections; another review replaces them."""
        principal = principal_of(request)
        extraction = await self._to_review(request)
        wish = await json_body(request, ReviewWish) if request.can_read_body else ReviewWish()
        form = form_of(extraction)
        verdict = Verdict(
            values=corrections(form, wish.reviewed_results), specs=specs(form), afresh=True
        )
        reviewed = await self._parts.reviews.correct(principal, extraction.id, verdict)
        await self._parts.ledger.add(principal.organization, Used(api_calls=1))
        return json_answer(extraction_view(reviewed))

    async def _page(self, principal: Principal, asked: Asked) -> web.Response:
        rows: list[Extraction] = []
        total = 0
        if asked.query is not None:
            extractions = self._parts.extractions(principal)
            total = await extractions.count(asked.query, MOST_COUNTED)
            if asked.skip < total:
                rows = await extractions.page(asked.query, None, asked.limit, asked.skip)
        items = [extraction_view(it) for it in rows]
        page = ExtractionPage(items=items, total=total, skip=asked.skip, limit=asked.limit)
        return json_answer(page)

    async def _to_review(self, request: web.Request) -> Extraction:
        """The extraction of that id, or the newest of the document of that id."""
        extractions = self._parts.extractions(principal_of(request))
        identity = path_id(request)
        newest = await extractions.page(Query({"ordered": CHANNEL, "document": identity}), None, 1)
        for found in newest:
            return found
        return await extraction_of(self._parts, request)
