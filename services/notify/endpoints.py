"""Endpoints: who may try now, by what all processes know of how it went before."""

import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from services.notify.trying import Tried
from services.notify.turns import BusyError, Turns
from shared.models.delivery import Delivery, DeliveryAttempt
from shared.models.endpoint import Endpoint, endpoint_id
from shared.stages import breaker
from shared.stages.context import Runtime
from shared.stages.notifying import Postponed, Schedules
from shared.store.collections import ENDPOINTS
from shared.store.port import AlreadyExistsError, Repository, Tenant

Try = Callable[[], Awaitable[DeliveryAttempt]]

MAX_REMEMBERED = 10_000


class Endpoints:
    """Lets a delivery try its endpoint, or says how long it has to wait.

    An endpoint that never failed has no record, and costs one look; what went well is counted
    here, and written down with the next failure.
    """

    def __init__(self, runtime: Runtime, schedules: Schedules) -> None:
        self._runtime = runtime
        self._schedules = schedules
        self._turns = Turns()
        self._good: dict[str, tuple[datetime, int]] = {}

    async def attempt(self, delivery: Delivery, key: str, call: Try) -> Tried:
        """``call`` in its turn, unless the endpoint is at rest; what came of it is noted.

        ``key`` names the endpoint within its organization. A test, and the last try of a
        delivery, are made even if it is at rest: they show as well whether it has come back.
        """
        identity, now = endpoint_id(delivery.organization, key), await self._runtime.store.now()
        try:
            found = await self._of(delivery).get(identity)
            async with self._turns.turn(identity):
                rests = await self._rests(delivery, found, now)
                if rests is not None:
                    return Postponed(rests)
                attempt = await call()
        except BusyError as busy:
            return Postponed(now + timedelta(seconds=busy.seconds))
        if attempt.problem is None:
            await self._note_good(delivery, identity, found)
        else:
            await self._note_bad(delivery, identity)
        return attempt

    async def failing_since(self, organization: str, key: str) -> datetime | None:
        """Since when an endpoint has answered nothing well."""
        records = self._runtime.store.of(Tenant(organization), ENDPOINTS)
        found = await records.get(endpoint_id(organization, key))
        return None if found is None else found.failing_since

    async def _rests(
        self, delivery: Delivery, found: Endpoint | None, now: datetime
    ) -> datetime | None:
        """Until when the delivery has to wait; ``None`` when it is let in."""
        if found is None or not breaker.is_open(found):
            return None
        must = delivery.is_test or self._schedules.is_last_try(delivery, now)
        refused: datetime | None = None

        def let_in(endpoint: Endpoint) -> Endpoint | None:
            nonlocal refused
            refused = None if must else breaker.waits_until(endpoint, now)
            return breaker.probe(endpoint, delivery.id, now) if refused is None else None

        await self._of(delivery).change(found.id, let_in)
        return None if refused is None else _later(refused, delivery, now)

    async def _note_good(self, delivery: Delivery, identity: str, found: Endpoint | None) -> None:
        now = await self._runtime.store.now()
        clean = found is None or (found.failing_since is None and not breaker.is_open(found))
        if clean:
            self._remember(identity, now)
            return
        good = self._take(identity, now)
        who = delivery.id
        await self._of(delivery).change(identity, lambda it: breaker.succeeded(it, who, good, now))

    async def _note_bad(self, delivery: Delivery, identity: str) -> None:
        now, who = await self._runtime.store.now(), delivery.id
        good, records = self._take(identity, now), self._of(delivery)

        def step(endpoint: Endpoint) -> Endpoint:
            return breaker.failed(endpoint, who, good, now)

        if await records.change(identity, step) is not None:
            return
        first = Endpoint(id=identity, organization=delivery.organization, created=now)
        try:
            await records.insert(step(first))
        except AlreadyExistsError:
            await records.change(identity, step)

    def _of(self, delivery: Delivery) -> Repository[Endpoint]:
        return self._runtime.store.of(Tenant(delivery.organization), ENDPOINTS)

    def _take(self, identity: str, now: datetime) -> int:
        """How many good ones are not written down yet; those of long ago do not matter."""
        since, good = self._good.pop(identity, (now, 0))
        return good if now - since < breaker.WINDOW else 0

    def _remember(self, identity: str, now: datetime) -> None:
        since, good = self._good.get(identity, (now, 0))
        if now - since >= breaker.WINDOW:
            since, good = now, 0
        if len(self._good) >= MAX_REMEMBERED:
            self._good.clear()
        self._good[identity] = (since, good + 1)


def _later(rests: datetime, delivery: Delivery, now: datetime) -> datetime:
    """When to ask again: not all at one moment, and the less often the longer it has been.

    A tenth of what has passed at most: so long after an endpoint has come back the last one that
    waited for it gets there, and the number of times that each asks grows with the logarithm.
    """
    waited = timedelta(0) if delivery.since is None else now - delivery.since
    longest = max(breaker.PAUSE, waited * 0.1)
    return rests + longest * random.uniform(0.1, 1.0)  # noqa: S311 - jitter, no secret
