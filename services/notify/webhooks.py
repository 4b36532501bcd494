"""Webhooks, signed as Standard Webhooks v1 says (specification, "Signature scheme")."""

import base64
import hashlib
import hmac
import time
from datetime import datetime

from services.notify.trying import gone, judged, refused, since
from shared.errors import DocstageError
from shared.http.client import SafeClient
from shared.models.delivery import Delivery, DeliveryAttempt
from shared.stages.context import Runtime
from shared.store.collections import SUBSCRIPTIONS
from shared.store.port import Tenant

CALL_SECONDS = 15.0
SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix is public


class WebhookSender:
    """Sends deliveries of kind ``webhook``; redirects are not followed."""

    def __init__(self, runtime: Runtime, client: SafeClient) -> None:
        self._runtime = runtime
        self._client = client

    async def send(self, delivery: Delivery) -> DeliveryAttempt:
        """Sign and send once."""
        subscriptions = self._runtime.store.of(Tenant(delivery.organization), SUBSCRIPTIONS)
        subscription = await subscriptions.get(delivery.subscription)
        at = await self._runtime.store.now()
        if subscription is None or not subscription.enabled:
            return gone(at, "The subscription is gone.")
        body = delivery.payload.encode()
        headers = signed_headers(subscription.secret, delivery.event, at, body)
        started = time.monotonic()
        try:
            answer = await self._client.post(subscription.url, body, headers, timeout=CALL_SECONDS)
        except DocstageError as error:
            return refused(at, error, since(started))
        return judged(at, answer, since(started))


def signed_headers(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of one try: the id is constant over tries, the timestamp is the try's.

    The signature is HMAC-SHA256 over ``id.timestamp.body``, in base64 after ``v1,``.
    """
    timestamp = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "user-agent": "Docstage-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }
