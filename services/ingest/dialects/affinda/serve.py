"""Putting this dialect into an application: routes, description."""

from collections.abc import Mapping, Sequence
from functools import partial

from aiohttp import web

from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.errors import RequestErrorView, error_of
from services.ingest.dialects.affinda.operations import affinda_operations
from services.ingest.dialects.affinda.wire import retry_key
from shared.http.docs import add_document_route
from shared.http.health import version
from shared.http.openapi import ApiStyle, Json, openapi_document
from shared.http.operations import Operation
from shared.http.routes import Gate, Manners, add_routes

_MANNERS = Manners(any_slash=True, retry_key_of=retry_key)
_DESCRIPTION = (
    "The API of Affinda, versions 3 and 2, as Docstage speaks it. Their official clients work with "
    "it when their base URL is ours. Every error has a `type` and a list of `errors`."
)
_STYLE = ApiStyle({"bearer": {"type": "http", "scheme": "bearer"}}, error_of)


def add_affinda(app: web.Application, parts: AffindaParts, gate: Gate) -> None:
    """Serve the dialect, and its OpenAPI document at ``/affinda/openapi.json``."""
    table = affinda_operations(parts)
    for prefix, operations in table.items():
        add_routes(app, prefix, operations, gate, _MANNERS)
    add_document_route(app, "/affinda/openapi.json", partial(api_document, table))


def api_document(table: Mapping[str, Sequence[Operation]]) -> Json:
    """The OpenAPI document of the dialect."""
    title = "Docstage: Affinda dialect"
    return openapi_document(title, version(), _DESCRIPTION, table, RequestErrorView, _STYLE)
