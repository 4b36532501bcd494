"""Putting this dialect into an application: routes, errors, description."""

from functools import partial

from aiohttp import web

from services.ingest.dialects.documind.context import PREFIX, DocumindParts
from services.ingest.dialects.documind.errors import error_of
from services.ingest.dialects.documind.models import ErrorView
from services.ingest.dialects.documind.operations import documind_operations
from shared.http.docs import add_document_route
from shared.http.health import version
from shared.http.openapi import ApiStyle, Json, openapi_document
from shared.http.operations import Operation
from shared.http.routes import Gate, Manners, add_routes

ROOT = "/documind"
_KEY_HEADER = "X-API-Key"
_MANNERS = Manners(
    key_of=lambda headers: headers.get(_KEY_HEADER, "").strip() or None, any_slash=True
)
_DESCRIPTION = (
    "The API of Documind, as Docstage speaks it. Files go up, a schema says what to find on them, "
    'and `POST /extract/{id}` answers when it is found. Every error is `{"detail": "…"}`.'
)
_STYLE = ApiStyle({"apiKey": {"type": "apiKey", "in": "header", "name": _KEY_HEADER}}, error_of)


def add_documind(app: web.Application, parts: DocumindParts, gate: Gate) -> None:
    """Serve the dialect, and its OpenAPI document at ``/documind/openapi.json``."""
    operations = documind_operations(parts)
    add_routes(app, PREFIX, operations, gate, _MANNERS)
    add_document_route(app, f"{ROOT}/openapi.json", partial(api_document, operations))


def api_document(operations: list[Operation]) -> Json:
    """The OpenAPI document of the dialect."""
    table = {PREFIX: operations}
    return openapi_document(
        "Docstage: Documind dialect", version(), _DESCRIPTION, table, ErrorView, _STYLE
    )
