"""Webhooks over the API: tested, enabled, rotated; deliveries found, resent and replayed."""

from datetime import timedelta
from itertools import pairwise
from urllib.parse import quote

import pytest

from shared.models.delivery import (
    Delivery,
    DeliveryAttempt,
    DeliveryKind,
    Disabled,
    DisabledReason,
    NoticeName,
)
from shared.models.document import EventName
from shared.models.endpoint import Endpoint, endpoint_id
from shared.models.outbox import OutboxKind
from shared.models.time import to_iso, utc_now
from shared.models.work import Problem, Work, WorkState
from shared.store.collections import DELIVERIES, ENDPOINTS, SUBSCRIPTIONS
from tests.api.harness import API, Caller, Gateway, Json

PATH = f"{API}/subscriptions"
BEGIN = utc_now() - timedelta(hours=10)


@pytest.fixture
async def hook(alice: Caller) -> Json:
    made: Json = await alice.call("POST", PATH, 201, json={"url": "https://hooks.example.com/in"})
    return made


async def stored(gateway: Gateway, caller: Caller, hook: Json, **changes: object) -> Delivery:
    """A delivery of the webhook, failed at the schedule's end unless told otherwise."""
    problem = Problem(code="TARGET_REFUSED", detail="The receiver answered 500.")
    attempt = DeliveryAttempt(at=BEGIN, status=500, problem=problem, answer="Not <b>today</b>.")
    values: dict[str, object] = {
        "organization": caller.organization, "workspace": caller.workspace, "document": "d",
        "event": "e", "event_name": EventName.READY, "sequence": 5, "subscription": hook["id"],
        "payload": '{"type":"document.ready"}', "created": BEGIN, "attempts_made": 10,
        "work": Work(state=WorkState.FAILED, problem=problem), "log": [attempt], **changes,
    }  # fmt: skip
    record = Delivery(**values)  # type: ignore[arg-type]
    await gateway.store.of(caller.tenant, DELIVERIES).insert(record)
    return record


async def found(gateway: Gateway, caller: Caller, identity: str) -> Delivery:
    record = await gateway.store.of(caller.tenant, DELIVERIES).get(identity)
    assert record is not None
    return record


async def test_a_secret_signs_beside_its_successor_for_a_day_or_as_asked(
    gateway: Gateway, alice: Caller, hook: Json
) -> None:
    own, records = hook["links"]["self"], gateway.store.of(alice.tenant, SUBSCRIPTIONS)
    assert hook["former_until"] is None
    rotated = await alice.call("POST", f"{own}/rotate", 200)
    record = await records.get(hook["id"])
    assert record is not None
    (former,) = record.former
    assert (former.secret, record.secret) == (hook["secret"], rotated["secret"])
    assert timedelta(hours=23) < former.until - utc_now() <= timedelta(hours=24)
    shown = await alice.call("GET", own, 200)
    assert shown["former_until"] == to_iso(former.until)
    assert "whsec" not in str(shown)
    await alice.call("POST", f"{own}/rotate", 200, json={"overlap": 0})
    record = await records.get(hook["id"])
    assert record is not None
    assert [it.secret for it in record.former] == [hook["secret"]], "void at once"
    for _ in range(5):
        await alice.call("POST", f"{own}/rotate", 200)
    record = await records.get(hook["id"])
    assert record is not None
    assert len(record.former) == 3
    await alice.call("POST", f"{own}/rotate", 400, json={"overlap": -1})


async def test_a_test_is_a_delivery_of_its_own_made_once_per_key(
    gateway: Gateway, alice: Caller, bob: Caller, hook: Json
) -> None:
    path, once = f"{hook['links']['self']}/test", {"Idempotency-Key": "k"}
    made = await alice.call("POST", path, 201, headers=once)
    assert (made["event_name"], made["document"], made["state"]) == ("webhook.test", "", "waiting")
    assert await alice.call("POST", path, 201, headers=once) == made
    listed = await alice.call("GET", f"{API}/deliveries?event=webhook.test", 200)
    assert [it["id"] for it in listed["deliveries"]] == [made["id"]]
    body = await alice.call("GET", made["links"]["payload"], 200)
    assert body["type"] == "webhook.test"
    assert body["data"]["subscription"]["id"] == hook["id"]
    assert "secret" not in str(body)
    await bob.call("POST", path, 404)
    await bob.call("GET", made["links"]["payload"], 404)


async def test_one_that_was_given_up_says_why_and_is_enabled_again(
    gateway: Gateway, alice: Caller, bob: Caller, hook: Json
) -> None:
    now = utc_now()
    why = Disabled(at=now, reason=DisabledReason.FAILING, detail="The receiver answered 500.")
    await gateway.store.of(alice.tenant, SUBSCRIPTIONS).change(
        hook["id"], lambda it: it.copy_with(enabled=False, disabled=why)
    )
    endpoint = Endpoint(
        id=endpoint_id(alice.organization, hook["id"]), organization=alice.organization,
        failing_since=now, open_until=now, opened=3,
    )  # fmt: skip
    await gateway.store.of(alice.tenant, ENDPOINTS).insert(endpoint)
    own = hook["links"]["self"]
    shown = await alice.call("GET", own, 200)
    assert (shown["enabled"], shown["disabled"]["reason"]) == (False, "failing")
    assert shown["disabled"]["detail"] == "The receiver answered 500."
    assert (shown["failing_since"], shown["resting_until"]) == (to_iso(now), to_iso(now))
    assert (await alice.call("GET", PATH, 200))["subscriptions"] == [shown]
    missed = await stored(gateway, alice, hook)
    await alice.call("POST", f"{own}/replay", 409, json={"start": to_iso(BEGIN)})
    await alice.call("POST", f"{API}/deliveries/{missed.id}/resend", 409)
    await bob.call("POST", f"{own}/enable", 404)
    shown = await alice.call("POST", f"{own}/enable", 200)
    for name in ("disabled", "failing_since", "resting_until"):
        assert shown[name] is None
    assert shown["enabled"]
    changed = await alice.call("PATCH", own, 200, json={"ordered": True})
    assert (changed["ordered"], changed["enabled"]) == (True, True)
    async with alice.client.delete(own) as answer:
        assert answer.status == 204
    assert await gateway.store.of(alice.tenant, ENDPOINTS).get(endpoint.id) is None


async def test_deliveries_are_found_by_event_and_time(
    gateway: Gateway, alice: Caller, hook: Json
) -> None:
    events = [EventName.READY, EventName.READ, EventName.READY]
    made = [
        await stored(gateway, alice, hook, event_name=event, created=BEGIN + timedelta(hours=n))
        for n, event in enumerate(events)
    ]

    async def ids(query: str) -> list[str]:
        listed = await alice.call("GET", f"{API}/deliveries?{query}", 200)
        return [it["id"] for it in listed["deliveries"]]

    assert await ids("event=document.ready") == [made[2].id, made[0].id]
    assert await ids(f"event=document.ready&subscription={hook['id']}&maxRetrieve=1") == [
        made[2].id
    ]
    after = quote(to_iso(BEGIN + timedelta(minutes=30)))
    assert await ids(f"created_after={after}&event=document.ready") == [made[2].id]
    assert await ids(f"created_before={after}&state=failed") == [made[0].id]
    for query in ("event=document.lost", "created_after=yesterday", "event=webhook"):
        await alice.call("GET", f"{API}/deliveries?{query}", 400)
    shown = await alice.call("GET", f"{API}/deliveries/{made[0].id}", 200)
    assert shown["log"][0]["answer"] == "Not <b>today</b>."


async def test_a_delivery_is_sent_again_under_its_id_with_a_new_schedule(
    gateway: Gateway, alice: Caller, bob: Caller, hook: Json
) -> None:
    gave_up = await stored(gateway, alice, hook)
    path = f"{API}/deliveries/{gave_up.id}/resend"
    await bob.call("POST", path, 404)
    shown = await alice.call("POST", path, 200)
    assert (shown["state"], shown["attempts"], len(shown["log"])) == ("waiting", 0, 1)
    record = await found(gateway, alice, gave_up.id)
    assert record.event == gave_up.event
    assert len([it for it in record.outbox if it.kind is OutboxKind.JOB]) == 1
    again = await alice.call("POST", path, 200)
    assert again["state"] == "waiting"
    record = await found(gateway, alice, gave_up.id)
    assert len([it for it in record.outbox if it.kind is OutboxKind.JOB]) == 1, "one job"
    pulled = await stored(gateway, alice, hook, kind=DeliveryKind.PULL)
    await alice.call("POST", f"{API}/deliveries/{pulled.id}/resend", 409)
    orphan = await stored(gateway, alice, {"id": "removed"})
    await alice.call("POST", f"{API}/deliveries/{orphan.id}/resend", 409)


async def test_a_range_is_replayed_once_and_spread(
    gateway: Gateway, alice: Caller, bob: Caller, hook: Json
) -> None:
    done, running = Work(state=WorkState.DONE), Work(state=WorkState.WAITING)
    times = [BEGIN + timedelta(minutes=it) for it in range(6)]
    failed = [await stored(gateway, alice, hook, created=it) for it in times]
    went = await stored(gateway, alice, hook, created=times[2], work=done)
    waits = await stored(gateway, alice, hook, created=times[2], work=running)
    read = await stored(gateway, alice, hook, created=times[2], event_name=EventName.READ)
    test = await stored(gateway, alice, hook, created=times[2], event_name=NoticeName.TEST)
    path = f"{hook['links']['self']}/replay"
    wish = {
        "start": to_iso(times[1]), "end": to_iso(times[4]), "events": ["document.ready"],
        "per_second": 2, "id": "r",
    }  # fmt: skip
    await bob.call("POST", path, 404, json=wish)
    began = utc_now()
    answer = await alice.call("POST", path, 200, json=wish)
    assert (answer["id"], answer["replayed"], answer["more"]) == ("r", 4, False)
    records = [await found(gateway, alice, it.id) for it in failed]
    states = [it.work.state.value for it in records]
    assert states == ["failed", "waiting", "waiting", "waiting", "waiting", "failed"]
    due = [min(e.not_before for e in it.outbox if e.stage) for it in records[1:5]]
    assert [b - a for a, b in pairwise(due)] == [timedelta(seconds=0.5)] * 3
    assert due[0] > began
    assert answer["until"] == to_iso(due[-1])
    for it in (went, waits, read, test):
        assert (await found(gateway, alice, it.id)).rev == 0, "not meant"

    for one in failed[1:5]:  # sent, and refused again
        await gateway.store.of(alice.tenant, DELIVERIES).change(
            one.id, lambda it: it.copy_with(work=failed[0].work)
        )
    again = await alice.call("POST", path, 200, json=wish)
    assert again["replayed"] == 0, "each once by one replay"
    everything = {"start": to_iso(BEGIN), "only": "all"}
    more = await alice.call("POST", path, 200, json=everything)
    assert more["replayed"] == 8, "all but the test, and the one under way"
    records = [await found(gateway, alice, it.id) for it in (*failed, went, read)]
    first = min(e.not_before for it in records for e in it.outbox if e.stage)
    assert first > due[-1], "behind what was replayed before"
    for wrong in ({}, {**wish, "only": "some"}, {**wish, "per_second": 1000},
                  {"start": "2026-01-01"}, {**wish, "events": ["x"]}):  # fmt: skip
        await alice.call("POST", path, 400, json=wrong)


async def test_a_webhook_can_ask_for_notices_of_others(alice: Caller) -> None:
    wish = {"url": "https://h.example.com/", "events": ["subscription.disabled"], "ordered": True}
    made = await alice.call("POST", PATH, 201, json=wish)
    assert (made["events"], made["ordered"]) == (["subscription.disabled"], True)
