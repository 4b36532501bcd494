"""Errors as the company's SDK understands them: 400, 401, 403, 500, 503, 504."""

import secrets
from collections.abc import Mapping

from aiohttp import web

from services.ingest.dialects.docdigitizer_v3.models import ErrorView
from shared.errors import REGISTRY, Code
from shared.http.errors import Failure
from shared.http.json import json_answer

TRACE_LENGTH = 7
TRACE_HEADER = "X-DD-TraceId"
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BAD_REQUEST = 400
_AS_BAD_REQUEST = frozenset({409, 413, 415, 422})


def status_of(status: int) -> int:
    """The status by which the dialect tells of one of ours."""
    return BAD_REQUEST if status in _AS_BAD_REQUEST else status


def error_of(code: Code) -> tuple[int, str]:
    """The status and the sentence for one of our errors, for the API's description."""
    return status_of(REGISTRY[code].status), REGISTRY[code].summary


def new_trace() -> str:
    """A trace id that was given to nobody before, most likely."""
    return "".join(secrets.choice(_LETTERS) for _ in range(TRACE_LENGTH))


def error_answer(
    status: int, trace: str, messages: list[str], headers: Mapping[str, str] | None = None
) -> web.Response:
    """An error with its trace id, in body and header."""
    body = ErrorView(trace_id=trace, messages=messages)
    return json_answer(body, status, {**(headers or {}), TRACE_HEADER: trace})


class V3Errors:
    """``{"stateText": "ERROR", "traceId": "…", "messages": ["…"]}``."""

    def render(self, failure: Failure) -> web.Response:
        """The answer."""
        return error_answer(
            status_of(failure.status), new_trace(), [failure.detail], failure.headers
        )
