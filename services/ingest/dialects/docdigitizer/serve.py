"""Putting this dialect into an application: routes, errors, description."""

from functools import partial

from aiohttp import web

from services.ingest.dialects.docdigitizer.context import PREFIX, DocDigitizerParts
from services.ingest.dialects.docdigitizer.errors import table_entry
from services.ingest.dialects.docdigitizer.keys import key_of_headers
from services.ingest.dialects.docdigitizer.models import ErrorView
from services.ingest.dialects.docdigitizer.operations import (
    docdigitizer_operations,
    refused_operations,
)
from shared.http.docs import add_document_route
from shared.http.health import version
from shared.http.openapi import ApiStyle, Json, openapi_document
from shared.http.operations import Operation
from shared.http.routes import Gate, Manners, add_routes

ROOT = "/docdigitizer"
_MANNERS = Manners(key_of=key_of_headers, any_slash=True)
_DESCRIPTION = (
    "The API of DocDigitizer, version 1, as Docstage speaks it. Every list is paged by cursor: "
    "`X-Cursor-ID` of an answer is `cursorId` of the next request while "
    "`X-More-Results-Available` is true."
)
_STYLE = ApiStyle(
    {
        name: {"type": "apiKey", "in": "header", "name": name, "description": "`API_KEY <key>`"}
        for name in ("Authentication", "Authorization")
    },
    table_entry,
)


def add_docdigitizer(app: web.Application, parts: DocDigitizerParts, gate: Gate) -> None:
    """Serve the dialect, and its OpenAPI document at ``/docdigitizer/openapi.json``."""
    operations = docdigitizer_operations(parts)
    add_routes(app, PREFIX, [*operations, *refused_operations()], gate, _MANNERS)
    add_document_route(app, f"{ROOT}/openapi.json", partial(api_document, operations))


def api_document(operations: list[Operation]) -> Json:
    """The OpenAPI document of the dialect."""
    table = {PREFIX: operations}
    title = "Docstage: DocDigitizer dialect"
    return openapi_document(title, version(), _DESCRIPTION, table, ErrorView, _STYLE)
