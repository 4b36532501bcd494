"""The dialect's closed table of errors, and ours in its words.

Statuses and codes are those of DocDigitizer's page; where it has none for what happened
(wrong method, a service that is down) the status is HTTP's own and the code its nearest.
"""

from aiohttp import web

from shared.errors import REGISTRY, Code
from shared.http.errors import Failure

_DETAILS = {
    Code.WRONG_AUTH: "Authorization refused. No such user",
    Code.NOT_ENOUGH_PERMISSIONS: "Access refused due to not enough permissions",
    Code.NO_LICENCE: "No license for the user's organization",
    Code.EXPIRED_LICENCE: "License expired",
    Code.FILE_TYPE_NOT_SUPPORTED: "Unsupported Media type",
    Code.NOT_IMPLEMENTED: "This feature is not implemented",
}
_OWN = frozenset(
    {
        *_DETAILS,
        Code.BAD_REQUEST,
        Code.NOT_FOUND,
        Code.INVALID_OUTPUT_FORMAT,
        Code.CONFLICT,
        Code.INCOHERENT_DATA,
        Code.UNEXPECTED_ERROR,
    }
)
_NEAREST = {
    Code.FILE_TOO_LARGE: (400, Code.BAD_REQUEST),
    Code.IDEMPOTENCY_KEY_REUSED: (409, Code.CONFLICT),
    Code.NO_CREDITS: (403, Code.NOT_ENOUGH_PERMISSIONS),
}
_BY_STATUS = {
    404: Code.NOT_FOUND,
    409: Code.CONFLICT,
    415: Code.FILE_TYPE_NOT_SUPPORTED,
    422: Code.INCOHERENT_DATA,
}
_SERVER_ERROR = 500


def table_entry(code: Code, status: int | None = None) -> tuple[int, str]:
    """The status and the code of the table for one of our errors (sent with ``status``)."""
    sent = REGISTRY[code].status if status is None else status
    if code in _OWN:
        return sent, code.value
    if code in _NEAREST:
        known_status, known = _NEAREST[code]
        return known_status, known.value
    otherwise = Code.UNEXPECTED_ERROR if sent >= _SERVER_ERROR else Code.BAD_REQUEST
    return sent, _BY_STATUS.get(sent, otherwise).value


class DocDigitizerErrors:
    """``{"status": 401, "code": "WRONG_AUTH", "detail": "…"}``."""

    def render(self, failure: Failure) -> web.Response:
        """The answer."""
        status, code = table_entry(failure.code, failure.status)
        detail = _DETAILS.get(Code(code), failure.detail)
        headers = dict(failure.headers)
        if status == web.HTTPUnauthorized.status_code:
            headers["WWW-Authenticate"] = "API_KEY"
        body = {"status": status, "code": code, "detail": detail}
        return web.json_response(body, status=status, headers=headers)
