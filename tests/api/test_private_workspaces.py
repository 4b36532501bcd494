"""Private workspaces are there for their members; a workspace goes with all that is in it."""

from typing import Any

from shared.models.ids import new_id
from shared.models.tenancy import Scope
from shared.store.collections import COLLECTIONS
from shared.store.port import Query
from tests.api.harness import API, DOCUMENTS_PATH, PDF, Caller, Gateway, Json, form

SPACES = f"{API}/workspaces"


async def person(gateway: Gateway, alice: Caller, name: str) -> tuple[str, Caller]:
    user = {"name": name, "email": f"{name}@x.example"}
    made = await alice.call("POST", f"{API}/users", 201, json=user)
    return made["id"], await gateway.another(alice.organization, user=made["id"])


async def private(alice: Caller, *members: str) -> Json:
    wish: dict[str, Any] = {"name": "secret", "visibility": "private", "members": list(members)}
    return await alice.call("POST", SPACES, 201, json=wish)


async def names(caller: Caller) -> list[str]:
    body = await caller.call("GET", SPACES, 200)
    return sorted(it["name"] for it in body["workspaces"])


async def test_a_private_workspace_does_not_exist_for_who_is_no_member(
    gateway: Gateway, alice: Caller
) -> None:
    ann, anns = await person(gateway, alice, "ann")
    _, bens = await person(gateway, alice, "ben")
    assert await names(bens) == ["default"]  # his key is known from now on
    space = await private(alice, ann)
    (document,) = await anns.upload(workspace=space["id"])
    for caller, status in ((anns, 200), (alice, 200), (bens, 404)):
        await caller.call("GET", space["links"]["self"], status)
        await caller.call("GET", document["links"]["self"], status)
        await caller.call("GET", f"{document['links']['self']}/review", status)
        await caller.call("GET", space["links"]["address"], status)
    assert await names(anns) == await names(alice) == ["default", "secret"]
    assert await names(bens) == ["default"]
    for path in (DOCUMENTS_PATH, f"{DOCUMENTS_PATH}?workspace={space['id']}"):
        assert (await bens.call("GET", path, 200))["documents"] == []
        assert len((await anns.call("GET", path, 200))["documents"]) == 1
    data = form(("a.pdf", PDF), workspace=space["id"])
    body = await bens.call("POST", DOCUMENTS_PATH, 422, data=data)
    assert body["code"] == "UNKNOWN_WORKSPACE"
    await bens.call("PATCH", space["links"]["self"], 404, json={"visibility": "organization"})
    await bens.call("DELETE", space["links"]["self"], 404)
    await bens.call(
        "POST",
        f"{API}/subscriptions",
        422,
        json={"url": "https://example.com/h", "workspace": space["id"]},
    )


async def test_who_does_not_see_all_cannot_come_to_it_by_another_way(
    gateway: Gateway, alice: Caller
) -> None:
    ben, bens = await person(gateway, alice, "ben")
    await private(alice)
    body = await bens.call("POST", f"{API}/keys", 403, json={"name": "of nobody"})
    assert body["code"] == "NOT_ENOUGH_PERMISSIONS"
    key = await bens.call("POST", f"{API}/keys", 201, json={"name": "his", "user": ben})
    other = Caller(alice.organization, key["key"], gateway.client(key["key"]))
    assert await names(other) == ["default"]
    queue = await bens.call("POST", f"{API}/result-queues", 201, json={"name": "all"})
    assert queue["workspace"] == alice.workspace  # not all of them
    await alice.call("POST", f"{API}/result-queues", 201, json={"name": "everything"})
    await bens.call("GET", f"{API}/result-queues/everything", 404)


async def test_members_change_at_once_and_are_people_of_the_organization(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    ben, bens = await person(gateway, alice, "ben")
    stranger, _ = await person(gateway, bob, "carl")
    mine = await private(bens)
    assert mine["members"] == [ben]  # else he would have lost it
    assert await names(bens) == ["default", "secret"]
    for wrong in (stranger, new_id()):
        body = await alice.call("PATCH", mine["links"]["self"], 422, json={"members": [wrong]})
        assert body["code"] == "INCOHERENT_DATA"
    await alice.call("PATCH", mine["links"]["self"], 200, json={"members": []})
    assert await names(bens) == ["default"]
    await alice.call("PATCH", mine["links"]["self"], 200, json={"visibility": "organization"})
    assert await names(bens) == ["default", "secret"]
    closed = await bens.call("PATCH", mine["links"]["self"], 200, json={"visibility": "private"})
    assert closed["members"] == [ben]


async def test_who_was_removed_is_no_member_any_more(gateway: Gateway, alice: Caller) -> None:
    ben, bens = await person(gateway, alice, "ben")
    await private(alice, ben)
    assert await names(bens) == ["default", "secret"]
    await alice.call("DELETE", f"{API}/users/{ben}", 204)
    assert await names(bens) == ["default"]


async def test_a_workspace_goes_with_all_that_is_in_it(gateway: Gateway, alice: Caller) -> None:
    space = await alice.call("POST", SPACES, 201, json={"name": "old"})
    own = {"workspace": space["id"]}
    documents = [*await alice.upload(PDF, PDF + b" ", **own)]
    await gateway.finish(alice, documents[0]["id"], total="1.00")
    await alice.call(
        "POST", f"{API}/subscriptions", 201, json={"url": "https://example.com/h", **own}
    )
    await alice.call("POST", f"{API}/result-queues", 201, json={"name": "q", **own})
    kind = {"name": "mine", "fields": [{"name": "a"}], **own}
    await alice.call("POST", f"{API}/types", 201, json=kind)
    (kept,) = await alice.upload(PDF)
    reader = await gateway.another(alice.organization, Scope.READ)
    await reader.call("DELETE", space["links"]["self"], 403)
    await alice.call("DELETE", space["links"]["self"], 204)
    await alice.call("DELETE", space["links"]["self"], 404)
    for document in documents:
        await alice.call("GET", document["links"]["self"], 404)
    await alice.call("GET", kept["links"]["self"], 200)
    for collection in COLLECTIONS:
        rows = await gateway.store.of(alice.tenant, collection).page(Query(), None, 100)
        left = [it for it in rows if getattr(it, "workspace", None) == space["id"]]
        assert not left, collection.name
    for document in documents:
        assert await gateway.blobs.list(f"{alice.organization}/{document['id']}/") == []
    default = f"{SPACES}/{alice.workspace}"
    assert (await alice.call("DELETE", default, 409))["code"] == "CONFLICT"
