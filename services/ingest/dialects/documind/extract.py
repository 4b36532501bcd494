"""``POST /extract/{id}``: answered when the fields are there."""

import asyncio
from typing import Any

from aiohttp import web

from services.ingest.dialects.documind.context import CHANNEL, DocumindParts, document_of
from services.ingest.dialects.documind.errors import BAD_REQUEST, GATEWAY_TIMEOUT, refusal
from services.ingest.dialects.documind.models import ExtractWish
from services.ingest.dialects.documind.modes import Refused, cost, mode_of
from services.ingest.dialects.documind.samples import sample_schema
from services.ingest.dialects.documind.schema_form import SchemaForm, read_schema
from services.ingest.dialects.documind.views import extract_answer
from services.ingest.usage import Used
from shared.errors import Quota
from shared.http.context import Principal, principal_of
from shared.http.json import json_answer, json_body
from shared.models.document import Document
from shared.models.extraction import Extraction, ExtractionMode, ExtractionOrder
from shared.models.work import WorkState

_LATE = "The document is still being processed; see GET /data/extractions."
_SERVER_ERROR = 500


class Extract:
    """The handler and what it works with."""

    def __init__(self, parts: DocumindParts) -> None:
        self._parts = parts

    async def extract(self, request: web.Request) -> web.Response:
        """Have the fields found by the extract stage, through its queue, and wait for them."""
        ends = asyncio.get_running_loop().time() + self._parts.wait_seconds
        wish = await json_body(request, ExtractWish)
        mode = mode_of(wish)
        if isinstance(mode, Refused):
            allowed = list(mode.allowed)
            return refusal(BAD_REQUEST, f"Invalid value for {mode.field}", allowed_values=allowed)
        form = None if wish.schema_ is None else read_schema(wish.schema_)
        document = await document_of(self._parts, request)
        return await self._answer(principal_of(request), document, wish, mode, form, ends)

    async def _answer(  # noqa: PLR0913, PLR0917 - all that was asked for, read
        self,
        principal: Principal,
        document: Document,
        wish: ExtractWish,
        mode: ExtractionMode,
        form: SchemaForm | None,
        ends: float,
    ) -> web.Response:
        orders = self._parts.orders
        if form is None:
            document = await orders.read(principal, document, _left(ends))
            if not document.is_final:
                return refusal(GATEWAY_TIMEOUT, _LATE)
            form = read_schema(await sample_schema(self._parts, document))
        order = _order(wish, form)
        placed = await self._placed(principal, document, order, mode)
        if not document.is_final:
            document = await orders.read(principal, document, _left(ends))
            if not document.is_final:
                return refusal(GATEWAY_TIMEOUT, _LATE)
            await self._reserve(principal, placed, _used(mode, order, document))
            await orders.hasten(principal, placed)
        extraction = await orders.outcome(principal, placed, _left(ends))
        if extraction is None:
            return refusal(GATEWAY_TIMEOUT, _LATE)
        if extraction.work.state is WorkState.DONE:
            return json_answer(extract_answer(extraction))
        return await self._failed(principal, extraction, _used(mode, order, document))

    async def _placed(
        self, principal: Principal, document: Document, order: ExtractionOrder, mode: ExtractionMode
    ) -> Extraction:
        """The order's record; that of a document which is read is paid for before."""
        if document.is_final:
            used = _used(mode, order, document)
            await self._parts.ledger.reserve(principal.organization, used)
        return await self._parts.orders.place(principal, document, order, mode)

    async def _reserve(self, principal: Principal, placed: Extraction, used: Used) -> None:
        try:
            await self._parts.ledger.reserve(principal.organization, used)
        except Quota as error:
            await self._parts.orders.give_up(principal, placed, error)
            raise

    async def _failed(
        self, principal: Principal, extraction: Extraction, used: Used
    ) -> web.Response:
        back = Used(extractions=-1, pages=-used.pages, credits=-used.credits)
        await self._parts.ledger.add(principal.organization, back)
        problem = extraction.work.problem
        why = f"{problem.code}: {problem.detail}" if problem else "it was called off."
        return refusal(_SERVER_ERROR, f"Extraction failed: {why}", extraction_id=extraction.id)


def _order(wish: ExtractWish, form: SchemaForm) -> ExtractionOrder:
    terms: dict[str, Any] = {"schema": dict(form.sent)}
    if wish.prompt:
        terms["prompt"] = wish.prompt
    if wish.model is not None:
        terms["model"] = wish.model
    return ExtractionOrder(
        fields_schema=form.schema(),
        required=form.required,
        review_threshold=wish.review_threshold / 100,
        channel=CHANNEL,
        hint=wish.prompt,
        terms=terms,
    )


def _used(mode: ExtractionMode, order: ExtractionOrder, document: Document) -> Used:
    pages = document.pages or 0
    credits_taken = cost(mode, order, pages)
    return Used(api_calls=1, extractions=1, pages=pages, credits=credits_taken)


def _left(ends: float) -> float:
    return max(0.0, ends - asyncio.get_running_loop().time())
