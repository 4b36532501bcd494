"""Webhooks, signed as Standard Webhooks v1 says (specification, "Signature scheme")."""

import base64
import hashlib
import hmac
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.notify.disabling import Disabling
from services.notify.endpoints import Endpoints
from services.notify.trying import Tried, gone, judged, refused, since
from shared.errors import Code, DocstageError
from shared.http.client import SafeClient
from shared.models.delivery import Delivery, DeliveryAttempt, DisabledReason, Subscription
from shared.models.work import FINAL_WORK_STATES, Problem
from shared.stages.context import Runtime
from shared.stages.notifying import Postponed, Schedules
from shared.store.collections import DELIVERIES, SUBSCRIPTIONS
from shared.store.port import Query, Tenant

CALL_SECONDS = 15.0
SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix is public
_MANY = 100
_SOON = timedelta(seconds=1)
_LATER = timedelta(minutes=15)


class WebhookSender:
    """Sends deliveries of kind ``webhook``; redirects are not followed.

    A webhook that answers 410, or to which a delivery's last try failed while no other came
    through since its first, is given up.
    """

    def __init__(
        self,
        runtime: Runtime,
        client: SafeClient,
        endpoints: Endpoints,
        schedules: Schedules,
        disabling: Disabling,
    ) -> None:
        self._runtime = runtime
        self._client = client
        self._endpoints = endpoints
        self._schedules = schedules
        self._disabling = disabling

    async def send(self, delivery: Delivery) -> Tried:
        """Sign and send once."""
        subscriptions = self._runtime.store.of(Tenant(delivery.organization), SUBSCRIPTIONS)
        subscription = await subscriptions.get(delivery.subscription)
        at = await self._runtime.store.now()
        if subscription is None:
            return gone(at, "The subscription is gone.")
        if not (subscription.enabled or delivery.is_test):
            return _off(at, subscription)
        if subscription.ordered and (waits := await self._waits_for_earlier(delivery, at)):
            return Postponed(waits, counts=False)
        tried = await self._endpoints.attempt(
            delivery, subscription.id, lambda: self._post(subscription, delivery)
        )
        if isinstance(tried, DeliveryAttempt) and tried.problem is not None:
            await self._judge(subscription, delivery, tried)
        return tried

    async def _post(self, subscription: Subscription, delivery: Delivery) -> DeliveryAttempt:
        at = await self._runtime.store.now()
        body = delivery.payload.encode()
        former = [it.secret for it in subscription.former if it.until > at]
        headers = signed_headers(subscription.secret, delivery.event, at, body, former)
        started = time.monotonic()
        try:
            answer = await self._client.post(subscription.url, body, headers, timeout=CALL_SECONDS)
        except DocstageError as error:
            return refused(at, error, since(started))
        return judged(at, answer, since(started))

    async def _judge(
        self, subscription: Subscription, delivery: Delivery, tried: DeliveryAttempt
    ) -> None:
        """Give the webhook up, where this failure says so."""
        if tried.problem is None or not subscription.enabled:
            return
        detail = tried.problem.detail
        if tried.problem.code == Code.TARGET_GONE:
            await self._disabling.disable(subscription, DisabledReason.GONE, detail, tried.at)
        elif not delivery.is_test and self._schedules.is_last_try(delivery, tried.at):
            failing = await self._endpoints.failing_since(delivery.organization, subscription.id)
            if failing is not None and failing <= (delivery.since or tried.at):
                reason = DisabledReason.FAILING
                await self._disabling.disable(subscription, reason, detail, failing)

    async def _waits_for_earlier(self, delivery: Delivery, now: datetime) -> datetime | None:
        """Until when, if an earlier event of the document has still to be told."""
        records = self._runtime.store.of(Tenant(delivery.organization), DELIVERIES)
        beside = Query(
            {"document": delivery.document, "subscription": delivery.subscription},
            oldest_first=True,
        )
        for it in await records.page(beside, None, _MANY):
            if it.sequence < delivery.sequence and it.work.state not in FINAL_WORK_STATES:
                due = min((entry.not_before for entry in it.outbox), default=now)
                return min(max(due, now) + _SOON, now + _LATER)
        return None


def signed_headers(
    secret: str, message_id: str, at: datetime, body: bytes, former: Sequence[str] = ()
) -> dict[str, str]:
    """The headers of one try: the id is constant over tries, the timestamp is the try's.

    A signature is HMAC-SHA256 over ``id.timestamp.body``, in base64 after ``v1,``; there is one
    for each secret, the ``former`` ones that were rotated out of late as well, with blanks between.
    """
    timestamp = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return {
        "content-type": "application/json",
        "user-agent": "Docstage-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{_signature(it, signed)}" for it in (secret, *former)),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _off(at: datetime, subscription: Subscription) -> DeliveryAttempt:
    """It is not called as long as it is off; what it missed can be replayed.

    It says why: of the try that it was given up for nothing else may tell, if its worker died.
    """
    why = subscription.disabled
    detail = f"The webhook was given up: {why.detail}" if why else "The webhook is not enabled."
    problem = Problem(code=Code.TARGET_DISABLED, detail=detail)
    return DeliveryAttempt(at=at, problem=problem)
