"""The messages of result queues as they leave: the stored ones, with a fresh link if need be."""

import json
from datetime import datetime, timedelta

from shared.broker.port import Message
from shared.http.links import LinkSigner
from shared.models.delivery import Delivery
from shared.models.result_message import CLOUD_EVENT
from shared.telemetry.tracing import trace_headers

LINK_LIFE = timedelta(days=7)
LINKED_DOCUMENTS = "/api/v1/linked/documents"


class ResultMessages:
    """Adds links; ``public_url`` is where others reach the gateway, empty for paths only."""

    def __init__(self, secret: bytes, public_url: str) -> None:
        self._signer = LinkSigner(secret)
        self._base = public_url.rstrip("/")

    def message(self, delivery: Delivery, now: datetime) -> Message:
        """The delivery as the broker's message."""
        body = self.text(delivery, now).encode()
        return Message(delivery.event, body, trace_headers(delivery.trace), CLOUD_EVENT)

    def text(self, delivery: Delivery, now: datetime) -> str:
        """The JSON of a delivery's message, to be sent at ``now``."""
        if not delivery.without_fields:
            return delivery.payload
        message = json.loads(delivery.payload)
        link = self._signer.sign(f"{LINKED_DOCUMENTS}/{delivery.document}", now + LINK_LIFE)
        message["data"]["document"]["links"]["content"] = f"{self._base}{link}"
        return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
