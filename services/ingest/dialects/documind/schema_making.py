"""Schemas made from a sample, or from a description."""

from aiohttp import web

from services.ingest.described_schemas import described_schema
from services.ingest.dialects.documind.context import DocumindParts, document_of
from services.ingest.dialects.documind.errors import GATEWAY_TIMEOUT, refusal
from services.ingest.dialects.documind.models import DescribedSchema, DescriptionWish, SchemaAnswer
from services.ingest.dialects.documind.samples import named_entities, sample_schema
from services.ingest.usage import Used
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.json import json_answer, json_body

_LATE = "The document is still being read; try again."


class SchemaMaking:
    """The handlers and what they work with."""

    def __init__(self, parts: DocumindParts) -> None:
        self._parts = parts

    async def from_sample(self, request: web.Request) -> web.Response:
        """The schema of what stands on a document, once it is read."""
        principal = principal_of(request)
        document = await document_of(self._parts, request)
        document = await self._parts.orders.read(principal, document, self._parts.wait_seconds)
        if not document.is_final:
            return refusal(GATEWAY_TIMEOUT, _LATE)
        schema = await sample_schema(self._parts, document)
        await self._parts.ledger.add(principal.organization, Used(api_calls=1))
        return json_answer(SchemaAnswer(schema_=schema, document_id=document.id))

    async def from_description(self, request: web.Request) -> web.Response:
        """The schema that a description asks for."""
        wish = await json_body(request, DescriptionWish)
        schema = described_schema(wish.schema_name, wish.schema_description)
        if schema is None:
            detail = "schema_description must name what is to be extracted."
            raise Permanent(Code.BAD_REQUEST, detail)
        await self._parts.ledger.add(principal_of(request).organization, Used(api_calls=1))
        title = {"title": schema.title} if schema.title else {}
        return json_answer(DescribedSchema({**title, **named_entities(schema)}))
