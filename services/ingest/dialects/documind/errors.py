"""Errors as this dialect tells them: ``{"detail": "…"}``, and its closed list of statuses."""

from typing import Any

from aiohttp import web

from shared.errors import REGISTRY, Code
from shared.http.errors import Failure

BAD_REQUEST, UNAVAILABLE = 400, 503
GATEWAY_TIMEOUT = 504
_STATUSES = frozenset({400, 401, 402, 403, 404, 405, 413, 429, 500, 501, 503, 504})
_SERVER_ERROR = 500
_OWN = {Code.TOO_MANY_FILES: BAD_REQUEST, Code.ARTIFACT_FAILED: BAD_REQUEST}
_DETAILS = {
    Code.WRONG_AUTH: "Invalid or missing API key",
    Code.NOT_ENOUGH_PERMISSIONS: "The API key lacks the scope that this needs",
    Code.NO_CREDITS: (
        "Insufficient credits. Please upgrade your plan or wait for your daily credits to refresh."
    ),
}


def status_of(code: Code, status: int | None = None) -> int:
    """The dialect's status for one of our errors (sent with ``status``)."""
    sent = REGISTRY[code].status if status is None else status
    if code in _OWN:
        return _OWN[code]
    if sent in _STATUSES:
        return sent
    return UNAVAILABLE if sent >= _SERVER_ERROR else BAD_REQUEST


def error_of(code: Code) -> tuple[int, str]:
    """The status and the sentence for one of our errors, for the API's description."""
    return status_of(code), _DETAILS.get(code, REGISTRY[code].summary)


def refusal(status: int, detail: str, **more: Any) -> web.Response:  # noqa: ANN401 - JSON
    """An error as an answer."""
    body = {"detail": detail, **more}
    return web.json_response(body, status=status, headers={"Cache-Control": "no-store"})


class DocumindErrors:
    """``{"detail": "Invalid or missing API key"}``."""

    def render(self, failure: Failure) -> web.Response:
        """The answer."""
        headers = dict(failure.headers)
        headers.pop("WWW-Authenticate", None)
        status = status_of(failure.code, failure.status)
        if status == web.HTTPUnauthorized.status_code:
            headers["WWW-Authenticate"] = 'ApiKey header="X-API-Key"'
        body = {"detail": _DETAILS.get(failure.code, failure.detail)}
        return web.json_response(body, status=status, headers=headers)
