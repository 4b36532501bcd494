"""The same bytes again in one workspace, under each policy."""

import asyncio
from datetime import timedelta

import pytest

from services.ingest.duplicates import DuplicateError, Duplicates
from shared.models.document import Document, DocumentState
from shared.models.time import utc_now
from shared.store.collections import DOCUMENTS
from tests.api.harness import API, DOCUMENTS_PATH, PDF, PNG, Caller, Gateway, Json, form


async def governed(caller: Caller, **policies: object) -> Json:
    path = f"{API}/workspaces/{caller.workspace}"
    return await caller.call("PATCH", path, 200, json={"policies": policies})


async def linked(caller: Caller, **fields: str) -> Json:
    """A document that is final at once."""
    body = await caller.call("POST", DOCUMENTS_PATH, 200, data=form(("a.pdf", PDF), **fields))
    (document,) = body["documents"]
    return dict(document)


async def change(gateway: Gateway, caller: Caller, identity: str, **changes: object) -> None:
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    assert await documents.change(identity, lambda it: it.copy_with(**changes)) is not None


async def test_a_second_one_is_refused_and_the_first_named(gateway: Gateway, alice: Caller) -> None:
    shown = await governed(alice, duplicates="reject")
    assert shown["policies"]["duplicates"] == "reject"
    (first,) = await alice.upload(PDF)
    assert first["duplicate_of"] is None
    files = len(await gateway.blobs.list(f"{alice.organization}/"))
    body = await alice.call("POST", DOCUMENTS_PATH, 409, data=form(("again.pdf", PDF)))
    assert body["code"] == "DUPLICATE_DOCUMENT"
    assert first["id"] in body["detail"]
    body = await alice.call(
        "POST", DOCUMENTS_PATH, 202, data=form(("again.pdf", PDF), ("b.png", PNG))
    )
    (refused,) = body["rejected"]
    assert (refused["code"], refused["duplicate_of"]) == ("DUPLICATE_DOCUMENT", first["id"])
    assert len(body["documents"]) == 1
    assert len(await gateway.blobs.list(f"{alice.organization}/")) == files + 1
    assert list(gateway.settings.spool.iterdir()) == []


async def test_a_linked_one_names_its_twin_and_is_not_read(gateway: Gateway, alice: Caller) -> None:
    await governed(alice, duplicates="link")
    (first,) = await alice.upload(PDF)
    second = await linked(alice, reference="mine")
    assert (second["state"], second["duplicate_of"]) == ("ready", first["id"])
    assert second["reference"] == "mine"
    assert second["links"]["duplicate_of"] == f"{DOCUMENTS_PATH}/{first['id']}"
    third = await linked(alice)
    assert third["duplicate_of"] == first["id"], "not of one that was never read"
    stored = await gateway.store.of(alice.tenant, DOCUMENTS).get(second["id"])
    assert stored is not None
    assert stored.parts == []
    assert [it.name.value for it in stored.events] == ["document.received", "document.ready"]
    again = await alice.call("POST", f"{DOCUMENTS_PATH}/{second['id']}/reprocess", 202)
    assert (again["state"], again["duplicate_of"]) == ("received", first["id"])


async def test_one_to_process_names_its_twin(gateway: Gateway, alice: Caller) -> None:
    await governed(alice, duplicates="reprocess")
    (first,) = await alice.upload(PDF)
    (second,) = await alice.upload(PDF)
    assert (second["state"], second["duplicate_of"]) == ("received", first["id"])


async def test_twins_that_are_over_or_elsewhere_do_not_count(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    await governed(alice, duplicates="reject")
    await governed(bob, duplicates="reject")
    await bob.upload(PDF)
    other = await alice.call(
        "POST",
        f"{API}/workspaces",
        201,
        json={"name": "other", "policies": {"duplicates": "reject"}},
    )
    await alice.upload(PDF, workspace=other["id"])
    over = (
        DocumentState.EXPIRED,
        DocumentState.REJECTED,
        DocumentState.FAILED,
        DocumentState.CANCELLED,
    )
    for state in over:
        (made,) = await alice.upload(PDF)
        await alice.call("POST", DOCUMENTS_PATH, 409, data=form(("again.pdf", PDF)))
        await change(gateway, alice, made["id"], state=state, outbox=[])
    (made,) = await alice.upload(PDF)
    async with alice.client.delete(f"{DOCUMENTS_PATH}/{made['id']}") as answer:
        assert answer.status == 204
    await alice.upload(PDF)


async def test_one_that_came_before_the_policy_counts(gateway: Gateway, alice: Caller) -> None:
    (first,) = await alice.upload(PDF)
    await alice.upload(PDF)
    await governed(alice, duplicates="link")
    third = await linked(alice)
    assert third["duplicate_of"] == first["id"]


@pytest.mark.parametrize("policy", ["reject", "link"])
async def test_of_many_at_once_one_is_first(gateway: Gateway, alice: Caller, policy: str) -> None:
    await governed(alice, duplicates=policy)

    async def send() -> Json:
        async with alice.client.post(DOCUMENTS_PATH, data=form(("a.pdf", PDF))) as answer:
            return {"status": answer.status, **await answer.json()}

    answers = await asyncio.gather(*(send() for _ in range(20)))
    taken = [it["documents"][0] for it in answers if it["status"] in {200, 202}]
    firsts = [it["id"] for it in taken if it["duplicate_of"] is None]
    assert len(firsts) == 1
    if policy == "reject":
        assert len(taken) == 1
        assert all(firsts[0] in it["detail"] for it in answers if it["status"] == 409)
        assert len(await gateway.blobs.list(f"{alice.organization}/")) == 1
    else:
        assert {it["duplicate_of"] for it in taken} == {None, firsts[0]}
        assert len(taken) == 20


async def test_a_key_goes_before_the_policy(gateway: Gateway, alice: Caller) -> None:
    await governed(alice, duplicates="reject")
    ids = set()
    for _ in range(2):
        body = await alice.call(
            "POST",
            DOCUMENTS_PATH,
            202,
            data=form(("a.pdf", PDF)),
            headers={"Idempotency-Key": "k"},
        )
        ids.add(body["documents"][0]["id"])
    assert len(ids) == 1


async def waiting(gateway: Gateway, caller: Caller, name: str) -> Document:
    """A document whose file is still elsewhere."""
    body = await caller.call(
        "POST", DOCUMENTS_PATH, 202, json={"url": f"https://files.example/{name}"}
    )
    found = await gateway.store.of(caller.tenant, DOCUMENTS).get(body["documents"][0]["id"])
    assert found is not None
    return found


async def test_a_fetched_file_is_compared_when_it_has_come(gateway: Gateway, alice: Caller) -> None:
    await governed(alice, duplicates="reject")
    one, two = await waiting(gateway, alice, "a.pdf"), await waiting(gateway, alice, "b.pdf")
    duplicates = Duplicates(gateway.store)
    assert await duplicates.claim(one, "f" * 64) is None
    assert await duplicates.claim(one, "f" * 64) is None, "fetched again after a crash"
    with pytest.raises(DuplicateError) as refused:
        await duplicates.claim(two, "f" * 64)
    assert refused.value.twin == one.id
    await change(gateway, alice, one.id, state=DocumentState.FAILED)
    assert await duplicates.claim(two, "f" * 64) is None


async def test_documents_of_no_wanted_type_are_rejected(gateway: Gateway, alice: Caller) -> None:
    await governed(alice, reject_invalid=True, types=["invoice"])
    (made,) = await alice.upload(PDF)
    await gateway.finish(alice, made["id"], total="7.00")
    told = await alice.call("GET", f"{DOCUMENTS_PATH}/{made['id']}", 200)
    assert (told["state"], told["error"]["code"]) == ("rejected", "TYPE_NOT_ACCEPTED")
    assert told["type"]["name"] == "receipt"
    await governed(alice, types=[])
    (made,) = await alice.upload(PDF)
    await gateway.finish(alice, made["id"], total="7.00")
    told = await alice.call("GET", f"{DOCUMENTS_PATH}/{made['id']}", 200)
    assert told["state"] == "ready"


async def test_what_is_no_policy_is_refused(gateway: Gateway, alice: Caller) -> None:
    path = f"{API}/workspaces/{alice.workspace}"
    for policies, status in (
        ({"duplicates": "maybe"}, 400),
        ({"retention_days": 0}, 400),
        ({"retention_days": 40_000}, 400),
        ({"more": True}, 400),
        ({"types": ["nothing_known"]}, 422),
    ):
        await alice.call("PATCH", path, status, json={"policies": policies})
    shown = await governed(alice, split="auto", retention_days=30)
    shown = await governed(alice, retention_days=None)
    assert shown["policies"] == {
        "duplicates": "off",
        "reject_invalid": False,
        "types": [],
        "split": "auto",
        "retention_days": None,
    }


async def test_documents_expire_when_their_workspace_or_their_sender_says(
    gateway: Gateway, alice: Caller
) -> None:
    await governed(alice, retention_days=30)
    sooner = (utc_now() + timedelta(days=3)).isoformat()
    later = (utc_now() + timedelta(days=300)).isoformat()
    documents = gateway.store.of(alice.tenant, DOCUMENTS)
    for given, days in (("", 30), (sooner, 3), (later, 30)):
        (made,) = await alice.upload(PNG, **({"expires": given} if given else {}))
        stored = await documents.get(made["id"])
        assert stored is not None
        assert stored.expires is not None
        assert abs(stored.expires - utc_now() - timedelta(days=days)) < timedelta(minutes=5)
