"""Result queues: the message is made here, and published to RabbitMQ where that is the way."""

import json
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notify.trying import Tried, gone, since
from services.notify.turns import BusyError, Turns
from shared.broker.topology import result_queue_spec
from shared.errors import Transient
from shared.http.result_messages import ResultMessages
from shared.models.delivery import Delivery, DeliveryAttempt
from shared.models.document import Document, Event
from shared.models.extraction import Extraction
from shared.models.result_message import (
    MAX_FIELDS_BYTES,
    ResultData,
    ResultDocument,
    ResultMessage,
)
from shared.stages.context import Runtime
from shared.stages.notifying import Postponed
from shared.store.collections import RESULT_QUEUES
from shared.store.port import Tenant


class ResultSender:
    """Sends deliveries of kind ``push``; they are done when the broker has confirmed them.

    A queue that takes nothing is left alone for a while, each time for longer, and its messages
    wait for as long as it would have kept them. That is a matter of that queue: the stage goes on
    with what others are to be told.
    """

    def __init__(self, runtime: Runtime, messages: ResultMessages) -> None:
        self._runtime = runtime
        self._messages = messages
        self._turns = Turns()
        self._resting: dict[str, _Rest] = {}

    async def send(self, delivery: Delivery) -> Tried:
        """Publish once, unless the queue is at rest."""
        at, started = await self._runtime.store.now(), time.monotonic()
        queues = self._runtime.store.of(Tenant(delivery.organization), RESULT_QUEUES)
        queue = await queues.get(delivery.subscription)
        if queue is None:
            return gone(at, "The result queue is gone.")
        if at - (delivery.since or at) > timedelta(seconds=queue.max_age):
            return gone(at, "It has waited for longer than its queue keeps messages.")
        rest = self._resting.get(queue.id)
        if rest is not None and rest.until > started:
            return _postponed(at, rest.until - started)
        message = self._messages.message(delivery, at)
        try:
            async with self._turns.turn(queue.id):
                await self._runtime.broker.send_result(result_queue_spec(queue), message)
        except BusyError as busy:
            return _postponed(at, busy.seconds)
        except Transient:
            return _postponed(at, self._rest(queue.id, rest))
        self._resting.pop(queue.id, None)
        return DeliveryAttempt(at=at, milliseconds=since(started))

    def _rest(self, queue: str, before: "_Rest | None") -> float:
        """Leave a queue alone for the seconds that are returned, once for all who meet it so."""
        now = time.monotonic()
        current = self._resting.get(queue)
        if current is not before and current is not None and current.until > now:
            return current.until - now
        failures = 0 if before is None else before.failures + 1
        seconds = min(_LONGEST_REST, _FIRST_REST * 2.0 ** min(failures, 16))
        self._resting[queue] = _Rest(failures, now + seconds)
        return seconds


@dataclass(frozen=True, slots=True)
class _Rest:
    """How often in a row a queue took nothing, and until when it is left alone."""

    failures: int
    until: float


_FIRST_REST, _LONGEST_REST = 1.0, 60.0


def _postponed(now: datetime, seconds: float) -> Postponed:
    """A little later than ``seconds``, each by something else, so that not all come at once."""
    spread = random.uniform(0.0, 1.0)  # noqa: S311 - jitter, no secret
    return Postponed(now + timedelta(seconds=seconds + spread))


def render_message(
    event: Event, document: Document, extraction: Extraction | None
) -> tuple[str, bool]:
    """The message's JSON, and whether fields were left out of it as too long."""
    fields = extraction.fields if extraction is not None else None
    told = ResultDocument(
        **{name: getattr(document, name) for name in _AS_IT_STANDS},
        fields=fields,
        links={"self": f"/api/v1/documents/{document.id}"},
    )
    message = ResultMessage(
        id=event.id,
        source=f"/api/v1/workspaces/{document.workspace}",
        type=event.name,
        subject=document.id,
        time=event.at,
        data=ResultData(sequence=event.sequence, document=told),
    )
    body = message.model_dump(mode="json")
    shown = body["data"]["document"]
    too_long = fields is not None and len(_json(shown["fields"]).encode()) > MAX_FIELDS_BYTES
    if fields is None or too_long:
        del shown["fields"]
    return _json(body), too_long


_AS_IT_STANDS = (
    "id",
    "name",
    "state",
    "type",
    "workspace",
    "reference",
    "metadata",
    "pages",
    "error",
    "review",
)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
