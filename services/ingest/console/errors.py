"""Errors as pages, for those whom no handler of the console saw."""

from aiohttp import web

from services.ingest.console.rendering import Rendering
from shared.http.errors import Failure

_TITLES = {
    400: "That could not be done",
    401: "Please sign in",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Somebody was faster",
    413: "Too large",
    429: "A little too often",
    503: "Not available at the moment",
    507: "No room left",
}


class ConsoleErrors:
    """A page with a sentence, and the id under which the log knows the request."""

    def __init__(self, rendering: Rendering) -> None:
        self._rendering = rendering

    def render(self, failure: Failure) -> web.Response:
        """The answer."""
        answer = self._rendering.response("error.html", failure.status, error_context(failure))
        answer.headers.update(failure.headers)
        answer.headers.pop("WWW-Authenticate", None)  # browsers would ask for a password
        return answer


def error_context(failure: Failure) -> dict[str, object]:
    """What the page of an error shows."""
    title = _TITLES.get(failure.status, "Something went wrong")
    return {
        "visit": None,
        "title": title,
        "detail": failure.detail,
        "status": failure.status,
        "request_id": failure.request,
    }
