"""What every store shows to whom: organizations, workspaces, and private ones."""

import pytest

from shared.models.delivery import QueueMode, ResultQueue
from shared.models.document import Document
from shared.models.tenancy import Workspace
from shared.store.collections import (
    DOCUMENTS,
    RESULT_QUEUES,
    WORKSPACES,
)
from shared.store.port import Query, Repository, Store, Tenant
from tests.contracts.store_fixtures import (
    OURS,
    THEIRS,
    document,
    documents,
    mongo_wire,
    store,
    store_url,
    their_documents,
)

__all__ = ["documents", "mongo_wire", "store", "store_url", "their_documents"]
Documents = Repository[Document]


async def test_records_of_others_cannot_be_stored(documents: Documents, store: Store) -> None:
    with pytest.raises(ValueError, match="tenant"):
        await documents.insert(document(THEIRS))
    limited = store.of(Tenant(OURS.organization, frozenset({"w1"})), DOCUMENTS)
    with pytest.raises(ValueError, match="tenant"):
        await limited.insert(document(workspace="w2"))


@pytest.mark.parametrize("allowed", [{"w1"}, {"w1", "w2"}, set()])
async def test_a_limited_tenant_sees_its_workspaces_only(
    store: Store, documents: Documents, their_documents: Documents, allowed: set[str]
) -> None:
    all_of_them = [
        document(workspace=f"w{n % 4}", idempotency_key=str(n), reference="r") for n in range(12)
    ]
    for one in all_of_them:
        await documents.insert(one)
    await their_documents.insert(document(THEIRS, workspace="w1"))
    limited = store.of(Tenant(OURS.organization, frozenset(allowed)), DOCUMENTS)
    visible = [it for it in all_of_them if it.workspace in allowed]
    ids = {it.id for it in visible}

    for query in (Query(), Query({"reference": "r"}), Query({"state": "received"})):
        assert {it.id for it in await limited.page(query, None, 100)} == ids
        assert await limited.count(query, 100) == len(ids)
    in_w2 = {it.id for it in visible if it.workspace == "w2"}
    page = await limited.page(Query({"workspace": "w2"}), None, 100)
    assert {it.id for it in page} == in_w2
    assert {it.id for it in await limited.get_many([it.id for it in all_of_them])} == ids
    for one in all_of_them:
        seen = one.id in ids
        assert (await limited.get(one.id) is not None) is seen
        assert (
            await limited.find("idempotency_key", one.idempotency_key or "") is not None
        ) is seen
        assert (await limited.replace(one) is not None) is seen
        assert await limited.delete(one.id) is seen


async def test_a_limited_tenant_sees_only_its_workspaces_themselves(store: Store) -> None:
    spaces = [Workspace(organization=OURS.organization, name=f"{n}") for n in range(3)]
    for one in spaces:
        await store.of(OURS, WORKSPACES).insert(one)
    theirs = Workspace(organization=THEIRS.organization, name="0")
    await store.of(THEIRS, WORKSPACES).insert(theirs)
    limited = store.of(Tenant(OURS.organization, frozenset({spaces[0].id, theirs.id})), WORKSPACES)
    assert await limited.page(Query(), None, 10) == [spaces[0]]
    assert await limited.get(spaces[0].id) == spaces[0]
    assert await limited.get(spaces[1].id) is None
    assert await limited.get(theirs.id) is None
    assert await limited.find("name", "1") is None
    assert not await limited.delete(spaces[2].id)


async def test_what_is_in_hidden_workspaces_is_not_there(
    store: Store, documents: Documents, their_documents: Documents
) -> None:
    all_of_them = [
        document(workspace=f"w{n % 3}", idempotency_key=str(n), reference="r") for n in range(9)
    ]
    for one in all_of_them:
        await documents.insert(one)
    await their_documents.insert(document(THEIRS, workspace="w1"))
    hiding = Tenant(OURS.organization, hidden=frozenset({"w1", "w2"}))
    seen = store.of(hiding, DOCUMENTS)
    ids = {it.id for it in all_of_them if it.workspace == "w0"}
    for query in (Query(), Query({"reference": "r"}), Query({"state": "received"})):
        assert {it.id for it in await seen.page(query, None, 100)} == ids
        assert await seen.count(query, 100) == 3
    assert await seen.page(Query({"workspace": "w1"}), None, 100) == []
    assert {it.id for it in await seen.get_many([it.id for it in all_of_them])} == ids
    for one in all_of_them:
        known = one.id in ids
        assert (await seen.get(one.id) is not None) is known
        assert (await seen.find("idempotency_key", one.idempotency_key or "") is not None) is known
        assert (await seen.change(one.id, lambda it: it.copy_with(name="n")) is not None) is known
    with pytest.raises(ValueError, match="tenant"):
        await seen.insert(document(workspace="w1"))
    both = Tenant(OURS.organization, frozenset({"w0", "w1"}), hidden=frozenset({"w1"}))
    assert {it.id for it in await store.of(both, DOCUMENTS).page(Query(), None, 100)} == ids
    everyones = ResultQueue(
        organization=OURS.organization, name="all", mode=QueueMode.PULL, max_length=1, max_age=1
    )
    await store.of(OURS, RESULT_QUEUES).insert(everyones)
    queues = store.of(hiding, RESULT_QUEUES)  # it has what is in all workspaces
    assert await queues.get(everyones.id) is None
    assert await queues.page(Query(), None, 10) == []
    assert await queues.replace(everyones) is None


async def test_across_reaches_all_organizations(store: Store) -> None:
    everything = store.across(DOCUMENTS)
    ours, theirs = document(), document(THEIRS)
    await everything.insert(ours)
    await everything.insert(theirs)
    assert {it.id for it in await everything.page(Query(), None, 10)} == {ours.id, theirs.id}
    assert await everything.count(Query({"state": "received"}), 10) == 2
    changed = await everything.replace(theirs.copy_with(name="changed"))
    assert changed is not None
    assert await store.of(THEIRS, DOCUMENTS).get(theirs.id) == changed
    assert await store.of(OURS, DOCUMENTS).get(theirs.id) is None
    assert await everything.delete(ours.id)
