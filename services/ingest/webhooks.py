"""What a person does about a webhook: test it, have it sent again what it missed, enable it."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.ingest.changes import change
from shared.errors import Code, Permanent
from shared.models.delivery import (
    Delivery,
    DeliveryKind,
    NoticeName,
    Subscription,
    Told,
)
from shared.models.endpoint import Endpoint, endpoint_id
from shared.models.ids import new_id
from shared.models.work import FINAL_WORK_STATES, WorkState
from shared.stages.notices import notice
from shared.stages.outbox import Outbox
from shared.stages.replaying import deliver_again
from shared.store.collections import DELIVERIES, ENDPOINTS, SUBSCRIPTIONS
from shared.store.port import AlreadyExistsError, Position, Query, Repository, Store, Tenant

SECONDS = 20.0
"""How long one replay may take; what is left is for the next."""

_PAGE = 100
_TICK = timedelta(milliseconds=1)
_RESENT = frozenset(
    {DeliveryKind.WEBHOOK, DeliveryKind.CALLBACK, DeliveryKind.RESTHOOK, DeliveryKind.MAIL}
)


@dataclass(frozen=True, slots=True)
class Range:
    """Which deliveries are to be made once more, and how many a second.

    ``replay`` names this replay: what is part of it is not sent again by it. Without ``events``
    all are meant.
    """

    replay: str
    start: datetime
    end: datetime | None
    events: frozenset[Told]
    only_failed: bool
    per_second: float


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many are to be made, the last of them at ``until``; with ``more`` go on at ``last``."""

    count: int
    until: datetime | None
    last: datetime | None
    more: bool


class Webhooks:
    """Changes deliveries and endpoints by compare-and-set, so that all of it may be repeated."""

    def __init__(self, store: Store, outbox: Outbox) -> None:
        self._store = store
        self._outbox = outbox

    async def test(self, subscription: Subscription) -> Delivery:
        """Have it told that this is a test: one try, signed and logged as all are."""
        now = await self._store.now()
        delivery = notice(NoticeName.TEST, new_id(), subscription, subscription, now)
        await self._deliveries(Tenant(subscription.organization)).insert(delivery)
        self._outbox.nudge(DELIVERIES, delivery)
        return delivery

    async def enable(self, tenant: Tenant, identity: str) -> Subscription:
        """Send to it again, from now on and without a rest; raises ``Permanent(NOT_FOUND)``."""
        stored = await change(self._store.of(tenant, SUBSCRIPTIONS), identity, enabled)
        await self._change_endpoint(stored, _rested)
        return stored

    async def resend(self, tenant: Tenant, identity: str, by: str) -> Delivery:
        """Make one delivery once more, with a new schedule; one that waits is made now.

        Raises ``Permanent``: NOT_FOUND; CONFLICT if its receiver comes for it, or is off.
        """
        records = self._deliveries(tenant)
        found = await records.get(identity)
        if found is None:
            raise Permanent(Code.NOT_FOUND)
        await self._check(tenant, found)
        now = await self._store.now()

        def step(delivery: Delivery) -> Delivery:
            if delivery.work.state is WorkState.RUNNING:
                return delivery
            return deliver_again(delivery, by, now, now)

        stored = await change(records, identity, step)
        self._outbox.nudge(DELIVERIES, stored)
        return stored

    async def replay(self, subscription: Subscription, wish: Range, by: str) -> Replayed:
        """Make what is over once more, oldest first, spread over time; raises ``Transient``.

        What is still under way is left to its own schedule.
        """
        deadline, now = time.monotonic() + SECONDS, await self._store.now()
        tenant = Tenant(subscription.organization)
        endpoint = await self._store.of(tenant, ENDPOINTS).get(_endpoint(subscription))
        booked = endpoint.replays_until if endpoint is not None else None
        due, count = max(now, booked or now), 0
        after: Position | None = None
        more = False
        while not more and (rows := await self._page(subscription, wish, now, after)):
            for row in rows:
                after = Position(row.created, row.id)
                following = due + timedelta(seconds=1 / wish.per_second)
                if _is_meant(row, wish) and await self._once_more(row, wish, following, by):
                    due, count = following, count + 1
            more = time.monotonic() > deadline
        if count:
            until = due
            await self._change_endpoint(
                subscription,
                lambda it: it.copy_with(replays_until=max(until, it.replays_until or until)),
            )
        last = after.created if after is not None else None
        return Replayed(count, due if count else None, last, more)

    async def _page(
        self, subscription: Subscription, wish: Range, now: datetime, after: Position | None
    ) -> list[Delivery]:
        state = {"state": WorkState.FAILED.value} if wish.only_failed else {}
        query = Query(
            {"subscription": subscription.id, **state},
            created_after=wish.start - _TICK,
            created_before=min(wish.end or now, now) + _TICK,
            oldest_first=True,
        )
        records = self._deliveries(Tenant(subscription.organization))
        return await records.page(query, after, _PAGE)

    async def _once_more(self, row: Delivery, wish: Range, due: datetime, by: str) -> bool:
        now = await self._store.now()

        def step(delivery: Delivery) -> Delivery | None:
            if not _is_meant(delivery, wish):
                return None
            return deliver_again(delivery, by, now, due).copy_with(replay=wish.replay)

        records = self._deliveries(Tenant(row.organization))
        return await records.change(row.id, step) is not None

    async def _check(self, tenant: Tenant, delivery: Delivery) -> None:
        if delivery.kind not in _RESENT:
            raise Permanent(Code.CONFLICT, "This delivery is not one to be sent again.")
        if delivery.kind is not DeliveryKind.WEBHOOK or delivery.is_test:
            return
        subscription = await self._store.of(tenant, SUBSCRIPTIONS).get(delivery.subscription)
        if subscription is None or not subscription.enabled:
            raise Permanent(Code.CONFLICT, "The webhook is not enabled.")

    async def _change_endpoint(
        self, subscription: Subscription, step: Callable[[Endpoint], Endpoint]
    ) -> None:
        records = self._store.of(Tenant(subscription.organization), ENDPOINTS)
        identity = _endpoint(subscription)
        first = Endpoint(id=identity, organization=subscription.organization)
        if await records.get(identity) is None:
            with contextlib.suppress(AlreadyExistsError):
                await records.insert(first)
        await records.change(identity, step)

    def _deliveries(self, tenant: Tenant) -> Repository[Delivery]:
        return self._store.of(tenant, DELIVERIES)


def enabled(subscription: Subscription) -> Subscription:
    """The webhook as one that is sent to."""
    return subscription.copy_with(enabled=True, disabled=None)


def _rested(endpoint: Endpoint) -> Endpoint:
    """Nothing held against it; what was booked stays."""
    fresh = Endpoint(id=endpoint.id, organization=endpoint.organization)
    return fresh.copy_with(
        rev=endpoint.rev, created=endpoint.created, replays_until=endpoint.replays_until
    )


def _endpoint(subscription: Subscription) -> str:
    return endpoint_id(subscription.organization, subscription.id)


def _is_meant(delivery: Delivery, wish: Range) -> bool:
    is_over = delivery.work.state in FINAL_WORK_STATES
    is_wished = not wish.events or delivery.event_name in wish.events
    is_failed = delivery.work.state is WorkState.FAILED or not wish.only_failed
    return (
        is_over
        and is_wished
        and is_failed
        and not delivery.is_test
        and delivery.replay != wish.replay
    )
