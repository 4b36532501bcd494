"""Who may do what: a matrix over every operation there is, made from the route table.

A new operation is in it by itself; one with a path the matrix cannot fill fails the test.
"""

import itertools
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from shared.config import Settings
from shared.errors import REGISTRY
from shared.http import auth
from shared.http.keys import generate_key, may_be_key
from shared.http.operations import Operation
from shared.models.tenancy import Licence, Scope
from shared.models.time import utc_now
from shared.store.collections import API_KEYS, ORGANIZATIONS
from shared.store.port import Query
from tests.api.access_world import World, world_in
from tests.api.harness import (
    API,
    DOCUMENTS_PATH,
    PDF,
    Caller,
    Gateway,
    application,
    form,
    of_dialects,
    operations,
)

WRONG_AUTH = {
    "status": 401,
    "code": "WRONG_AUTH",
    "detail": "Authorization refused. No such key.",
}


def guarded() -> list[tuple[str, Operation]]:
    """Every operation that asks for a key, with its prefix."""
    return [it for it in operations() if it[1].scope is not None]


async def answer_of(
    world: World, method: str, path: str, headers: dict[str, str]
) -> tuple[int, Any, Any]:
    client = world.gateway.client()
    async with client.request(method, path, headers=headers, data=_body(path, method)) as answer:
        if answer.content_type != "application/json":
            return answer.status, None, answer.headers
        return answer.status, await answer.json(), answer.headers


def _body(path: str, method: str) -> aiohttp.FormData | None:
    return form(("a.pdf", PDF)) if (method, path) == ("POST", DOCUMENTS_PATH) else None


async def test_no_operation_answers_without_a_good_key(tmp_path: Path) -> None:
    async with world_in(tmp_path) as world:
        generated = generate_key(b"another pepper than the server's!").key
        mistyped = world.alice.key[:-1] + ("a" if world.alice.key[-1] != "a" else "b")
        wrong: list[dict[str, str]] = [
            {},
            {"Authorization": "Bearer"},
            {"Authorization": world.alice.key},
            {"Authorization": f"Basic {world.alice.key}"},
            {"X-API-Key": ""},
            *(
                {"Authorization": f"Bearer {key}"}
                for key in (
                    "garbage",
                    "g" * 64,
                    "ü" * 64,
                    "x" * 8000,
                    generated,
                    mistyped,
                    world.alice.key.lower(),
                    *(
                        world.keys[it]
                        for it in ("expired", "revoked", "of an organization that is gone")
                    ),
                )
            ),
        ]
        for (prefix, operation), headers in itertools.product(guarded(), wrong):
            path = world.path(prefix, operation, "alice")
            status, body, sent = await answer_of(world, operation.method, path, headers)
            assert body.pop("request_id") == sent["X-Request-ID"]
            assert (status, body) == (401, WRONG_AUTH), (operation.name, headers)
            assert sent["WWW-Authenticate"] == "Bearer"


async def test_a_key_without_the_scope_is_refused_and_with_it_is_not(tmp_path: Path) -> None:
    async with world_in(tmp_path) as world:
        ordered = sorted(guarded(), key=lambda it: it[1].method == "DELETE")
        for (prefix, operation), scope in itertools.product(ordered, Scope):
            path = world.path(prefix, operation, "alice")
            headers = {"X-API-Key": world.keys[scope.value]}
            status, body, _ = await answer_of(world, operation.method, path, headers)
            admin = scope is Scope.ADMIN and operation.scope is not Scope.OPERATE
            if scope is operation.scope or admin:
                assert status not in {401, 403}, (operation.name, scope, body)
                assert status < 500, (operation.name, body)
            else:
                assert (status, body["code"]) == (403, "NOT_ENOUGH_PERMISSIONS"), operation.name


async def test_what_belongs_to_others_does_not_exist(tmp_path: Path) -> None:
    async with world_in(tmp_path) as world:
        for prefix, operation in guarded():
            if "id" not in operation.path_parameters or operation.scope is Scope.OPERATE:
                continue
            path = world.path(prefix, operation, "bob")
            async with world.alice.client.request(
                operation.method, path, json=_plausible(operation)
            ) as answer:
                body = await answer.json()
                assert (answer.status, body["code"]) == (404, "NOT_FOUND"), operation.name
        for name, identity in world.things["bob"].items():
            if name not in {"users", "keys", "workspaces", "documents"}:
                continue
            await world.bob.call("GET", f"{API}/{name}/{identity}", 200)


def _plausible(operation: Operation) -> dict[str, str] | None:
    return {} if operation.method == "PATCH" else None


async def test_lists_hold_nothing_of_others(tmp_path: Path) -> None:
    async with world_in(tmp_path) as world:
        theirs = set(world.things["bob"].values())
        for prefix, operation in guarded():
            if not operation.paged or operation.scope is Scope.OPERATE:
                continue
            path = world.path(prefix, operation, "alice")
            async with world.alice.client.get(path) as answer:
                text = await answer.text()
                assert answer.status == 200, text
                assert "X-Cursor-ID" in answer.headers
            assert not [it for it in theirs if it in text], operation.name
            for filters in ("document", "subscription", "workspace"):
                value = world.things["bob"][f"{filters}s"]
                async with world.alice.client.get(path, params={filters: value}) as answer:
                    assert answer.status == 200
                    assert value not in await answer.text()


async def test_a_key_of_one_workspace_sees_nothing_of_the_others(tmp_path: Path) -> None:
    async with world_in(tmp_path) as world:
        mine = world.things["alice"]
        limited = await world.gateway.another(
            world.alice.organization, workspaces=(mine["workspaces"],)
        )
        hidden = (f"documents/{mine['documents']}", f"workspaces/{world.alice.workspace}",
                  f"subscriptions/{mine['subscriptions']}", f"deliveries/{mine['deliveries']}",
                  f"documents/{mine['documents']}/original")  # fmt: skip
        for path in hidden:
            await limited.call("GET", f"{API}/{path}", 404)
        for prefix, operation in guarded():
            if not operation.paged or operation.scope is not Scope.READ:
                continue
            path = world.path(prefix, operation, "alice")
            async with limited.client.get(path) as answer:
                assert mine["documents"] not in (await answer.text())
        workspaces = await limited.call("GET", f"{API}/workspaces", 200)
        assert [it["id"] for it in workspaces["workspaces"]] == [mine["workspaces"]]
        (document,) = await limited.upload(PDF)
        assert document["workspace"] == mine["workspaces"]
        body = await limited.call(
            "POST", DOCUMENTS_PATH, 422, data=form(("a.pdf", PDF), workspace="default")
        )
        assert body["code"] == "UNKNOWN_WORKSPACE"
        body = await limited.call(
            "POST",
            f"{API}/subscriptions",
            422,
            json={"url": "https://example.com/", "workspace": world.alice.workspace},
        )
        assert body["code"] == "UNKNOWN_WORKSPACE"
        for path in ("keys", "users"):
            body = await limited.call("GET", f"{API}/{path}", 403)
            assert body["code"] == "NOT_ENOUGH_PERMISSIONS"
        await limited.call("POST", f"{API}/workspaces", 403, json={"name": "more"})
        await limited.call("POST", f"{API}/keys", 403, json={"name": "more"})


@pytest.mark.parametrize(
    ("licence", "code"),
    [
        (Licence(granted=False), "NO_LICENCE"),
        (Licence(until=utc_now() - timedelta(days=1)), "EXPIRED_LICENCE"),
    ],
)
async def test_without_a_licence_nothing_works_but_what_grants_one(
    gateway: Gateway, alice: Caller, licence: Licence, code: str
) -> None:
    carol = await gateway.caller("carol", licence)
    operator = await gateway.another(carol.organization, Scope.OPERATE)
    for path in ("documents", "types", "workspaces", "keys"):
        body = await carol.call("GET", f"{API}/{path}", 403)
        assert (body["code"], body["detail"]) == (code, REGISTRY[body["code"]].summary)
    body = await carol.call("POST", DOCUMENTS_PATH, 403, data=form(("a.pdf", PDF)))
    assert body["code"] == code
    await alice.call("GET", DOCUMENTS_PATH, 200)
    granted = await operator.call(
        "PATCH", f"{API}/organizations/{carol.organization}", 200, json={"licence": {}}
    )
    assert granted["licence"] == {"state": "valid", "until": None}
    await carol.upload(PDF)


async def test_all_three_ways_to_send_a_key_work(gateway: Gateway, alice: Caller) -> None:
    for headers in (
        {"Authorization": f"Bearer {alice.key}"},
        {"Authorization": f"bearer   {alice.key}"},
        {"Authorization": f"API_KEY {alice.key}"},
        {"X-API-Key": alice.key},
    ):
        async with gateway.client().get(DOCUMENTS_PATH, headers=headers) as answer:
            assert answer.status == 200, headers


async def test_a_key_is_checked_before_the_body_is_read(gateway: Gateway) -> None:
    data = form(("a.txt", b"x" * 2_000_000))
    async with gateway.client("g" * 64).post(DOCUMENTS_PATH, data=data) as answer:
        assert answer.status == 401
    assert list(gateway.settings.spool.iterdir()) == []


async def test_a_revoked_key_is_refused_at_once_where_it_was_revoked(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    made = await alice.call("POST", f"{API}/keys", 201, json={"name": "short-lived"})
    other = gateway.client(made["key"])
    async with other.get(DOCUMENTS_PATH) as answer:
        assert answer.status == 200
    await bob.call("DELETE", made["links"]["self"], 404)
    async with alice.client.delete(made["links"]["self"]) as answer:
        assert answer.status == 204
    async with other.get(DOCUMENTS_PATH) as answer:
        assert answer.status == 401
    shown = await alice.call("GET", made["links"]["self"], 200)
    assert shown["revoked"] is not None


async def test_a_key_revoked_elsewhere_is_refused_when_it_is_looked_up_again(
    gateway: Gateway, alice: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert auth.CACHE_SECONDS <= 30
    monkeypatch.setattr(auth, "CACHE_SECONDS", 0.0)
    await alice.call("GET", DOCUMENTS_PATH, 200)
    keys = gateway.store.across(API_KEYS)
    for record in await keys.page(Query(), None, 100):
        if record.organization == alice.organization:
            await keys.replace(record.copy_with(revoked=utc_now()))
    refused = await alice.call("GET", DOCUMENTS_PATH, 401)
    assert {it: refused[it] for it in WRONG_AUTH} == WRONG_AUTH


async def test_the_store_holds_no_key_but_a_peppered_digest(
    gateway: Gateway, alice: Caller
) -> None:
    for record in await gateway.store.across(API_KEYS).page(Query(), None, 10):
        stored = record.model_dump_json()
        assert alice.key not in stored
        assert len(record.digest) == 64
        assert record.last_four == alice.key[-4:]
    organizations = await gateway.store.across(ORGANIZATIONS).page(Query(), None, 10)
    assert [it.name for it in organizations] == ["alice"]


def test_a_mistyped_generated_key_is_told_without_asking_the_store() -> None:
    key = generate_key(b"pepper").key
    assert key.startswith("dik_live_")
    assert may_be_key(key)
    for place in range(9, len(key)):
        swapped = "0" if key[place] != "0" else "1"
        mistyped = key[:place] + swapped + key[place + 1 :]
        if key[place] != "_":
            assert not may_be_key(mistyped)
    assert may_be_key("an operator's own bootstrap key!")
    assert not may_be_key("too short")


def test_no_route_is_without_an_operation(tmp_path: Path) -> None:
    """What is served beside the table is known by name."""
    beside = {"/livez", "/readyz", "/version", "/metrics", "/openapi.json", "/docs",
              "/docs/docs.js", "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js",
              "/docs/favicon-32x32.png", "/docdigitizer/openapi.json", "/documind/openapi.json",
              "/v3/docingester/openapi.json",
              "/affinda/openapi.json", "/asyncapi.json", "/",
                  "/review/{id}"}  # fmt: skip
    known = {f"{prefix}{operation.pattern}" for prefix, operation in operations()}
    known |= {f"{prefix}{operation.pattern}{{slash}}" for prefix, operation in of_dialects()}
    app: web.Application = application(Settings(_env_file=None, data_dir=tmp_path))
    served = {it.canonical for it in app.router.resources()}
    # Pages ask for a session instead: test_console_sessions.py tries them all.
    served = {it for it in served if not f"{it}/".startswith("/console/")}
    assert served == known | beside
    without = [it.name for _, it in operations() if it.scope is None]
    signed = ["askToUnsubscribe", "unsubscribe", "getLinkedDocument"]
    assert without == signed, "their links are signed"
