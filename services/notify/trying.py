"""One try of a delivery over HTTP, and how it went."""

import time
from datetime import datetime
from typing import Protocol

from shared.errors import Code, DocstageError
from shared.http.client import Reply
from shared.models.delivery import Delivery, DeliveryAttempt
from shared.models.work import Problem
from shared.stages.notifying import Postponed

Tried = DeliveryAttempt | Postponed
"""How a try went, or until when it has to wait."""

MAX_ANSWER = 200
"""Characters of an answer that are kept, for whoever looks into why it failed."""

_TEXTS = frozenset({"application/json", "application/problem+json", "application/xml"})


class Sender(Protocol):
    """Sends deliveries of one kind."""

    async def send(self, delivery: Delivery) -> Tried:
        """One try; a receiver's refusal is a result, our own trouble is raised."""


def gone(at: datetime, detail: str) -> DeliveryAttempt:
    """There is nobody to send to any more."""
    return DeliveryAttempt(at=at, problem=Problem(code=Code.TARGET_GONE, detail=detail))


def refused(at: datetime, error: DocstageError, milliseconds: int) -> DeliveryAttempt:
    """The call did not get an answer."""
    problem = Problem(code=error.code, detail=error.detail)
    return DeliveryAttempt(at=at, problem=problem, milliseconds=milliseconds)


def judged(at: datetime, answer: Reply, milliseconds: int) -> DeliveryAttempt:
    """The receiver answered; only a 2xx counts as delivered, a redirect does not."""
    return DeliveryAttempt(
        at=at,
        status=answer.status,
        problem=_judge(answer.status),
        milliseconds=milliseconds,
        retry_after=answer.retry_after,
        answer=_beginning(answer),
    )


def since(started: float) -> int:
    """Milliseconds since a moment of the monotonic clock."""
    return round((time.monotonic() - started) * 1000)


def _judge(status: int) -> Problem | None:
    if status // 100 == 2:  # noqa: PLR2004 - the class of success
        return None
    is_gone = status == 410  # noqa: PLR2004 - HTTP "Gone"
    code = Code.TARGET_GONE if is_gone else Code.TARGET_REFUSED
    return Problem(code=code, detail=f"The receiver answered {status}.")


def _beginning(answer: Reply) -> str:
    """How a text begins, without what no terminal should be shown; nothing of other kinds."""
    is_text = answer.media_type.startswith("text/") or answer.media_type in _TEXTS
    if answer.packed or not is_text:
        return ""
    text = answer.body[: 4 * MAX_ANSWER].decode("utf-8", "replace")
    return "".join(it if it.isprintable() else " " for it in text[:MAX_ANSWER]).strip()
