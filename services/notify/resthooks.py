"""REST hooks: the handshake with a receiver, and what it is told; given up after a day.

Wire form after Affinda's pages on webhooks: ``{"id", "event", "timestamp", "payload"}``, signed
in ``X-Hook-Signature`` as ``<timestamp>.<hex>``: HMAC-SHA256 over the body as it is sent, with
the text of the organization's key.
"""

import hashlib
import hmac
import json
import time
from datetime import datetime

import structlog

from services.notify.endpoints import Endpoints
from services.notify.trying import Tried, gone, judged, refused, since
from shared.errors import Code, DocstageError
from shared.http.client import SafeClient
from shared.http.handshakes import HEADER, Handshakes
from shared.http.signing_keys import SigningKeys
from shared.models.delivery import Delivery, DeliveryAttempt
from shared.models.resthook import Resthook
from shared.stages.context import Runtime
from shared.stages.notifying import Postponed, Schedules
from shared.store.collections import ORGANIZATIONS, RESTHOOKS
from shared.store.port import Repository, Tenant

CALL_SECONDS = 15.0
SIGNATURE = "X-Hook-Signature"
_PLAIN = {"content-type": "application/json", "user-agent": "Docstage-Webhooks/1"}


class _Calls:
    """What both senders need."""

    def __init__(self, runtime: Runtime, client: SafeClient, endpoints: Endpoints) -> None:
        self._runtime = runtime
        self._client = client
        self._endpoints = endpoints

    def _resthooks(self, delivery: Delivery) -> Repository[Resthook]:
        return self._runtime.store.of(Tenant(delivery.organization), RESTHOOKS)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> DeliveryAttempt:
        at, started = await self._runtime.store.now(), time.monotonic()
        try:
            answer = await self._client.post(url, body, _PLAIN | headers, timeout=CALL_SECONDS)
        except DocstageError as error:
            return refused(at, error, since(started))
        return judged(at, answer, since(started))


class HandshakeSender(_Calls):
    """Sends deliveries of kind ``handshake``: the secret, in a header.

    Receivers may activate the hook before they answer; then their answer is no matter.
    """

    def __init__(
        self,
        runtime: Runtime,
        client: SafeClient,
        endpoints: Endpoints,
        handshakes: Handshakes,
    ) -> None:
        super().__init__(runtime, client, endpoints)
        self._handshakes = handshakes

    async def send(self, delivery: Delivery) -> Tried:
        """One try."""
        resthook = await self._resthooks(delivery).get(delivery.subscription)
        at = await self._runtime.store.now()
        if resthook is None:
            return gone(at, "The subscription is gone.")
        if not resthook.is_waiting:
            return DeliveryAttempt(at=at)
        headers = {HEADER: self._handshakes.secret_of(resthook.id)}
        return await self._endpoints.attempt(
            delivery, resthook.id, lambda: self._post(resthook.url, b"{}", headers)
        )


class ResthookSender(_Calls):
    """Sends deliveries of kind ``resthook``.

    A receiver that says 410 has its hook removed; one that says no at the last try of a
    delivery has it deactivated, with what it said.
    """

    def __init__(
        self,
        runtime: Runtime,
        client: SafeClient,
        endpoints: Endpoints,
        keys: SigningKeys,
        schedules: Schedules,
    ) -> None:
        super().__init__(runtime, client, endpoints)
        self._keys = keys
        self._schedules = schedules
        self._log = structlog.get_logger("docstage.notify")

    async def send(self, delivery: Delivery) -> Tried:
        """Sign and send once; the time in it is this try's, as receivers refuse old ones."""
        resthooks = self._resthooks(delivery)
        resthook = await resthooks.get(delivery.subscription)
        at = await self._runtime.store.now()
        if resthook is None or not resthook.active:
            return gone(at, "The subscription is gone.")
        attempt = await self._endpoints.attempt(
            delivery, resthook.id, lambda: self._send(resthook, delivery)
        )
        if isinstance(attempt, Postponed) or attempt.problem is None:
            return attempt
        if attempt.problem.code == Code.TARGET_GONE:
            await resthooks.delete(resthook.id)
            self._log.info("resthook_gone", subscription=resthook.id)
        elif self._schedules.is_last_try(delivery, attempt.at):
            why = attempt.problem.detail
            await resthooks.change(resthook.id, lambda it: _given_up(it, why))
            self._log.info("resthook_deactivated", subscription=resthook.id)
        return attempt

    async def _send(self, resthook: Resthook, delivery: Delivery) -> DeliveryAttempt:
        body, headers = await self._signed(delivery, await self._runtime.store.now())
        return await self._post(resthook.url, body, headers)

    async def _signed(self, delivery: Delivery, at: datetime) -> tuple[bytes, dict[str, str]]:
        told, timestamp = json.loads(delivery.payload), int(at.timestamp())
        message = {
            "id": told["id"],
            "event": told["event"],
            "timestamp": timestamp,
            "payload": told["payload"],
        }
        body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
        key = await self._key(delivery.organization)
        if key is None:
            return body, {}
        signature = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        return body, {SIGNATURE: f"{timestamp}.{signature}"}

    async def _key(self, organization: str) -> str | None:
        organizations = self._runtime.store.of(Tenant(organization), ORGANIZATIONS)
        found = await organizations.get(organization)
        if found is None or not found.signing_key:
            return None
        return self._keys.open(organization, found.signing_key)


def _given_up(resthook: Resthook, why: str) -> Resthook:
    return resthook.copy_with(active=False, deactivated=why)
