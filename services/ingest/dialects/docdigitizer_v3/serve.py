"""Putting this dialect into an application."""

from functools import partial

from aiohttp import web

from services.ingest.dialects.docdigitizer_v3.errors import error_of
from services.ingest.dialects.docdigitizer_v3.extract import Extract, V3Parts
from services.ingest.dialects.docdigitizer_v3.models import ErrorView, Result
from shared.errors import Code
from shared.http.docs import add_document_route
from shared.http.health import version
from shared.http.openapi import ApiStyle, Json, openapi_document
from shared.http.operations import Answer, Body, Operation
from shared.http.routes import Gate, Manners, add_routes
from shared.models.tenancy import Scope

PREFIX = "/v3/docingester"
ALIVE = "I am alive"
_KEY_HEADER = "X-API-Key"
_DESCRIPTION = (
    "The one call of DocDigitizer's v3, as its SDK makes it: a PDF goes up, its fields come back."
)
_STYLE = ApiStyle({"apiKey": {"type": "apiKey", "in": "header", "name": _KEY_HEADER}}, error_of)
_FORM = {
    "type": "object",
    "required": ["files", "id", "contextID"],
    "properties": {
        "files": {"type": "string", "format": "binary", "description": "a PDF"},
        "id": {"type": "string", "format": "uuid"},
        "contextID": {"type": "string", "format": "uuid"},
        "requestToken": {"type": "string", "maxLength": 7},
        "pipelineIdentifier": {"type": "string"},
    },
}
_MANNERS = Manners(
    key_of=lambda headers: headers.get(_KEY_HEADER, "").strip() or None, any_slash=True
)


def add_docdigitizer_v3(app: web.Application, parts: V3Parts, gate: Gate) -> None:
    """Serve the dialect, and its OpenAPI document at ``/v3/docingester/openapi.json``."""
    operations = v3_operations(parts)
    add_routes(app, PREFIX, operations, gate, _MANNERS)
    add_document_route(app, f"{PREFIX}/openapi.json", partial(api_document, operations))


def api_document(operations: list[Operation]) -> Json:
    """The OpenAPI document of the dialect."""
    title, table = "Docstage: DocDigitizer v3 dialect", {PREFIX: operations}
    return openapi_document(title, version(), _DESCRIPTION, table, ErrorView, _STYLE)


def v3_operations(parts: V3Parts) -> list[Operation]:
    """Both operations."""
    return [
        Operation(
            method="GET",
            path="",
            handle=_alive,
            name="isAlive",
            summary="Is the service there",
            tag="documents",
            scope=None,
            answers={200: Answer("it is", media_type="text/plain")},
        ),
        Operation(
            method="POST",
            path="/extract",
            handle=Extract(parts).run,
            name="extract",
            summary="Send a PDF, get its fields",
            tag="documents",
            scope=Scope.WRITE,
            body=Body(media_type="multipart/form-data", schema=_FORM),
            answers={
                200: Answer("the fields", Result),
                504: Answer("not done in time; it goes on", ErrorView),
            },
            errors=(Code.BAD_REQUEST,),
        ),
    ]


async def _alive(_: web.Request) -> web.StreamResponse:
    return web.Response(text=ALIVE)
