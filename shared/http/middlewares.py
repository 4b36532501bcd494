"""Middlewares that every application of ours has, outermost first."""

import re
import time
from collections.abc import Mapping

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from shared.http.context import PRINCIPAL, REQUEST_ID, ROUTE
from shared.http.errors import ErrorRenderer, ErrorShield
from shared.models.ids import new_id
from shared.models.trace import HEADER, TraceContext
from shared.telemetry.metrics import HttpMetrics
from shared.telemetry.tracing import Tracer

_log = structlog.get_logger(__name__)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_UNROUTED = "unrouted"
_PROBES = frozenset({"/livez", "/readyz", "/metrics"})
_ERROR = 400


def install(
    app: web.Application,
    metrics: HttpMetrics | None = None,
    dialects: Mapping[str, ErrorRenderer] | None = None,
    tracer: Tracer | None = None,
) -> None:
    """Give an application request ids, traces, an access log, JSON errors, metrics if wanted."""
    app.middlewares.append(_accounting(metrics, tracer or Tracer()))
    app.middlewares.append(_shield(ErrorShield(dialects)))
    app.on_response_prepare.append(_add_common_headers)


_READS = frozenset({"GET", "HEAD"})


def _shield(shield: ErrorShield) -> Middleware:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await shield.guard(request, handler)

    return guard


def _accounting(metrics: HttpMetrics | None, tracer: Tracer) -> Middleware:
    @web.middleware
    async def account(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("X-Request-ID", "")
        request[REQUEST_ID] = given if _REQUEST_ID.fullmatch(given) else new_id()
        status, started = 499, time.perf_counter()
        parent = TraceContext.parse(request.headers.get(HEADER))
        with (
            structlog.contextvars.bound_contextvars(request_id=request[REQUEST_ID]),
            tracer.span("request", parent, method=request.method),
        ):
            try:
                response = await handler(request)
            except web.HTTPException as redirect:
                status = redirect.status
                raise
            else:
                status = response.status
                return response
            finally:
                _account(request, status, time.perf_counter() - started, metrics)

    return account


def _account(
    request: web.Request, status: int, seconds: float, metrics: HttpMetrics | None
) -> None:
    route = request.get(ROUTE, _UNROUTED)
    if metrics is not None:
        metrics.observe(request.method, route, status, seconds)
    principal = request.get(PRINCIPAL)
    # Who waits by asking would fill the log; the metrics count every request all the same.
    quiet = route in _PROBES or request.method in _READS
    log = _log.debug if quiet and status < _ERROR else _log.info
    log(
        "request",
        method=request.method,
        route=route,
        status=status,
        duration_ms=round(seconds * 1000, 1),
        key=principal.key if principal else None,
    )


async def _add_common_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = "Docstage"
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    if REQUEST_ID in request:
        response.headers["X-Request-ID"] = request[REQUEST_ID]
