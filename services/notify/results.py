"""Result queues: the message is made here, and published to RabbitMQ where that is the way."""

import json
import time

from services.notify.trying import gone, since
from shared.broker.topology import result_queue_spec
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
from shared.store.collections import RESULT_QUEUES
from shared.store.port import Tenant


class ResultSender:
    """Sends deliveries of kind ``push``; they are done when the broker has confirmed them.

    A broker that does not is ``Transient``: tried again for a day, and no attempt spent.
    """

    def __init__(self, runtime: Runtime, messages: ResultMessages) -> None:
        self._runtime = runtime
        self._messages = messages

    async def send(self, delivery: Delivery) -> DeliveryAttempt:
        """Publish once."""
        at, started = await self._runtime.store.now(), time.monotonic()
        queues = self._runtime.store.of(Tenant(delivery.organization), RESULT_QUEUES)
        queue = await queues.get(delivery.subscription)
        if queue is None:
            return gone(at, "The result queue is gone.")
        message = self._messages.message(delivery, at)
        await self._runtime.broker.send_result(result_queue_spec(queue), message)
        return DeliveryAttempt(at=at, milliseconds=since(started))


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
