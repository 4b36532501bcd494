"""``Idempotency-Key`` on whatever makes something: once, and the same answer again."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.http.operations import Operation
from shared.models.remembered import KEPT, RememberedAnswer
from shared.models.tenancy import Scope
from shared.models.time import utc_now
from shared.stages.context import Runtime
from shared.stages.forgetting import Forgetting
from shared.store.collections import DOCUMENTS, REMEMBERED, USERS, WORKSPACES
from shared.store.port import Query
from tests.api.harness import API, PDF, Caller, Gateway, Json, form, operations

BODIES: dict[str, Json] = {
    "createType": {"name": "delivery_note", "fields": [{"name": "number", "type": "identifier"}]},
    "createWorkspace": {"name": "second"},
    "createSubscription": {"url": "https://example.com/hook"},
    "createResultQueue": {"name": "mine"},
    "createUser": {"name": "Ada", "email": "ada@example.com"},
    "createKey": {"name": "another"},
    "createOrganization": {"name": "Another"},
    "createReviewLink": {"name": "Ann"},
    "createMailbox": {"host": "imap.example.com", "user": "ann", "password": "s", "enabled": False},
}
BESIDE = {"uploadDocuments", "createTraining", "testSubscription", "createMailNotice"}
"""Made otherwise: see test_idempotency.py; a training needs reviews, notices a mail server."""


def creating() -> list[tuple[str, Operation]]:
    return [it for it in operations() if it[1].method == "POST" and 201 in it[1].answers]


def test_every_call_that_makes_something_takes_a_key() -> None:
    made = {it.name for _, it in creating()}
    assert made <= BODIES.keys() | BESIDE, "give a body for the new one"
    assert all(it.creates for _, it in creating())


async def asked(caller: Caller, path: str, body: Json, key: str = "k") -> tuple[int, Json, Any]:
    headers = {"Idempotency-Key": key}
    async with caller.client.post(path, json=body, headers=headers) as answer:
        return answer.status, await answer.json(), answer.headers


async def test_the_same_call_has_the_same_answer_and_another_is_refused(
    gateway: Gateway, alice: Caller
) -> None:
    everything = await gateway.another(alice.organization, *Scope)
    (document,) = await alice.upload()
    await gateway.finish(alice, document["id"], total="7.00")
    for prefix, operation in creating():
        if operation.name in BESIDE:
            continue
        path = f"{prefix}{operation.path}".replace("{id}", document["id"])
        body = BODIES[operation.name]
        status, first, headers = await asked(everything, path, body, operation.name)
        assert status == 201, (operation.name, first)
        assert "Idempotent-Replayed" not in headers
        status, second, headers = await asked(everything, path, body, operation.name)
        assert (status, second) == (201, first), operation.name
        assert headers["Idempotent-Replayed"] == "true"
        assert headers["Cache-Control"] == "no-store"
        other = {**body, "name": "changed"}
        status, refused, _ = await asked(everything, path, other, operation.name)
        assert (status, refused["code"]) == (409, "IDEMPOTENCY_KEY_REUSED"), operation.name


async def test_fifty_at_once_make_one(gateway: Gateway, alice: Caller) -> None:
    body = {"url": "https://example.com/hook"}
    answers = await asyncio.gather(*(asked(alice, f"{API}/subscriptions", body) for _ in range(50)))
    assert {it[0] for it in answers} == {201}
    assert len({it[1]["id"] for it in answers}) == 1
    listed = await alice.call("GET", f"{API}/subscriptions", 200)
    assert len(listed["subscriptions"]) == 1


async def test_an_error_is_not_remembered(gateway: Gateway, alice: Caller) -> None:
    user = BODIES["createUser"]
    status, _, _ = await asked(alice, f"{API}/users", {"name": "Ada"})
    assert status == 400
    status, made, _ = await asked(alice, f"{API}/users", user)
    assert status == 201
    status, _, _ = await asked(alice, f"{API}/users", user, "other")
    assert status == 409
    await alice.call("DELETE", made["links"]["self"], 204)
    status, again, _ = await asked(alice, f"{API}/users", user, "other")
    assert status == 201
    assert again["id"] != made["id"]


async def test_keys_of_others_are_theirs(gateway: Gateway, alice: Caller, bob: Caller) -> None:
    colleague = await gateway.another(alice.organization)
    ids = set()
    for caller, name in ((alice, "a"), (bob, "b"), (colleague, "c")):
        status, made, _ = await asked(caller, f"{API}/workspaces", {"name": name})
        assert status == 201
        ids.add(made["id"])
    assert len(ids) == 3


async def test_what_is_shown_once_is_not_stored_in_the_clear(
    gateway: Gateway, alice: Caller
) -> None:
    _, made, _ = await asked(alice, f"{API}/keys", {"name": "one"})
    (answer,) = await gateway.store.of(alice.tenant, REMEMBERED).page(Query(), None, 10)
    stored = answer.model_dump_json()
    assert made["key"] not in stored
    assert made["id"] not in stored
    _, again, _ = await asked(alice, f"{API}/keys", {"name": "one"})
    assert again["key"] == made["key"]


async def _age(gateway: Gateway, caller: Caller, **changes: Any) -> None:
    answers = gateway.store.of(caller.tenant, REMEMBERED)
    for answer in await answers.page(Query(), None, 10):
        await answers.change(answer.id, lambda it: it.copy_with(**changes))


async def test_after_a_day_the_key_is_free(gateway: Gateway, alice: Caller) -> None:
    _, first, _ = await asked(alice, f"{API}/keys", {"name": "one"})
    await _age(gateway, alice, since=utc_now() - KEPT + timedelta(minutes=1))
    _, same, _ = await asked(alice, f"{API}/keys", {"name": "one"})
    assert same["id"] == first["id"]
    await _age(gateway, alice, since=utc_now() - KEPT)
    status, second, _ = await asked(alice, f"{API}/keys", {"name": "two"})
    assert status == 201
    assert second["id"] != first["id"]


async def test_a_call_that_died_on_the_way_is_made_again(gateway: Gateway, alice: Caller) -> None:
    await asked(alice, f"{API}/users", BODIES["createUser"])
    users = gateway.store.of(alice.tenant, USERS)
    for user in await users.page(Query(), None, 10):
        await users.delete(user.id)
    await _age(gateway, alice, status=None, body="", until=utc_now())
    answers = await asyncio.gather(
        *(asked(alice, f"{API}/users", BODIES["createUser"]) for _ in range(5))
    )
    assert {it[0] for it in answers} == {201}
    assert len({it[1]["id"] for it in answers}) == 1


async def test_old_answers_are_forgotten(gateway: Gateway, alice: Caller) -> None:
    answers, now = gateway.store.of(alice.tenant, REMEMBERED), utc_now()
    for name, since in (("old", now - KEPT - timedelta(seconds=1)), ("new", now)):
        record = RememberedAnswer(
            id=name, organization=alice.organization, created=since, call="", since=since,
            until=since + timedelta(seconds=1), status=201,
        )  # fmt: skip
        await answers.insert(record)
    await Forgetting(Runtime(gateway.store, gateway.parts.broker)).step()
    assert [it.id for it in await answers.page(Query(), None, 10)] == ["new"]


async def test_a_document_frees_its_key_after_a_day(gateway: Gateway, alice: Caller) -> None:
    async def sent() -> str:
        body = await alice.call(
            "POST", f"{API}/documents", 202, data=form(("a.pdf", PDF)),
            headers={"Idempotency-Key": "k"},
        )  # fmt: skip
        return str(body["documents"][0]["id"])

    first = await sent()
    assert await sent() == first
    documents = gateway.store.of(alice.tenant, DOCUMENTS)
    await documents.change(first, lambda it: it.copy_with(created=it.created - KEPT))
    second = await sent()
    assert second != first
    assert await sent() == second


@pytest.mark.parametrize("key", ["", "x" * 256, "two words"])
async def test_a_key_that_cannot_be_one_is_refused(
    gateway: Gateway, alice: Caller, key: str
) -> None:
    status, refused, _ = await asked(alice, f"{API}/workspaces", {"name": "n"}, key)
    assert (status, refused["code"]) == (400, "BAD_REQUEST")
    assert await gateway.store.of(alice.tenant, WORKSPACES).count(Query(), 10) == 1


async def test_it_stands_in_the_description(gateway: Gateway, alice: Caller) -> None:
    served = await alice.call("GET", "/openapi.json", 200)
    for prefix, operation in creating():
        described = served["paths"][f"{prefix}{operation.pattern}"]["post"]
        headers = [it["name"] for it in described["parameters"] if it["in"] == "header"]
        assert headers == ["Idempotency-Key"], operation.name
        assert "IDEMPOTENCY_KEY_REUSED" in described["responses"]["409"]["description"]
