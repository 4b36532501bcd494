"""``POST /extract``: waits until the document is done, and answers with its fields."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from services.ingest.dialects.docdigitizer_v3.errors import TRACE_HEADER, error_answer
from services.ingest.dialects.docdigitizer_v3.form import Call, read_call, read_pdf
from services.ingest.dialects.docdigitizer_v3.models import ExtractionView, Output, Result
from services.ingest.doors.upload import Form, read_form
from services.ingest.intake import Intake, Order
from services.ingest.spool import Spool
from services.ingest.watch import DocumentWatch
from services.ingest.workspaces import find_workspace
from shared.errors import REGISTRY, Code, Permanent
from shared.http.context import Principal, principal_of
from shared.http.json import json_answer
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction, Field, Fields
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Store

CHANNEL = "docdigitizer_v3"
_BAD_REQUEST = 400
_SERVER_ERROR = 500
_TIMED_OUT = 504


@dataclass(frozen=True)
class V3Parts:
    """Ports and application parts. ``wait_seconds`` is how long a call may take."""

    store: Store
    intake: Intake
    spool: Spool
    watch: DocumentWatch
    wait_seconds: float
    upload_seconds: float


class Extract:
    """The handler and what it works with."""

    def __init__(self, parts: V3Parts) -> None:
        self._parts = parts

    async def run(self, request: web.Request) -> web.Response:
        """Take the PDF in, wait for its fields, answer.

        The sender's ``id`` makes a repeated call find the document of the first, so a
        client that tries again after 504 goes on waiting instead of sending it twice.
        """
        started = time.monotonic()
        principal, form = principal_of(request), Form()
        try:
            await self._read(request, form)
            call = read_call(form.fields)
            document = await self._accept(principal, form, call)
        finally:
            form.discard()
        document = await self._finished(principal, document)
        if document.state not in {DocumentState.READY, DocumentState.NEEDS_REVIEW}:
            return _failed(document, call)
        extraction = None
        if document.extraction is not None:
            extractions = self._parts.store.of(principal.tenant, EXTRACTIONS)
            extraction = await extractions.get(document.extraction)
        return _result(document, extraction, call, time.monotonic() - started)

    async def _read(self, request: web.Request, form: Form) -> None:
        try:
            async with asyncio.timeout(self._parts.upload_seconds):
                await read_form(request, self._parts.spool, 1, form)
        except TimeoutError:
            raise Permanent(Code.BAD_REQUEST, "The upload took too long.") from None

    async def _accept(self, principal: Principal, form: Form, call: Call) -> Document:
        workspace = await find_workspace(self._parts.store, principal)
        order = Order(
            workspace=workspace.id, reference=call.id, metadata={"contextID": call.context}
        )
        file, key = read_pdf(form), f"v3:{call.id}"
        return await self._parts.intake.accept(principal, file, order, key, CHANNEL)

    async def _finished(self, principal: Principal, document: Document) -> Document:
        documents = self._parts.store.of(principal.tenant, DOCUMENTS)
        seconds = self._parts.wait_seconds
        found = await self._parts.watch.until_final(documents, [document], seconds)
        return found.get(document.id, document)


def _failed(document: Document, call: Call) -> web.Response:
    if not document.is_final:
        return error_answer(_TIMED_OUT, call.trace, ["The document is still being processed."])
    problem = document.error
    if problem is None:
        return error_answer(_BAD_REQUEST, call.trace, [f"The document is {document.state}."])
    known = REGISTRY[Code(problem.code)].status if problem.code in set(Code) else _SERVER_ERROR
    status = _SERVER_ERROR if known >= _SERVER_ERROR else _BAD_REQUEST
    return error_answer(status, call.trace, [f"{problem.code}: {problem.detail}"])


def _result(
    document: Document, extraction: Extraction | None, call: Call, seconds: float
) -> web.Response:
    pages = document.pages or 0
    total = round(seconds, 3)
    view = _extraction(document, extraction)
    result = Result(
        trace_id=call.trace,
        pipeline=call.pipeline,
        number_pages=pages,
        output=Output(extractions=[view]),
        timers={"total": total},
        messages=document.warnings,
    )
    headers = {
        TRACE_HEADER: call.trace,
        "X-DD-NumberPages": str(pages),
        "X-DD-Timer-Total": str(total),
    }
    return json_answer(result, headers=headers)


def _extraction(document: Document, extraction: Extraction | None) -> ExtractionView:
    name = document.type.name if document.type else "unknown"
    fields = extraction.current_fields if extraction else {}
    values = {name: _plain(field) for name, field in fields.items()}
    return ExtractionView(
        doc_type="".join(part.capitalize() for part in name.split("_")),
        confidence=document.type.confidence if document.type else 0.0,
        country=_country(fields),
        pages=list(range(1, (document.pages or 0) + 1)),
        extraction=values,
        schema_=f"{name}.json",
        model_source=extraction.engine if extraction else "",
    )


def _plain(field: Any) -> Any:  # noqa: ANN401 - values are of any type
    if isinstance(field, Field):
        return field.value
    return [{name: cell.value for name, cell in row.items()} for row in field]


def _country(fields: Fields) -> str:
    """The country of the VAT id, as its first two letters say it; empty without one."""
    vat = fields.get("vat_id")
    start = str(vat.value)[:2] if isinstance(vat, Field) else ""
    return start.upper() if start.isascii() and start.isalpha() else ""
