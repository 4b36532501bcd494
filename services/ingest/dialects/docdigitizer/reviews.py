"""Reviews: whether a person is to look, or what one left."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from services.ingest.dialects.docdigitizer.annotations import annotations
from services.ingest.dialects.docdigitizer.classes import (
    DOCUMENT_TYPE,
    FINANCIAL,
    FINANCIAL_TYPES,
    UNKNOWN,
    class_of,
    key_of,
    own_fields,
)
from services.ingest.dialects.docdigitizer.context import DocDigitizerParts, document_of
from services.ingest.dialects.docdigitizer.models import (
    Created,
    ReviewList,
    ReviewRequest,
    ReviewStatus,
    ReviewView,
)
from services.ingest.dialects.docdigitizer.views import (
    document_links,
    schemas_of,
)
from services.ingest.reviews import Verdict, reviewable
from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of
from shared.http.json import json_answer, json_body
from shared.models.document import Document
from shared.models.extraction import Extraction, TypeGuess
from shared.models.ids import derived_id
from shared.models.schema import Schema
from shared.schemas import GENERIC
from shared.store.collections import EXTRACTIONS
from shared.store.port import Query


class DocumentReviews:
    """The handlers and what they work with."""

    def __init__(self, parts: DocDigitizerParts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """The reviews of a document: given ones, and one that is wished for."""
        document = await document_of(self._parts, request)
        principal = principal_of(request)
        page = await self._parts.pager.page_where(
            self._parts.pager.asked(request, principal),
            self._parts.store.of(principal.tenant, EXTRACTIONS),
            Query({"document": document.id}),
            lambda it: _has_review(document, it),
        )
        schemas = await schemas_of(self._parts, principal, page.rows)
        return page.answer(ReviewList(reviews=[_view(document, it, schemas) for it in page.rows]))

    async def create(self, request: web.Request) -> web.Response:
        """Correct and confirm the annotations; once per document."""
        document = await document_of(self._parts, request)
        reviewable(document)  # before the values are looked at, which need a type to fit
        wish = ReviewRequest()
        if request.can_read_body:
            wish = await json_body(request, ReviewRequest)
        principal = principal_of(request)
        verdict = _verdict(document, await self._schema(principal, document), wish.data)
        extraction = await self._parts.reviews.give(principal, document, verdict)
        schemas = await schemas_of(self._parts, principal, [extraction])
        view = _view(document, extraction, schemas)
        return json_answer(Created(review=view), 201, {"Location": view.links["self"]})

    async def _schema(self, principal: Principal, document: Document) -> Schema | None:
        """That of the order which the document's present extraction is of, else of its type."""
        extractions = self._parts.store.of(principal.tenant, EXTRACTIONS)
        present = await extractions.get(document.extraction) if document.extraction else None
        if present is not None and present.order is not None:
            return present.order.fields_schema
        kind = document.type.name if document.type else GENERIC
        return await self._parts.types.find(principal, kind)


def _has_review(document: Document, extraction: Extraction) -> bool:
    waits = extraction.id == document.extraction and document.review.needed
    return waits or extraction.reviewed is not None


def _verdict(document: Document, schema: Schema | None, data: Mapping[str, Any]) -> Verdict:
    """What the corrections mean for our own fields.

    Raises ``Permanent(INCOHERENT_DATA)`` for keys and types that the class does not have.
    """
    document_class = class_of(document) or UNKNOWN
    fields = own_fields(document_class, schema)
    short = {name.removeprefix(key_of(document_class, "")): it for name, it in data.items()}
    kind = short.pop(DOCUMENT_TYPE, None) if document_class == FINANCIAL else None
    if kind is not None and kind not in FINANCIAL_TYPES:
        detail = f"{DOCUMENT_TYPE} must be one of {', '.join(FINANCIAL_TYPES)}."
        raise Permanent(Code.INCOHERENT_DATA, detail)
    unknown = next((name for name in short if name not in fields), None)
    if unknown is not None:
        raise Permanent(Code.INCOHERENT_DATA, f"There is no field {unknown[:100]!r}.")
    specs = {spec.name: spec for spec in fields.values()}
    values = {fields[name].name: value for name, value in short.items()}
    return Verdict(values, specs, kind)


def _view(document: Document, extraction: Extraction, schemas: Mapping[str, Schema]) -> ReviewView:
    reviewed = extraction.reviewed
    links = document_links(document)
    schema = schemas.get(extraction.id)
    found = left = document.copy_with(type=extraction.type)
    if reviewed is not None and reviewed.type is not None:
        left = document.copy_with(type=TypeGuess(name=reviewed.type, confidence=1.0))
    return ReviewView(
        id=derived_id("review", extraction.id),
        document_id=document.id,
        status=ReviewStatus.DONE if reviewed else ReviewStatus.PENDING,
        created=extraction.created,
        reviewed=reviewed.at if reviewed else None,
        reviewer=reviewed.by if reviewed else None,
        data=annotations(left, reviewed.fields, schema).data if reviewed else {},
        machine_data=annotations(found, extraction.fields, schema).data,
        links={"self": links["reviews"], "document": links["self"]},
    )
