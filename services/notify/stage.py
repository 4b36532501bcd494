"""The notify stage: one try of one delivery."""

import time

from shared.http.client import SafeClient

from services.notify.webhooks import signed_headers
from shared.errors import Code, DocstageError
from shared.models.delivery import Delivery, DeliveryAttempt, Subscription
from shared.models.work import Problem, StageName
from shared.stages.context import Runtime
from shared.stages.job import JobContext
from shared.store.collections import SUBSCRIPTIONS
from shared.store.port import Tenant

CALL_SECONDS = 15.0


class NotifyStage:
    """Signs and sends. Only a 2xx counts as delivered; redirects are not followed."""

    name = StageName.NOTIFY

    def __init__(self, runtime: Runtime, client: SafeClient) -> None:
        self._runtime = runtime
        self._client = client

    async def run(self, record: Delivery, context: JobContext[Delivery]) -> DeliveryAttempt:
        """Send the delivery once; a refusal of the receiver is a result, not an error."""
        subscriptions = self._runtime.store.of(Tenant(record.organization), SUBSCRIPTIONS)
        subscription = await subscriptions.get(record.subscription)
        now = await self._runtime.store.now()
        if subscription is None or not subscription.enabled:
            problem = Problem(code=Code.TARGET_GONE, detail="The subscription is gone.")
            return DeliveryAttempt(at=now, problem=problem)
        return await self._send(record, subscription)

    async def _send(self, delivery: Delivery, subscription: Subscription) -> DeliveryAttempt:
        at = await self._runtime.store.now()
        body = delivery.payload.encode()
        headers = signed_headers(subscription.secret, delivery.event, at, body)
        started = time.monotonic()
        try:
            answer = await self._client.post(subscription.url, body, headers, timeout=CALL_SECONDS)
        except DocstageError as error:
            problem = Problem(code=error.code, detail=error.detail)
            return DeliveryAttempt(at=at, problem=problem, milliseconds=_since(started))
        return DeliveryAttempt(
            at=at,
            status=answer.status,
            problem=_judge(answer.status),
            milliseconds=_since(started),
            retry_after=answer.retry_after,
        )


def _judge(status: int) -> Problem | None:
    if status // 100 == 2:  # noqa: PLR2004 - the class of success
        return None
    gone = status == 410  # noqa: PLR2004 - HTTP "Gone"
    code = Code.TARGET_GONE if gone else Code.TARGET_REFUSED
    return Problem(code=code, detail=f"The receiver answered {status}.")


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
