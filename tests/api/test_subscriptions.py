"""Webhooks and their deliveries over the API."""

import base64

import pytest

from shared.config import Settings
from shared.models.delivery import Delivery, DeliveryAttempt
from shared.models.document import EventName
from shared.models.time import utc_now
from shared.models.work import Problem, Work, WorkState
from shared.store.collections import DELIVERIES
from tests.api.harness import API, Caller, Gateway, running

HOOK = {"url": "https://hooks.example.com/in"}
PATH = f"{API}/subscriptions"


async def test_a_webhook_has_its_address_for_itself_and_its_secret_is_shown_once(
    alice: Caller, bob: Caller
) -> None:
    made = await alice.call("POST", PATH, 201, json={**HOOK, "events": ["document.ready"]})
    kind, _, secret = made["secret"].partition("_")
    assert kind == "whsec"
    assert len(base64.b64decode(secret, validate=True)) == 32
    assert made["workspace"] == alice.workspace
    own = made["links"]["self"]
    shown = await alice.call("GET", own, 200)
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    assert (await alice.call("POST", PATH, 409, json=HOOK))["code"] == "CONFLICT"
    theirs = await bob.call("POST", PATH, 201, json=HOOK)
    assert theirs["id"] != made["id"]
    listed = await alice.call("GET", PATH, 200)
    assert listed == {"subscriptions": [shown]}
    for path in made["links"].values():
        await alice.call("GET", path, 200)


async def test_a_workspace_has_several_webhooks_each_with_its_filters(
    alice: Caller, bob: Caller
) -> None:
    made = [
        await alice.call("POST", PATH, 201, json={"url": f"https://h.example.com/{n}", **filters})
        for n, filters in enumerate(({}, {"types": ["invoice"]}, {"events": ["document.ready"]}))
    ]
    assert [it["types"] for it in made] == [[], ["invoice"], []]
    assert len({it["secret"] for it in made}) == 3
    listed = (await alice.call("GET", PATH, 200))["subscriptions"]
    assert [it["id"] for it in listed] == [it["id"] for it in made][::-1]
    changed = await alice.call("PATCH", made[1]["links"]["self"], 200, json={"types": []})
    assert changed["types"] == []
    assert (await bob.call("GET", PATH, 200))["subscriptions"] == []


async def test_a_webhook_is_changed_rotated_and_removed(alice: Caller, bob: Caller) -> None:
    made = await alice.call("POST", PATH, 201, json=HOOK)
    own = made["links"]["self"]
    changed = await alice.call("PATCH", own, 200, json={"enabled": False})
    assert (changed["enabled"], changed["url"]) == (False, HOOK["url"])
    changed = await alice.call("PATCH", own, 200, json={"url": "http://other.example.com:8443/"})
    assert changed["url"] == "http://other.example.com:8443/"
    assert changed["enabled"] is False
    rotated = await alice.call("POST", f"{own}/rotate", 200)
    assert rotated["secret"] != made["secret"]
    for method, path, body in (
        ("PATCH", own, {"enabled": True}),
        ("POST", f"{own}/rotate", None),
        ("DELETE", own, None),
    ):
        await bob.call(method, path, 404, json=body)
    async with alice.client.delete(own) as answer:
        assert answer.status == 204
    await alice.call("GET", own, 404)
    await alice.call("POST", PATH, 201, json=HOOK)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://[::1]:8080/", "https://10.0.0.1/", "ftp://example.com/x",
     "http://user:pw@example.com/", "http://169.254.169.254/latest", "javascript:alert(1)"],
)  # fmt: skip
async def test_an_address_that_is_not_allowed_is_told_at_once(alice: Caller, url: str) -> None:
    body = await alice.call("POST", PATH, 422, json={"url": url})
    assert body["code"] == "TARGET_BLOCKED"
    made = await alice.call("POST", PATH, 201, json=HOOK)
    body = await alice.call("PATCH", made["links"]["self"], 422, json={"url": url})
    assert body["code"] == "TARGET_BLOCKED"


async def test_an_operator_can_allow_private_addresses(settings: Settings) -> None:
    allowing = settings.model_copy(update={"allow_private_targets": "10.0.0.0/8"})
    async with running(allowing) as gateway:
        carol, dave = await gateway.caller("carol"), await gateway.caller("dave")
        await carol.call("POST", PATH, 201, json={"url": "http://10.0.0.1:81/"})
        await dave.call("POST", PATH, 422, json={"url": "http://192.168.0.1/"})


@pytest.mark.parametrize(
    "wish",
    [{}, {"url": 1}, {**HOOK, "events": ["document.lost"]}, {**HOOK, "secret": "mine"},
     {**HOOK, "organization": "x"}],
)  # fmt: skip
async def test_a_webhook_that_cannot_be(alice: Caller, wish: dict[str, object]) -> None:
    assert (await alice.call("POST", PATH, 400, json=wish))["code"] == "BAD_REQUEST"


async def test_deliveries_are_listed_with_their_tries(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    (document,) = await alice.upload()
    hook = await alice.call("POST", PATH, 201, json=HOOK)
    problem = Problem(code="TARGET_REFUSED", detail="The receiver answered 500.")
    failed = Delivery(
        organization=alice.organization,
        workspace=alice.workspace,
        document=document["id"],
        event="e1",
        event_name=EventName.READY,
        sequence=5,
        subscription=hook["id"],
        payload='{"secret": "content"}',
        work=Work(state=WorkState.WAITING, attempts=1, problem=problem),
        log=[DeliveryAttempt(at=utc_now(), status=500, problem=problem, milliseconds=12)],
        attempts_made=1,
    )
    done = failed.copy_with(id=document["id"], work=Work(state=WorkState.DONE))
    for record in (failed, done):
        await gateway.store.of(alice.tenant, DELIVERIES).insert(record)
    path = f"{API}/deliveries"
    assert len((await alice.call("GET", path, 200))["deliveries"]) == 2
    (shown,) = (await alice.call("GET", f"{path}?state=waiting", 200))["deliveries"]
    assert (shown["state"], shown["attempts"], shown["event_name"]) == (
        "waiting", 1, "document.ready",
    )  # fmt: skip
    assert shown["log"][0]["status"] == 500
    assert shown["next_attempt"] is not None
    assert "content" not in str(shown)
    assert await alice.call("GET", shown["links"]["self"], 200) == shown
    for link in shown["links"].values():
        await alice.call("GET", link, 200)
    for query in (f"document={document['id']}", f"subscription={hook['id']}"):
        assert len((await alice.call("GET", f"{path}?{query}", 200))["deliveries"]) == 2
        assert (await bob.call("GET", f"{path}?{query}", 200))["deliveries"] == []
    await alice.call("GET", f"{path}?state=lost", 400)
    await bob.call("GET", shown["links"]["self"], 404)
