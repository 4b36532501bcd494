"""Organizations, workspaces, users and keys."""

from datetime import timedelta

import pytest

from services.ingest.tenants import FIRST_ORGANIZATION, bootstrap
from shared.models.ids import new_id
from shared.models.tenancy import Scope
from shared.models.time import to_iso, utc_now
from shared.store.collections import API_KEYS, ORGANIZATIONS
from shared.store.port import Query
from tests.api.harness import API, DOCUMENTS_PATH, SECRET, Caller, Gateway

BOOTSTRAP = "a bootstrap key, of any 32 characters or more"


async def operator_of(gateway: Gateway, caller: Caller) -> Caller:
    return await gateway.another(caller.organization, Scope.ADMIN, Scope.OPERATE)


async def test_bootstrapping_twice_is_like_once(gateway: Gateway, alice: Caller) -> None:
    first = await bootstrap(gateway.store, SECRET, BOOTSTRAP)
    assert await bootstrap(gateway.store, SECRET, BOOTSTRAP) == first
    keys = await gateway.store.across(API_KEYS).page(Query(), None, 100)
    assert len([it for it in keys if it.organization == first]) == 1
    organizations = await gateway.store.across(ORGANIZATIONS).page(Query(), None, 100)
    assert sorted(it.name for it in organizations) == ["alice", FIRST_ORGANIZATION]
    async with gateway.client(BOOTSTRAP).get(DOCUMENTS_PATH) as answer:
        assert answer.status == 200
    async with gateway.client(BOOTSTRAP).get(f"{API}/organizations") as answer:
        assert len((await answer.json())["organizations"]) == 2
    with pytest.raises(ValueError, match="32"):
        await bootstrap(gateway.store, SECRET, "too short")


async def test_an_operator_founds_an_organization_and_gives_it_its_first_key(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    operator = await operator_of(gateway, alice)
    made = await operator.call("POST", f"{API}/organizations", 201, json={"name": "Carol AG"})
    assert made["licence"] == {"state": "valid", "until": None}
    wish = {"name": "first", "organization": made["id"], "scopes": ["admin"]}
    key = await operator.call("POST", f"{API}/keys", 201, json=wish)
    carol = Caller(made["id"], key["key"], gateway.client(key["key"]))
    (document,) = await carol.upload()
    assert document["workspace"] == carol.workspace
    for other in (alice, bob):
        await other.call("GET", document["links"]["self"], 404)
    listed = await operator.call("GET", made["links"]["keys"], 200)
    assert [it["id"] for it in listed["keys"]] == [key["id"]]
    for path in (made["links"]["self"], made["links"]["collection"]):
        body = await alice.call("GET", path, 403)
        assert body["code"] == "NOT_ENOUGH_PERMISSIONS"


async def test_to_anyone_else_another_organization_does_not_exist(
    alice: Caller, bob: Caller
) -> None:
    wish = {"name": "k", "organization": bob.organization}
    assert (await alice.call("POST", f"{API}/keys", 404, json=wish))["code"] == "NOT_FOUND"
    await alice.call("GET", f"{API}/keys?organization={bob.organization}", 404)
    await alice.call("GET", f"{API}/keys?organization={alice.organization}", 200)


async def test_names_of_organizations_are_taken_once(gateway: Gateway, alice: Caller) -> None:
    operator = await operator_of(gateway, alice)
    body = await operator.call("POST", f"{API}/organizations", 409, json={"name": "alice"})
    assert body["code"] == "CONFLICT"
    made = await operator.call("POST", f"{API}/organizations", 201, json={"name": "new"})
    body = await operator.call("PATCH", made["links"]["self"], 409, json={"name": "alice"})
    assert body["code"] == "CONFLICT"
    body = await operator.call("PATCH", made["links"]["self"], 200, json={"name": "newer"})
    assert body["name"] == "newer"
    await operator.call("GET", f"{API}/organizations/{new_id()}", 404)


async def test_a_licence_taken_away_stops_the_organization_at_once(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    operator = await operator_of(gateway, alice)
    await bob.call("GET", DOCUMENTS_PATH, 200)
    path = f"{API}/organizations/{bob.organization}"
    body = await operator.call("PATCH", path, 200, json={"licence": {"granted": False}})
    assert body["licence"]["state"] == "none"
    assert (await bob.call("GET", DOCUMENTS_PATH, 403))["code"] == "NO_LICENCE"
    past = to_iso(utc_now() - timedelta(days=1))
    await operator.call("PATCH", path, 200, json={"licence": {"until": past}})
    assert (await bob.call("GET", DOCUMENTS_PATH, 403))["code"] == "EXPIRED_LICENCE"
    await alice.call("GET", DOCUMENTS_PATH, 200)


async def test_a_key_is_shown_once_and_works(gateway: Gateway, alice: Caller, bob: Caller) -> None:
    wish = {"name": "reader", "scopes": ["documents:read"], "expires": "2999-01-01T00:00:00Z"}
    made = await alice.call("POST", f"{API}/keys", 201, json=wish)
    assert made["key"].startswith("dik_live_")
    assert made["key"].endswith(made["last_four"])
    async with gateway.client(made["key"]).get(DOCUMENTS_PATH) as answer:
        assert answer.status == 200
    shown = await alice.call("GET", made["links"]["self"], 200)
    assert "key" not in shown
    assert shown["last_used"] is not None
    assert {**shown, "last_used": None, "key": made["key"]} == made
    listed = await alice.call("GET", f"{API}/keys", 200)
    assert made["key"] not in str(listed)
    assert [it["name"] for it in listed["keys"]] == ["reader", "test"]
    assert len((await bob.call("GET", f"{API}/keys", 200))["keys"]) == 1


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"name": ""}, 400, "BAD_REQUEST"),
        ({"name": "k", "scopes": []}, 400, "BAD_REQUEST"),
        ({"name": "k", "scopes": ["everything"]}, 400, "BAD_REQUEST"),
        ({"name": "k", "scopes": ["operate"]}, 403, "NOT_ENOUGH_PERMISSIONS"),
        ({"name": "k", "workspaces": []}, 400, "BAD_REQUEST"),
        ({"name": "k", "workspaces": [new_id()]}, 422, "UNKNOWN_WORKSPACE"),
        ({"name": "k", "user": new_id()}, 422, "INCOHERENT_DATA"),
        ({"name": "k", "expires": "1999-01-01T00:00:00Z"}, 400, "BAD_REQUEST"),
        ({"name": "k", "expires": "never"}, 400, "BAD_REQUEST"),
        ({"name": "k", "digest": "00"}, 400, "BAD_REQUEST"),
    ],
)
async def test_a_key_that_may_not_be(
    alice: Caller, wish: dict[str, object], status: int, code: str
) -> None:
    assert (await alice.call("POST", f"{API}/keys", status, json=wish))["code"] == code


async def test_a_key_cannot_reach_into_another_organizations_workspace(
    alice: Caller, bob: Caller
) -> None:
    wish = {"name": "k", "workspaces": [bob.workspace]}
    assert (await alice.call("POST", f"{API}/keys", 422, json=wish))["code"] == "UNKNOWN_WORKSPACE"


async def test_workspaces_are_made_changed_and_listed(alice: Caller, bob: Caller) -> None:
    made = await alice.call(
        "POST", f"{API}/workspaces", 201, json={"name": "Einkauf", "review_threshold": 0.5}
    )
    assert (made["name"], made["default"], made["review_threshold"]) == ("Einkauf", False, 0.5)
    body = await alice.call("POST", f"{API}/workspaces", 409, json={"name": "Einkauf"})
    assert body["code"] == "CONFLICT"
    await bob.call("POST", f"{API}/workspaces", 201, json={"name": "Einkauf"})
    own = made["links"]["self"]
    changed = await alice.call("PATCH", own, 200, json={"name": "Verkauf"})
    assert (changed["name"], changed["review_threshold"]) == ("Verkauf", 0.5)
    path = changed["links"]["self"]
    assert changed["region"] is None
    for region in ("DE", None):
        left = await alice.call("PATCH", path, 200, json={"region": region})
        assert (left["region"], left["name"]) == (region, "Verkauf")
    await bob.call("PATCH", own, 404, json={"name": "Mine"})
    for bad in ({"review_threshold": 2}, {"region": "Germany"}, {"name": ""}, {"default": True}):
        await alice.call("PATCH", own, 400, json=bad)
    listed = await alice.call("GET", f"{API}/workspaces", 200)
    assert [it["name"] for it in listed["workspaces"]] == ["Verkauf", "default"]
    for path in made["links"].values():
        await alice.call("GET", path, 200)


async def test_users(alice: Caller, bob: Caller) -> None:
    wish = {"name": "Ann", "email": "Ann@Example.com"}
    made = await alice.call("POST", f"{API}/users", 201, json=wish)
    assert made["email"] == "ann@example.com"
    assert (await alice.call("POST", f"{API}/users", 409, json=wish))["code"] == "CONFLICT"
    await bob.call("POST", f"{API}/users", 201, json=wish)
    await alice.call("POST", f"{API}/users", 400, json={"name": "Ann", "email": "no address"})
    key = await alice.call("POST", f"{API}/keys", 201, json={"name": "hers", "user": made["id"]})
    assert key["user"] == made["id"]
    await bob.call("DELETE", made["links"]["self"], 404)
    async with alice.client.delete(made["links"]["self"]) as answer:
        assert answer.status == 204
    await alice.call("GET", made["links"]["self"], 404)
    assert (await alice.call("GET", f"{API}/users", 200))["users"] == []
