"""``Idempotency-Key``: a repeated call makes no second document."""

import asyncio

import pytest

from shared.store.collections import DOCUMENTS
from shared.store.port import Query
from tests.api.harness import DOCUMENTS_PATH, PDF, PNG, Caller, Gateway, Json, form


async def post(caller: Caller, key: str, *files: bytes, status: int = 202) -> Json:
    named = [(f"{number}.pdf", it) for number, it in enumerate(files)]
    headers = {"Idempotency-Key": key}
    return await caller.call("POST", DOCUMENTS_PATH, status, data=form(*named), headers=headers)


def ids(body: Json) -> list[str]:
    return [it["id"] for it in body["documents"]]


async def count(gateway: Gateway, caller: Caller) -> tuple[int, int]:
    """Documents, and files behind them."""
    documents = await gateway.store.of(caller.tenant, DOCUMENTS).count(Query(), 1000)
    return documents, len(await gateway.blobs.list(f"{caller.organization}/"))


async def test_a_repeat_gives_the_same_documents(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    first = await post(alice, "k", PDF, PNG)
    second = await post(alice, "k", PDF, PNG)
    assert ids(first) == ids(second)
    assert await count(gateway, alice) == (2, 2)
    other = await post(bob, "k", PDF, PNG)
    assert not set(ids(other)) & set(ids(first))


async def test_a_repeat_with_more_files_adds_them(gateway: Gateway, alice: Caller) -> None:
    first = await post(alice, "k", PDF)
    second = await post(alice, "k", PDF, PNG)
    assert ids(second)[0] == ids(first)[0]
    assert await count(gateway, alice) == (2, 2)


async def test_other_bytes_under_a_key_are_refused(gateway: Gateway, alice: Caller) -> None:
    await post(alice, "k", PDF)
    body = await post(alice, "k", PNG, status=409)
    assert body["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert await count(gateway, alice) == (1, 1)
    assert list(gateway.settings.spool.iterdir()) == []


async def test_fifty_at_once_make_one_document(gateway: Gateway, alice: Caller) -> None:
    bodies = await asyncio.gather(*(post(alice, "same", PDF, PNG) for _ in range(50)))
    assert len({tuple(ids(body)) for body in bodies}) == 1
    assert await count(gateway, alice) == (2, 2)
    assert list(gateway.settings.spool.iterdir()) == []


async def test_without_a_key_the_same_bytes_are_another_document(
    gateway: Gateway, alice: Caller
) -> None:
    await alice.upload(PDF)
    await alice.upload(PDF)
    assert await count(gateway, alice) == (2, 2)


@pytest.mark.parametrize("key", ["", "   ", "x" * 256, "two words", "ümlaut"])
async def test_a_key_that_cannot_be_one_is_a_bad_request(
    gateway: Gateway, alice: Caller, key: str
) -> None:
    body = await post(alice, key, PDF, status=400)
    assert body["code"] == "BAD_REQUEST"
    assert await count(gateway, alice) == (0, 0)


async def test_a_key_limited_to_a_workspace_does_not_see_into_another(
    gateway: Gateway, alice: Caller
) -> None:
    made = await alice.call("POST", "/api/v1/workspaces", 201, json={"name": "other"})
    limited = await gateway.another(alice.organization, workspaces=(made["id"],))
    await post(alice, "k", PDF)
    body = await post(limited, "k", PDF, status=409)
    assert body["code"] == "IDEMPOTENCY_KEY_REUSED"
