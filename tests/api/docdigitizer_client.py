"""A client of the DocDigitizer dialect, as its users write one."""

from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from services.ingest.dialects.docdigitizer.context import PREFIX
from shared.models.document import Document
from shared.models.extraction import Extraction, Field, Fields, ReviewReason, TypeGuess
from shared.models.time import utc_now
from shared.models.work import Work, WorkState
from shared.stages import lifecycle
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from tests.api.harness import PDF, Caller, Gateway, Json

DOCUMENTS_PATH = f"{PREFIX}/documents"
TASKS_PATH = f"{PREFIX}/tasks"
ANNOTATE = f"{DOCUMENTS_PATH}/annotate"
BOUNDARY = "a-boundary"
FINANCIAL = "document:financial-document:"


def part(
    content: bytes = PDF,
    filename: str | None = "a.pdf",
    media_type: str | None = None,
    name: str = "files",
) -> bytes:
    """One part of a form; without ``media_type`` it says nothing of it, as ``requests`` does."""
    disposition = f'form-data; name="{name}"'
    if filename is not None:
        disposition += f'; filename="{filename}"'
    lines = [f"--{BOUNDARY}", f"Content-Disposition: {disposition}"]
    if media_type is not None:
        lines.append(f"Content-Type: {media_type}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content + b"\r\n"


def field(name: str, value: str) -> bytes:
    """A text field of a form."""
    return part(value.encode(), None, None, name)


@dataclass
class Client:
    """A key's view of the dialect."""

    caller: Caller
    session: aiohttp.ClientSession

    async def call(self, method: str, path: str, status: int, **request: Any) -> Json:
        """The JSON of an answer that must have this status."""
        async with self.session.request(method, path, **request) as answer:
            text = await answer.text()
            assert answer.status == status, f"{method} {path}: {answer.status} {text}"
            assert answer.content_type == "application/json"
            body: Json = await answer.json()
            return body

    async def send(
        self, *parts: bytes, status: int = 202, path: str | URL = ANNOTATE, **headers: str
    ) -> Json:
        """Post a form made of these parts."""
        headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
        body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
        return await self.call("POST", path, status, data=body, headers=headers)  # type: ignore[arg-type]

    async def annotate(self, *parts: bytes, **more: Any) -> Json:
        """Send a document; its task."""
        task: Json = (await self.send(*(parts or (part(),)), **more))["task"]
        return task

    async def document(self, identity: str) -> Json:
        """One document."""
        document: Json = (await self.call("GET", f"{DOCUMENTS_PATH}/{identity}", 200))["document"]
        return document

    async def record(self, gateway: Gateway, identity: str) -> Document:
        """What is stored of a document."""
        found = await gateway.store.of(self.caller.tenant, DOCUMENTS).get(identity)
        assert found is not None
        return found


def client_of(gateway: Gateway, caller: Caller, header: str = "Authentication") -> Client:
    """The dialect for somebody."""
    session = gateway.client(None, **{header: f"API_KEY {caller.key}"})
    return Client(caller, session)


async def extract(
    gateway: Gateway,
    client: Client,
    identity: str,
    fields: Fields,
    kind: str | None = "invoice",
    doubts: tuple[str, ...] = (),
) -> Document:
    """Do what the stages do: pages, then these fields."""
    caller = client.caller
    document = await gateway.read(caller, identity)
    extraction = Extraction(
        id=lifecycle.extraction_id(document),
        organization=document.organization,
        workspace=document.workspace,
        document=document.id,
        revision=document.revision,
        work=Work(state=WorkState.DONE, attempts=1, finished=utc_now()),
        type=TypeGuess(name=kind, confidence=0.95) if kind else None,
        engine="layout",
        fields=fields,
        reasons=[ReviewReason(code="low_confidence", field=name) for name in doubts],
    )
    await gateway.store.of(caller.tenant, EXTRACTIONS).insert(extraction)
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    stored = await documents.replace(lifecycle.settle(document, extraction, utc_now()))
    assert stored is not None
    await gateway.outbox.carry_out(DOCUMENTS, stored)
    return stored


def found(value: object, confidence: float = 0.9) -> Field:
    """A field that the machine found."""
    return Field(value=value, raw=str(value), confidence=confidence)


INVOICE_FIELDS: Fields = {
    "invoice_number": found("2026-17"),
    "invoice_date": found("2026-01-15"),
    "supplier_name": found("Muster GmbH"),
    "customer_name": found("=Kunde AG"),
    "vat_id": found("DE129273398"),
    "currency": found("EUR"),
    "total_amount": found("119.00", 0.97),
    "net_amount": found("100.00"),
    "tax_amount": found("-19.00"),
    "line_items": [{"description": found("Nägel, 1 kg"), "line_total": found("100.00", 0.7)}],
}
