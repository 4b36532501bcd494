"""A client of the Documind dialect, and extractions that the stages are said to have made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from services.ingest.dialects.documind.context import CHANNEL, PREFIX
from services.ingest.dialects.documind.schema_form import read_schema
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction, ExtractionMode, ExtractionOrder, Field, Fields
from shared.models.time import utc_now
from shared.models.work import Work, WorkState
from shared.stages import lifecycle
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from tests.api.harness import PDF, Caller, Gateway, form

SCHEMA = {
    "named_entities": {
        "invoice_number": {"type": "string"},
        "total_amount": {"type": "number"},
        "vendor": {
            "type": "object",
            "named_entities": {"name": {"type": "string"}, "tax id": {"type": "string"}},
        },
        "line_items": {
            "type": "array",
            "items": {
                "type": "object",
                "named_entities": {
                    "description": {"type": "string"},
                    "quantity": {"type": "number"},
                },
            },
        },
        "notes": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["invoice_number", "total_amount"],
}


@dataclass
class Client:
    """A key's view of the dialect."""

    caller: Caller
    session: aiohttp.ClientSession

    async def call(self, method: str, path: str, status: int = 200, **request: Any) -> Any:
        """The JSON of an answer that must have this status."""
        async with self.session.request(method, f"{PREFIX}{path}", **request) as answer:
            text = await answer.text()
            assert answer.status == status, f"{method} {path}: {answer.status} {text}"
            assert answer.content_type == "application/json"
            return await answer.json()

    async def refused(self, method: str, path: str, status: int, **request: Any) -> str:
        """The sentence of an error, which has nothing beside it."""
        body = await self.call(method, path, status, **request)
        assert list(body) == ["detail"], body
        detail: str = body["detail"]
        assert detail
        return detail

    async def upload(self, *contents: bytes) -> list[str]:
        """Send files that must all be taken; their ids."""
        files = [(f"{number}.pdf", it) for number, it in enumerate(contents or (PDF,))]
        ids: list[str] = await self.call("POST", "/upload", data=form(*files))
        return ids

    async def record(self, gateway: Gateway, identity: str) -> Document:
        """What is stored of a document."""
        found = await gateway.store.of(self.caller.tenant, DOCUMENTS).get(identity)
        assert found is not None
        return found


def client_of(gateway: Gateway, caller: Caller) -> Client:
    """The dialect for somebody."""
    return Client(caller, gateway.client(None, **{"X-API-Key": caller.key}))


def found(value: object, confidence: float = 0.9) -> Field:
    """A field that the machine found."""
    return Field(value=value, raw=str(value), confidence=confidence)


def order(
    schema: Mapping[str, Any] = SCHEMA, threshold: float = 0.8, **terms: Any
) -> ExtractionOrder:
    """What a client asked for."""
    read = read_schema(schema)
    return ExtractionOrder(
        fields_schema=read.schema(),
        required=read.required,
        review_threshold=threshold,
        channel=CHANNEL,
        terms={"schema": dict(schema), **terms},
    )


async def extracted(
    gateway: Gateway, client: Client, identity: str, fields: Fields, **values: Any
) -> Extraction:
    """Do what the extract stage does to an order."""
    document = await client.record(gateway, identity)
    given: dict[str, Any] = {
        "document_name": document.name,
        "pages": 2,
        "mode": ExtractionMode.ADVANCED,
        "order": order(),
        "work": Work(state=WorkState.DONE, attempts=1, finished=utc_now()),
        "engine": "layout/1",
        **values,
    }
    extraction = Extraction(
        organization=document.organization,
        workspace=document.workspace,
        document=document.id,
        revision=document.revision,
        fields=fields,
        **given,
    )
    await gateway.store.of(client.caller.tenant, EXTRACTIONS).insert(extraction)
    await gateway.store.of(client.caller.tenant, DOCUMENTS).change(
        identity, lambda it: lifecycle.settle(it, extraction, utc_now())
    )
    return extraction


async def read(gateway: Gateway, client: Client, identity: str) -> Document:
    """Do what stage ocr does to a document that is extracted on request."""
    document = await gateway.read(client.caller, identity)
    ready = document.copy_with(state=DocumentState.READY, outbox=[])
    stored = await gateway.store.of(client.caller.tenant, DOCUMENTS).replace(ready)
    assert stored is not None
    return stored
