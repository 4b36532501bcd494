"""Subscriptions of receivers, as Affinda has them: made, looked at, changed and refused."""

from typing import Any

import pytest
from affinda.models import ResthookSubscriptionCreate, ResthookSubscriptionUpdate
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from services.ingest.resthooks import Resthooks
from shared.http.handshakes import Handshakes
from shared.http.targets import TargetPolicy
from shared.models.resthook import MAX_RESTHOOKS, Resthook
from shared.models.tenancy import Scope
from tests.api.affinda_client import api_of, calls, hooks_of
from tests.api.harness import SECRET, Caller, Gateway

BODY = {"targetUrl": "https://example.com/hook", "event": "document.parse.completed"}
HOOKS = "/v3/resthook_subscriptions"


async def test_the_life_of_a_subscription_through_the_client(
    gateway: Gateway, alice: Caller
) -> None:
    with api_of(gateway, alice) as api:
        wish = ResthookSubscriptionCreate(target_url=BODY["targetUrl"], event=BODY["event"])
        made = [await calls(api, "create_resthook_subscription")(wish) for _ in range(3)]
        page = await calls(api, "get_all_resthook_subscriptions")(offset=1, limit=1)
        assert (page.count, [it.id for it in page.results]) == (3, [made[1].id])
        assert page.next
        assert page.previous
        changed = await calls(api, "update_resthook_subscription")(
            made[0].id,
            ResthookSubscriptionUpdate(
                event="resume.parse.failed", workspace=alice.workspace, version="v2"
            ),
        )
        assert (changed.event, changed.workspace.identifier, changed.version) == (
            "resume.parse.failed", alice.workspace, "v2",
        )  # fmt: skip
        assert changed.target_url == BODY["targetUrl"]
        await calls(api, "delete_resthook_subscription")(made[0].id)
        with pytest.raises(ResourceNotFoundError):
            await calls(api, "get_resthook_subscription")(made[0].id)
        with pytest.raises(HttpResponseError) as wrong:
            await calls(api, "activate_resthook_subscription")("0" * 64)
        fault = wrong.value.model.errors[0]
        assert (wrong.value.status_code, fault.attr) == (400, "X-Hook-Secret")


async def test_what_cannot_be_subscribed_to_is_named(alice: Caller) -> None:
    wrong: list[tuple[dict[str, Any], int, str]] = [
        ({"event": "document.parse.suceeded"}, 400, "event"),
        ({"event": None}, 400, "event"),
        ({"targetUrl": None}, 400, "targetUrl"),
        ({"targetUrl": "http://169.254.169.254/latest"}, 400, "targetUrl"),
        ({"targetUrl": "ftp://example.com/hook"}, 400, "targetUrl"),
        ({"version": "v9"}, 400, "version"),
        ({"workspace": "0" * 36}, 404, "workspace"),
        ({"organization": "0" * 36}, 404, "organization"),
    ]
    for change, status, attr in wrong:
        body = {name: value for name, value in {**BODY, **change}.items() if value is not None}
        told = await alice.call("POST", HOOKS, status, json=body)
        assert (told["type"], told["errors"][0]["attr"]) == ("validation_error", attr)


async def test_version_2_has_the_same_without_places(gateway: Gateway, alice: Caller) -> None:
    hooks = "/v2/resthook_subscriptions"
    made = await alice.call("POST", hooks, 201, json={**BODY, "workspace": "is not looked at"})
    assert set(made) == {
        "id", "event", "targetUrl", "active", "autoDeactivated", "autoDeactivateReason", "version",
    }  # fmt: skip
    secret = Handshakes(SECRET).secret_of((await hooks_of(gateway, alice))[0].id)
    await alice.call("POST", f"{hooks}/activate", 400, headers={"X-Hook-Secret": "no"})
    active = await alice.call("POST", f"{hooks}/activate", 200, headers={"X-Hook-Secret": secret})
    assert (active["id"], active["active"]) == (made["id"], True)
    listed = await alice.call("GET", hooks, 200)
    assert (listed["count"], listed["results"]) == (1, [active])
    await alice.call("PATCH", f"{hooks}/{made['id']}", 200, json={"event": "document.rejected"})
    await alice.call("DELETE", f"{hooks}/{made['id']}", 204)
    await alice.call("GET", f"{hooks}/{made['id']}", 404)


async def test_what_belongs_to_others_does_not_exist(gateway: Gateway, alice: Caller) -> None:
    bob = await gateway.caller("bob")
    theirs = await bob.call("POST", HOOKS, 201, json=BODY)
    secret = Handshakes(SECRET).secret_of((await hooks_of(gateway, bob))[0].id)
    for method, more in (("GET", {}), ("PATCH", {"json": {}}), ("DELETE", {})):
        for number in (theirs["id"], 0, 10**15, "abc"):
            await alice.call(method, f"{HOOKS}/{number}", 404, **more)
    await alice.call("POST", f"{HOOKS}/activate", 400, headers={"X-Hook-Secret": secret})
    assert (await alice.call("GET", HOOKS, 200))["results"] == []
    body = {**BODY, "workspace": bob.workspace}
    await alice.call("POST", HOOKS, 404, json=body)
    await alice.call("POST", HOOKS, 404, json={**BODY, "organization": bob.organization})


async def test_a_key_of_one_workspace_subscribes_to_that_alone(
    gateway: Gateway, alice: Caller
) -> None:
    wide = await alice.call("POST", HOOKS, 201, json=BODY)
    other = await alice.call("POST", "/api/v1/workspaces", 201, json={"name": "other"})
    limited = await gateway.another(alice.organization, workspaces=(other["id"],))
    made = await limited.call("POST", HOOKS, 201, json=BODY)
    assert made["workspace"]["identifier"] == other["id"]
    await limited.call("GET", f"{HOOKS}/{wide['id']}", 404)
    await limited.call("POST", HOOKS, 404, json={**BODY, "workspace": alice.workspace})
    reader = await gateway.another(alice.organization, Scope.READ)
    await reader.call("POST", HOOKS, 403, json=BODY)
    await reader.call("GET", f"{HOOKS}/{wide['id']}", 200)


async def test_a_call_that_is_repeated_makes_one_subscription(
    gateway: Gateway, alice: Caller
) -> None:
    again = {"x-ms-client-request-id": "0b4a5a70-6f5f-4d1c-9d9e-000000000001"}
    first = await alice.call("POST", HOOKS, 201, json=BODY, headers=again)
    assert await alice.call("POST", HOOKS, 201, json=BODY, headers=again) == first
    assert len(await hooks_of(gateway, alice)) == 1


async def test_there_are_not_any_number_of_them(gateway: Gateway, alice: Caller) -> None:
    resthooks = Resthooks(
        gateway.store, gateway.outbox, Handshakes(SECRET), TargetPolicy("127.0.0.0/8")
    )
    for _ in range(MAX_RESTHOOKS):
        one = Resthook(organization=alice.organization, url="https://example.com/", topic="t")
        await resthooks.create(alice.tenant, one)
    await alice.call("POST", HOOKS, 409, json=BODY)
