"""Webhooks over days, on a clock that is moved: the stage's own code, real sockets, no waiting."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import standardwebhooks
from aiohttp import web
from notify_bench import ACME, SECRET, Bench, Heard, listening, notifying
from shifted_clock import Days, ShiftedStore, receiver_clock

from shared.errors import Code
from shared.models.delivery import Delivery, DisabledReason, FormerSecret, NoticeName, Subscription
from shared.models.document import EventName
from shared.models.time import utc_now
from shared.models.work import WorkState
from shared.stages import breaker
from shared.stages.breaker import MIN_TRIES
from shared.store.collections import DELIVERIES, ENDPOINTS, SUBSCRIPTIONS
from shared.store.port import Query

HOUR = timedelta(hours=1)


class Verified(Heard):
    """Notes at what time each message came, answers as told; 0: lets the connection fall."""

    def __init__(self, store: ShiftedStore, status: int = 204) -> None:
        super().__init__()
        self.store = store
        self.status = status
        self.times: list[datetime] = []
        self.headers: dict[str, str] = {}

    async def take(self, request: web.Request) -> web.Response:
        self.times.append(await self.store.now())
        await super().take(request)
        if self.status == 0 and request.transport is not None:
            request.transport.abort()
        return web.Response(status=self.status or 204, headers=self.headers)

    def verified(self, secret: str = SECRET) -> list[dict[str, object]]:
        """The bodies, all signed right at their time; raises if one is not."""
        verifier = standardwebhooks.Webhook(secret)
        bodies = []
        for at, (_, _, headers, body) in zip(self.times, self.requests, strict=True):
            with receiver_clock(at):
                bodies.append(verifier.verify(body, headers))
        return bodies

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for _, _, headers, _ in self.requests]


class World:
    """A notify service on the shifted clock."""

    def __init__(self, bench: Bench, store: ShiftedStore) -> None:
        self.bench, self.store, self.days = bench, store, Days(bench, store)

    @asynccontextmanager
    async def receiver(self, status: int = 204) -> AsyncIterator[Verified]:
        async with listening(Verified(self.store, status)) as heard:
            assert isinstance(heard, Verified)
            yield heard

    async def happen(self, documents: int) -> list[str]:
        """Documents that come in and get ready; the ids of all their events."""
        told = []
        for _ in range(documents):
            document = await self.bench.finish(await self.bench.document())
            await self.bench.tell(document, 5)
            told += [it.id for it in document.events]
        return told

    async def hook(self, identity: str) -> Subscription:
        found = await self.store.of(ACME, SUBSCRIPTIONS).get(identity)
        assert found is not None
        return found

    async def to(self, hook: Subscription) -> list[Delivery]:
        query = Query({"subscription": hook.id}, oldest_first=True)
        return await self.store.of(ACME, DELIVERIES).page(query, None, 1_000)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    store = ShiftedStore(tmp_path)
    async with notifying(tmp_path, store) as bench:
        yield World(bench, store)


async def test_a_receiver_that_is_down_for_a_day_gets_everything_when_it_is_back(
    world: World,
) -> None:
    async with world.receiver(status=0) as receiver:
        hook = await world.bench.hook(receiver.url)
        told = await world.happen(2)
        await world.days.passing(8 * HOUR)
        told += await world.happen(1)
        await world.days.passing(16 * HOUR)
        tries = Counter(receiver.ids())
        assert set(tries) == set(told), "each was tried"
        receiver.requests.clear()
        receiver.times.clear()
        receiver.status = 204
        told += await world.happen(1)
        await world.days.passing(24 * HOUR)
        bodies = receiver.verified()
        assert sorted(receiver.ids()) == sorted(told), "each came once, under its own id"
        assert {it["data"]["event_id"] for it in bodies} == set(told)  # type: ignore[index]
        assert {it.work.state for it in await world.to(hook)} == {WorkState.DONE}
        assert (await world.hook(hook.id)).enabled


async def test_one_dead_for_the_whole_schedule_is_given_up_and_its_owner_hears_of_it(
    world: World,
) -> None:
    async with world.receiver(status=500) as dead, world.receiver() as alive:
        hook = await world.bench.hook(f"{dead.url}/dead")
        beside = await world.bench.hook(f"{alive.url}/in", events=[EventName.READY,
                                        NoticeName.SUBSCRIPTION_DISABLED])  # fmt: skip
        deaf = await world.bench.hook(f"{alive.url}/deaf", events=[EventName.EXPIRED])
        await world.happen(1)
        await world.days.passing(75 * HOUR)
        assert (await world.hook(hook.id)).enabled, "not before the schedule's end"
        await world.happen(1)
        await world.days.passing(17 * HOUR)
        given_up = await world.hook(hook.id)
        assert not given_up.enabled
        assert given_up.disabled is not None
        assert given_up.disabled.reason is DisabledReason.FAILING
        assert given_up.disabled.detail == "The receiver answered 500."
        ended = await world.to(hook)
        await world.days.passing(20 * HOUR)
        assert {it.work.state for it in await world.to(hook)} == {WorkState.FAILED}
        assert max(it.attempts_made for it in ended) == 10
        why = [it.work.problem for it in await world.to(hook) if it.work.problem]
        late = {it.detail for it in why if it.code == Code.TARGET_DISABLED}
        assert late == {"The webhook was given up: The receiver answered 500."}
        before = len(dead.requests)
        bodies = alive.verified()
        notices = [it for it in bodies if it["type"] == "subscription.disabled"]
        assert len(bodies) == 3, "two documents that got ready, and one notice"
        (notice,) = notices
        about = notice["data"]["subscription"]  # type: ignore[index]
        assert (about["id"], about["enabled"], about["disabled"]["reason"]) == (
            hook.id, False, "failing",
        )  # fmt: skip
        assert len(await world.to(beside)) == 3
        assert await world.to(deaf) == []

        await world.happen(1)
        await world.days.passing(1 * HOUR)
        assert len(dead.requests) == before, "nothing is sent any more"
        kept = [it for it in await world.to(hook) if not it.log]
        assert len(kept) == 5, "what it misses is kept, to be replayed"
        assert {it.work.problem.code for it in kept if it.work.problem} == {Code.TARGET_DISABLED}


async def test_while_nobody_is_there_to_try_its_time_does_not_run(world: World) -> None:
    """The services are down for longer than the whole schedule takes, in the midst of it."""
    async with world.receiver(status=500) as receiver:
        hook = await world.bench.hook(receiver.url, events=[EventName.READY])
        await world.happen(1)
        await world.days.passing(20 * HOUR)
        before = len(receiver.requests)
        world.store.ahead += 120 * HOUR
        await world.days.passing(timedelta(minutes=1))
        assert len(receiver.requests) == before + 1, "the one that was due is made"
        (waiting,) = await world.to(hook)
        assert waiting.work.state is WorkState.WAITING
        receiver.status = 204
        await world.days.passing(30 * HOUR)
        assert [it.work.state for it in await world.to(hook)] == [WorkState.DONE]
        assert (await world.hook(hook.id)).enabled


async def test_one_that_came_through_in_between_is_not_given_up(world: World) -> None:
    async with world.receiver(status=500) as receiver:
        hook = await world.bench.hook(receiver.url, events=[EventName.READY])
        await world.happen(1)
        await world.days.passing(40 * HOUR)
        receiver.status = 204
        sound = await world.bench.hook(f"{receiver.url}/x")
        await world.store.of(ACME, SUBSCRIPTIONS).delete(sound.id)
        await world.happen(1)
        await world.days.passing(2 * HOUR)
        receiver.status = 500
        await world.days.passing(60 * HOUR)
        states = [it.work.state for it in await world.to(hook)]
        assert states == [WorkState.FAILED, WorkState.DONE]
        assert (await world.hook(hook.id)).enabled


async def test_an_endpoint_that_fails_is_left_alone_and_found_again(world: World) -> None:
    async with world.receiver(status=500) as receiver, world.receiver() as other:
        hook = await world.bench.hook(receiver.url)
        await world.bench.hook(other.url)
        told = await world.happen(5)
        await world.days.passing(4 * HOUR)
        made, unchecked = len(receiver.requests), 25 * 4
        assert MIN_TRIES < made < unchecked / 2, "tries of one at a time"
        assert len(other.requests) == 25, "the other hears everything"
        (endpoint,) = await world.store.of(ACME, ENDPOINTS).page(Query(), None, 9)
        assert breaker.is_open(endpoint)
        receiver.status = 204
        receiver.requests.clear()
        await world.days.passing(7 * HOUR)  # the slot of the sixth try, with its jitter
        assert set(receiver.ids()) == set(told)
        (endpoint,) = await world.store.of(ACME, ENDPOINTS).page(Query(), None, 9)
        assert (breaker.is_open(endpoint), endpoint.failing_since) == (False, None)
        assert {it.work.state for it in await world.to(hook)} == {WorkState.DONE}


async def test_pauses_are_those_of_the_schedule_or_longer_if_asked_for(world: World) -> None:
    world.days.grain = timedelta(0)
    async with world.receiver(status=503) as receiver:
        receiver.headers = {"Retry-After": "9"}
        await world.bench.hook(receiver.url, events=[EventName.READY])
        await world.happen(1)
        await world.days.passing(4 * HOUR)
    pauses = [(after - it).total_seconds() for it, after in pairwise(receiver.times)]
    lateness = 5  # the relay's, and that of what runs
    assert len(pauses) == 4
    assert 9 <= pauses[0] <= 9 + lateness, "as asked for, within twice the slot"
    for pause, slot in zip(pauses[1:], (300, 1800, 7200), strict=True):
        assert slot <= pause <= 1.2 * slot + lateness


async def test_410_ends_it_at_once(world: World) -> None:
    async with world.receiver(status=410) as receiver:
        hook = await world.bench.hook(receiver.url, events=[EventName.READY])
        await world.happen(1)
        await world.days.passing(HOUR)
        await world.happen(1)
        await world.days.passing(HOUR)
        assert len(receiver.requests) == 1
        stored = await world.hook(hook.id)
        assert stored.disabled is not None
        assert (stored.enabled, stored.disabled.reason) == (False, DisabledReason.GONE)
        assert len(await world.to(hook)) == 1, "nothing is kept for who is gone"


async def test_a_secret_that_is_rotated_between_tries_verifies_with_both_for_a_while(
    world: World,
) -> None:
    new = "whsec_" + "REVG" * 11
    async with world.receiver(status=500) as receiver:
        hook = await world.bench.hook(receiver.url, events=[EventName.READY])
        await world.happen(1)
        await world.days.passing(timedelta(minutes=6))
        until = await world.store.now() + 24 * HOUR
        former = [FormerSecret(secret=SECRET, until=until)]
        await world.store.of(ACME, SUBSCRIPTIONS).change(
            hook.id, lambda it: it.copy_with(secret=new, former=former)
        )
        tried = len(receiver.requests)
        await world.days.passing(HOUR)
        assert len(receiver.requests) > tried
        receiver.verified(SECRET)
        receiver.requests, receiver.times = receiver.requests[tried:], receiver.times[tried:]
        receiver.verified(new)
        assert all(len(it[2]["webhook-signature"].split()) == 2 for it in receiver.requests)
        receiver.requests.clear()
        receiver.times.clear()
        await world.days.passing(40 * HOUR)
        receiver.verified(new)
        assert receiver.times[-1] > until
        receiver.requests, receiver.times = receiver.requests[-1:], receiver.times[-1:]
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            receiver.verified(SECRET)


async def test_where_it_is_asked_for_events_wait_for_those_before_them(world: World) -> None:
    async with world.receiver(status=500) as receiver:
        await world.bench.hook(receiver.url, ordered=True)
        document = await world.bench.finish(await world.bench.document())
        await world.bench.tell(document, 5)
        await world.days.passing(timedelta(minutes=30))
        assert set(receiver.ids()) == {document.events[0].id}, "the later ones wait"
        receiver.requests.clear()
        receiver.times.clear()
        receiver.status = 204
        await world.days.passing(3 * HOUR)
        bodies = [json.loads(it[3]) for it in receiver.requests]
        assert [it["data"]["sequence"] for it in bodies] == [1, 2, 3, 4, 5]


async def test_while_one_endpoint_hangs_another_is_served(world: World) -> None:
    """All slots of a process are fewer than what the hanging one is to hear.

    Of the other's, too, some are put off, for want of a turn: they come back in time.
    """

    class Held(Verified):
        def __init__(self, store: ShiftedStore) -> None:
            super().__init__(store)
            self.released = asyncio.Event()
            self.calls = 0

        async def take(self, request: web.Request) -> web.Response:
            self.calls += 1
            await self.released.wait()
            return await super().take(request)

    hanging, sound = Held(world.store), Held(world.store)
    async with world.days.relaying(), listening(hanging), listening(sound):
        await world.bench.hook(hanging.url)
        await world.happen(8)
        async with asyncio.timeout(10):
            while hanging.calls < 4:
                await asyncio.sleep(0.02)
        other = await world.bench.hook(sound.url)
        told = await world.happen(4)
        async with asyncio.timeout(20):
            while not any(it.due for it in await world.to(other)):
                await asyncio.sleep(0.02)
        sound.released.set()
        await sound.until(len(told))
        assert sorted(sound.ids()) == sorted(told)
        assert not hanging.released.is_set()
        assert hanging.calls <= 8, "four at a time"
        hanging.released.set()


async def test_times_of_the_machine_do_not_matter() -> None:
    with receiver_clock(utc_now() + HOUR):
        verifier = standardwebhooks.Webhook(SECRET)
        signature = verifier.sign("i", utc_now(), "{}")
        headers = {"webhook-id": "i", "webhook-signature": signature}
        headers["webhook-timestamp"] = str(int(utc_now().timestamp()))
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            verifier.verify("{}", headers)
