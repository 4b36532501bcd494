"""Errors as this dialect tells them: a type, and a list of what is wrong with what.

The words are those of drf-standardized-errors, which the clients' models are made for. Clients
try again whatever carries ``Retry-After``, so only 429 and 503 do.
"""

from collections.abc import Mapping
from typing import Literal

from aiohttp import web
from pydantic import BaseModel

from shared.errors import REGISTRY, Code
from shared.http.errors import Failure

_SERVER_ERROR, _RETRIED = 500, frozenset({429, 503})
_BAD_REQUEST, _UNSUPPORTED, _UNPROCESSABLE = 400, 415, 422
_STATUSES: Mapping[Code, int] = {
    Code.NO_CREDITS: 403,
    Code.UNKNOWN_WORKSPACE: 404,
    Code.UNKNOWN_TYPE: 404,
    Code.FILE_TYPE_NOT_SUPPORTED: 400,
    Code.INSUFFICIENT_STORAGE: 503,
    Code.NOT_IMPLEMENTED: 400,
    Code.INVALID_OUTPUT_FORMAT: 400,
}
_WORDS: Mapping[Code, str] = {
    Code.BAD_REQUEST: "invalid",
    Code.WRONG_AUTH: "authentication_failed",
    Code.NOT_ENOUGH_PERMISSIONS: "permission_denied",
    Code.NOT_FOUND: "not_found",
    Code.UNKNOWN_WORKSPACE: "not_found",
    Code.UNKNOWN_TYPE: "not_found",
    Code.METHOD_NOT_ALLOWED: "method_not_allowed",
    Code.FILE_TYPE_NOT_SUPPORTED: "invalid_file_type",
    Code.FILE_ENCRYPTED: "password_protected",
    Code.FILE_CORRUPT: "file_corrupted",
    Code.RATE_LIMITED: "throttled",
    Code.UNEXPECTED_ERROR: "error",
}
_BY_STATUS: Mapping[int, str] = {413: "request_too_large", 415: "unsupported_media_type"}
_ABOUT_THE_FILE = frozenset(
    {
        Code.FILE_TYPE_NOT_SUPPORTED,
        Code.FILE_TOO_LARGE,
        Code.FILE_EMPTY,
        Code.FILE_ENCRYPTED,
        Code.FILE_CORRUPT,
        Code.DUPLICATE_DOCUMENT,
    }
)


class Fault(BaseModel):
    """One thing that is wrong; ``attr`` names the field of the request, where it is about one."""

    attr: str | None
    code: str
    detail: str


class RequestErrorView(BaseModel):
    """The body of every error."""

    type: Literal["validation_error", "client_error", "server_error"]
    errors: list[Fault]


def status_of(code: Code, status: int | None = None) -> int:
    """The dialect's status for one of our errors (sent with ``status``)."""
    sent = REGISTRY[code].status if status is None else status
    if code in _STATUSES:
        return _STATUSES[code]
    if sent == _UNPROCESSABLE:
        return _BAD_REQUEST
    # Clients send anything that makes something again after 500, 503 and 504: never say those
    # of what will be the same again.
    if sent >= _SERVER_ERROR and REGISTRY[code].status != sent:
        return _SERVER_ERROR
    return sent


def word_of(code: Code, status: int) -> str:
    """The dialect's code for one of our errors."""
    if code is Code.BAD_REQUEST and status in _BY_STATUS:
        return _BY_STATUS[status]
    return _WORDS.get(code, code.value.lower())


def error_of(code: Code) -> tuple[int, str]:
    """The status and the code for one of our errors, for the API's description."""
    status = status_of(code)
    return status, word_of(code, status)


class AffindaErrors:
    """``{"type": "client_error", "errors": [{"attr": null, "code": "not_found", …}]}``."""

    def render(self, failure: Failure) -> web.Response:
        """The answer."""
        status = status_of(failure.code, failure.status)
        headers = dict(failure.headers)
        if status not in _RETRIED:
            headers.pop("Retry-After", None)
        attr = failure.field or ("file" if failure.code in _ABOUT_THE_FILE else None)
        fault = Fault(attr=attr, code=word_of(failure.code, status), detail=failure.detail)
        body = RequestErrorView(type=_type(status, attr), errors=[fault])
        return web.Response(
            body=body.model_dump_json().encode(),
            status=status,
            content_type="application/json",
            headers=headers,
        )


def _type(
    status: int, attr: str | None
) -> Literal["validation_error", "client_error", "server_error"]:
    if status >= _SERVER_ERROR:
        return "server_error"
    if status == _BAD_REQUEST or attr is not None:
        return "validation_error"
    return "client_error"
