"""Reviews: what the machine found, and what a person makes of it."""

from typing import Any

from aiohttp import web
from pydantic import Field

from services.ingest.document_types import DocumentTypes
from services.ingest.parts import IngestParts, document_of
from services.ingest.resources.document_models import DocumentView
from services.ingest.resources.document_views import PREFIX, document_view
from services.ingest.reviews import Reviews, Verdict, reviewable
from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation
from shared.models.base import Model
from shared.models.document import Document, Review
from shared.models.extraction import Extraction, Fields, ReviewVerdict, TypeGuess
from shared.models.reviewing import ReviewAction
from shared.models.tenancy import Scope
from shared.models.time import utc_now
from shared.schemas import GENERIC
from shared.stages import lifecycle
from shared.store.collections import EXTRACTIONS

MAX_NOTE = 1_000
_PATH = "/documents/{id}/review"
_ROWS = '`[{"quantity": 2}, …]`'


class ReviewRequest(Model):
    """A person's word on a document; an empty one accepts all that was found."""

    verdict: ReviewVerdict = Field(
        default=ReviewVerdict.ACCEPT,
        description="accept: the fields are right with these corrections; "
        "reject: the document is no use (it becomes `rejected`)",
    )
    fields: dict[str, Any] = Field(
        default_factory=dict,
        description="values by field name, as the type's schema has them: amounts and numbers "
        f'`"12.50"`, dates `2026-01-31`, rows {_ROWS}; `null`: there is none. '
        "Fields that are not named are confirmed",
    )
    type: str | None = Field(default=None, description="the right document type, if another")
    note: str = Field(default="", max_length=MAX_NOTE, description="kept and shown; the reason")
    sequence: int | None = Field(
        default=None,
        description="the document's `sequence` that you saw: 409 if anything happened since. "
        "Needed to replace an earlier review",
    )


class ReviewView(Model):
    """A document's review: the fields as they count, and the machine's."""

    document: str
    review: Review
    type: TypeGuess | None
    fields: Fields
    machine_type: TypeGuess | None
    machine_fields: Fields
    actions: list[ReviewAction] = Field(
        description="what people did up to now, the newest 500: who, when, before and after"
    )
    sequence: int
    links: dict[str, str]


class DocumentReviews:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._reviews = Reviews(parts.store, parts.outbox)
        self._types = DocumentTypes(parts.store, parts.types)

    async def get(self, request: web.Request) -> web.Response:
        """The review, or what there is to review; nothing yet while a document is under way."""
        document = await document_of(self._parts, request)
        extraction = await self._extraction(principal_of(request), document)
        return json_answer(_view(document, extraction))

    async def give(self, request: web.Request) -> web.Response:
        """Take a review; answers with the document as it is then."""
        document = await document_of(self._parts, request)
        wish = ReviewRequest()
        if request.can_read_body:
            wish = await json_body(request, ReviewRequest)
        if wish.verdict is ReviewVerdict.REJECT and (wish.fields or wish.type):
            raise Permanent(Code.BAD_REQUEST, "One who rejects gives no fields and no type.")
        reviewable(document)  # before the values are looked at, which need a type to fit
        principal = principal_of(request)
        verdict = await self._verdict(principal, document, wish)
        extraction = await self._reviews.give(principal, document, verdict, seen=wish.sequence)
        return json_answer(document_view(await self._told(request, extraction), extraction))

    async def _extraction(self, principal: Principal, document: Document) -> Extraction | None:
        if document.extraction is None:
            return None
        return await self._parts.store.of(principal.tenant, EXTRACTIONS).get(document.extraction)

    async def _verdict(
        self, principal: Principal, document: Document, wish: ReviewRequest
    ) -> Verdict:
        present = document.type.name if document.type else GENERIC
        schema = await self._types.find(principal, wish.type or present)
        if schema is None and wish.type:
            raise Permanent(Code.UNKNOWN_TYPE)
        extraction = await self._extraction(principal, document)
        ordered = extraction.order if extraction else None
        if ordered is not None:  # its fields are its own, whatever the type
            schema = ordered.fields_schema
        specs = {spec.name: spec for spec in schema.fields} if schema else {}
        return Verdict(
            values=wish.fields,
            specs=specs,
            type=wish.type,
            only_specs=ordered is None and wish.type not in {None, present},
            kind=wish.verdict,
            note=wish.note.strip(),
        )

    async def _told(self, request: web.Request, extraction: Extraction) -> Document:
        """The document, which has been told of the review, or will be by the relay."""
        document = await document_of(self._parts, request)
        if document.extraction != extraction.id:
            detail = "The document was processed anew meanwhile; the review is of what was before."
            raise Permanent(Code.CONFLICT, detail)
        return lifecycle.settle(document, extraction, utc_now())


def review_operations(parts: IngestParts) -> list[Operation]:
    """The table."""
    api = DocumentReviews(parts)
    return [
        Operation(
            method="GET",
            path=_PATH,
            handle=api.get,
            name="getReview",
            summary="What the machine found, and what a person made of it",
            tag="documents",
            scope=Scope.READ,
            answers={200: Answer("the review, or what there is to review", ReviewView)},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="POST",
            path=_PATH,
            handle=api.give,
            name="reviewDocument",
            summary="Correct and accept a document's fields, or reject the document",
            tag="documents",
            scope=Scope.WRITE,
            body=Body(ReviewRequest, required=False),
            answers={200: Answer("the document", DocumentView)},
            errors=(Code.NOT_FOUND, Code.CONFLICT, Code.UNKNOWN_TYPE, Code.INCOHERENT_DATA),
        ),
    ]


def _view(document: Document, extraction: Extraction | None) -> ReviewView:
    own = f"{PREFIX}/documents/{document.id}"
    return ReviewView(
        document=document.id,
        review=document.review,
        type=document.type,
        fields=extraction.current_fields if extraction else {},
        machine_type=extraction.type if extraction else None,
        machine_fields=extraction.fields if extraction else {},
        actions=extraction.review_work.actions if extraction else [],
        sequence=document.sequence,
        links={"self": f"{own}/review", "document": own},
    )
