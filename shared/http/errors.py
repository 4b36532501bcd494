"""Errors over HTTP: one registry, one renderer per dialect, JSON for everything.

What goes out is a code and a sentence from the registry's words; traces stay in the log,
under the id of the request.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from shared.errors import REGISTRY, Code, DocstageError
from shared.http.context import REQUEST_ID

_log = structlog.get_logger(__name__)

DEFAULT_RETRY_AFTER = 5
"""Seconds that ``Retry-After`` asks for when the raiser gave no number."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error on its way out: ``status`` is HTTP's, ``headers`` go along.

    ``field`` is the part of the request that is wrong, where that is known; ``request`` the id
    under which the log knows it.
    """

    status: int
    code: Code
    detail: str
    headers: Mapping[str, str]
    field: str | None = None
    request: str = ""


class ErrorRenderer(Protocol):
    """How a dialect writes an error."""

    def render(self, failure: Failure) -> web.Response:
        """The answer."""


class NativeErrors:
    """``{"status": 415, "code": "FILE_TYPE_NOT_SUPPORTED", "detail": "…", "request_id": "…"}``."""

    def render(self, failure: Failure) -> web.Response:
        """The answer."""
        body = {
            "status": failure.status,
            "code": failure.code.value,
            "detail": failure.detail,
            "request_id": failure.request,
        }
        return web.json_response(body, status=failure.status, headers=failure.headers)


def failure_of(error: DocstageError) -> Failure:
    """An error of ours as an HTTP failure."""
    status = error.spec.status
    headers = {"Cache-Control": "no-store"}
    if status in (429, 503, 507) or error.retry_after is not None:
        seconds = DEFAULT_RETRY_AFTER if error.retry_after is None else error.retry_after
        headers["Retry-After"] = str(max(1, math.ceil(seconds)))
    if status == web.HTTPUnauthorized.status_code:
        headers["WWW-Authenticate"] = "Bearer"
    return Failure(status, error.code, error.detail, headers, error.field)


def failure_of_http(error: web.HTTPException) -> Failure:
    """One of aiohttp's own errors (no route, wrong method, body too large) likewise."""
    code = {404: Code.NOT_FOUND, 405: Code.METHOD_NOT_ALLOWED}.get(error.status)
    if code is None:
        code = Code.BAD_REQUEST if error.status < 500 else Code.UNEXPECTED_ERROR  # noqa: PLR2004
    detail = REGISTRY[code].summary
    if error.status == web.HTTPRequestEntityTooLarge.status_code:
        detail = "The request body is larger than allowed."
    kept = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return Failure(error.status, code, detail, {"Cache-Control": "no-store", **kept})


class ErrorShield:
    """The middleware that turns whatever a handler raises into a dialect's answer.

    ``dialects`` maps path prefixes to renderers; the longest that fits is taken.
    """

    def __init__(self, dialects: Mapping[str, ErrorRenderer] | None = None) -> None:
        ordered = sorted((dialects or {}).items(), key=lambda it: -len(it[0]))
        self._dialects = tuple(ordered)
        self._native = NativeErrors()

    def renderer(self, path: str) -> ErrorRenderer:
        """The renderer for a path."""
        for prefix, renderer in self._dialects:
            if path == prefix or path.startswith(f"{prefix}/"):
                return renderer
        return self._native

    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Run a handler."""
        try:
            return await handler(request)
        except DocstageError as error:
            if error.spec.status >= 500:  # noqa: PLR2004 - server errors
                _log.warning("request failed", error_code=error.code.value)
            failure = failure_of(error)
        except web.HTTPException as error:
            if error.status < 400:  # noqa: PLR2004 - redirects are answers
                raise
            failure = failure_of_http(error)
        except ConnectionError:
            raise  # the caller is gone: there is nobody to answer
        except Exception:  # noqa: BLE001 - whatever it was, the caller gets JSON
            _log.exception("unexpected error", request_id=request.get(REQUEST_ID))
            failure = failure_of(DocstageError(Code.UNEXPECTED_ERROR))
        named = replace(failure, request=request.get(REQUEST_ID, ""))
        return self.renderer(request.path).render(named)
