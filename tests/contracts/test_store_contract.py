"""What every store does: records, uniqueness, compare-and-set, and who sees what."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest

from shared.models.document import Document, DocumentState
from shared.models.extraction import Field
from shared.models.tenancy import ApiKey, Organization, Scope, User
from shared.models.time import utc_now
from shared.store.collections import (
    API_KEYS,
    COLLECTIONS,
    DOCUMENTS,
    EXTRACTIONS,
    ORGANIZATIONS,
    USERS,
)
from shared.store.connect import connect_store
from shared.store.port import AlreadyExistsError, Query, Repository, Store, Tenant
from tests.contracts.store_fixtures import (
    OURS,
    THEIRS,
    document,
    documents,
    extraction,
    mongo_wire,
    store,
    store_url,
    their_documents,
)

__all__ = ["documents", "mongo_wire", "store", "store_url", "their_documents"]

Documents = Repository[Document]


async def test_a_record_comes_back_as_it_was_stored(documents: Documents, store: Store) -> None:
    metadata = {"a.b": 1, "$set": {"$x": [1.5, None, True]}, "umlaut": "Ä€😀", "nil\0": 2**70}
    one = document(metadata=metadata, reference="r")
    found = extraction(fields={"total": Field(value="1.20"), "lines": [{"q": Field(value=3)}]})
    await documents.insert(one)
    await store.of(OURS, EXTRACTIONS).insert(found)

    assert await documents.get(one.id) == one
    assert await store.of(OURS, EXTRACTIONS).get(found.id) == found
    assert await store.of(THEIRS, EXTRACTIONS).get(found.id) is None
    assert await documents.get("no such id") is None


async def test_ids_occur_once(documents: Documents, their_documents: Documents) -> None:
    one = document()
    await documents.insert(one)
    with pytest.raises(AlreadyExistsError) as refused:
        await documents.insert(one.copy_with(name="another"))
    assert refused.value.field == "id"
    with pytest.raises(AlreadyExistsError):
        await their_documents.insert(one.copy_with(organization=THEIRS.organization))
    assert await documents.get(one.id) == one


async def test_unique_fields_are_unique_per_organization(
    documents: Documents, their_documents: Documents
) -> None:
    first = document(idempotency_key="k")
    await documents.insert(first)
    with pytest.raises(AlreadyExistsError) as refused:
        await documents.insert(document(idempotency_key="k"))
    assert refused.value.field == "idempotency_key"
    await their_documents.insert(document(THEIRS, idempotency_key="k"))
    for _ in range(3):  # none is no value
        await documents.insert(document(idempotency_key=None))

    found = await documents.find("idempotency_key", "k")
    assert found == first
    assert await documents.find("idempotency_key", "other") is None
    assert (await documents.count(Query(), 100), await their_documents.count(Query(), 100)) == (
        4,
        1,
    )


async def test_some_fields_are_unique_everywhere(store: Store) -> None:
    def key(organization: str) -> ApiKey:
        return ApiKey(
            organization=organization, name="k", digest="d", last_four="1234", scopes=[Scope.READ]
        )

    ours = key(OURS.organization)
    await store.of(OURS, API_KEYS).insert(ours)
    with pytest.raises(AlreadyExistsError) as refused:
        await store.of(THEIRS, API_KEYS).insert(key(THEIRS.organization))
    assert refused.value.field == "digest"
    assert await store.across(API_KEYS).find("digest", "d") == ours
    assert await store.of(THEIRS, API_KEYS).find("digest", "d") is None


async def test_a_taken_unique_value_refuses_a_replace(store: Store) -> None:
    users = store.of(OURS, USERS)
    first = User(organization=OURS.organization, name="A", email="a@example.org")
    second = User(organization=OURS.organization, name="B", email="b@example.org")
    theirs = User(organization=THEIRS.organization, name="A", email="c@example.org")
    await users.insert(first)
    await users.insert(second)
    await store.of(THEIRS, USERS).insert(theirs)

    with pytest.raises(AlreadyExistsError) as refused:
        await users.replace(second.copy_with(email=first.email))
    assert refused.value.field == "email"
    assert await users.get(second.id) == second
    assert await users.replace(second.copy_with(email=theirs.email)) is not None
    assert await users.find("email", "b@example.org") is None


async def test_only_unique_fields_are_found_by(store: Store, documents: Documents) -> None:
    with pytest.raises(ValueError, match="name"):
        await documents.find("name", "receipt.jpg")
    with pytest.raises(ValueError, match="email"):  # would be one of several organizations
        await store.across(USERS).find("email", "a@example.org")


async def test_racing_inserts_of_a_unique_value_have_one_winner(
    documents: Documents, their_documents: Documents
) -> None:
    inserts = [documents.insert(document(idempotency_key="k")) for _ in range(20)]
    others = [their_documents.insert(document(THEIRS, idempotency_key=str(n))) for n in range(20)]
    outcomes = await asyncio.gather(*inserts, *others, return_exceptions=True)
    assert outcomes.count(None) == 21
    assert sum(isinstance(it, AlreadyExistsError) for it in outcomes) == 19


async def test_replace_counts_revisions(documents: Documents, their_documents: Documents) -> None:
    one = document()
    await documents.insert(one)
    before = utc_now() - timedelta(seconds=5)
    second = await documents.replace(one.copy_with(state=DocumentState.READING))
    assert second is not None
    assert (second.rev, second.state) == (1, DocumentState.READING)
    assert before < second.updated < utc_now() + timedelta(seconds=5)
    assert await documents.get(one.id) == second

    assert await documents.replace(one.copy_with(state=DocumentState.FAILED)) is None
    assert await their_documents.replace(second) is None
    as_theirs = second.copy_with(organization=THEIRS.organization)
    assert await their_documents.replace(as_theirs) is None
    assert await documents.replace(document()) is None
    assert await documents.get(one.id) == second


async def test_racing_writers_lose_no_update(documents: Documents, store: Store) -> None:
    one = document()
    await documents.insert(one)
    wins: list[int] = []
    labels = count()

    async def add_one_hundred_times(repository: Documents, times: int) -> None:
        for _ in range(times):
            while True:
                current = await repository.get(one.id)
                assert current is not None
                changed = current.copy_with(warnings=[*current.warnings, str(next(labels))])
                stored = await repository.replace(changed)
                if stored is not None:
                    wins.append(stored.rev)
                    break

    writers = [documents, store.across(DOCUMENTS)] * 25
    await asyncio.gather(*(add_one_hundred_times(it, 2) for it in writers))
    last = await documents.get(one.id)
    assert last is not None
    assert sorted(wins) == list(range(1, 101))
    assert last.rev == len(last.warnings) == len(set(last.warnings)) == 100


async def test_of_racing_replaces_of_one_revision_one_wins(
    documents: Documents, their_documents: Documents
) -> None:
    one, other = document(), document(THEIRS)
    await documents.insert(one)
    await their_documents.insert(other)
    attempts = [documents.replace(one.copy_with(name=f"{n}")) for n in range(50)]
    foreign = [their_documents.replace(one) for _ in range(5)]
    outcomes = await asyncio.gather(*attempts, *foreign)
    (winner,) = [it for it in outcomes if it is not None]
    assert await documents.get(one.id) == winner
    assert await their_documents.get(other.id) == other


async def test_change(documents: Documents, their_documents: Documents) -> None:
    one = document()
    await documents.insert(one)
    stored = await documents.change(one.id, lambda it: it.copy_with(state=DocumentState.READING))
    assert stored is not None
    assert (stored.rev, stored.state) == (1, DocumentState.READING)
    assert await documents.get(one.id) == stored

    assert await documents.change(one.id, lambda _: None) is None
    assert await documents.change(one.id, lambda it: it) is None
    assert await documents.change("nobody", lambda it: it.copy_with(name="x")) is None
    assert await their_documents.change(one.id, lambda it: it.copy_with(name="x")) is None
    foreign = {"organization": THEIRS.organization}
    assert await documents.change(one.id, lambda it: it.copy_with(**foreign)) is None
    assert await documents.get(one.id) == stored


async def test_a_change_that_raises_changes_nothing(documents: Documents) -> None:
    one, other = document(idempotency_key="k"), document()
    await documents.insert(one)
    await documents.insert(other)

    def refuse(_: Document) -> Document:
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        await documents.change(one.id, refuse)
    with pytest.raises(AlreadyExistsError) as taken:
        await documents.change(other.id, lambda it: it.copy_with(idempotency_key="k"))
    assert taken.value.field == "idempotency_key"
    assert await documents.get(one.id) == one
    assert await documents.get(other.id) == other


async def test_racing_changes_are_all_made(documents: Documents, store: Store) -> None:
    one = document()
    await documents.insert(one)

    def add(label: str) -> Callable[[Document], Document]:
        return lambda it: it.copy_with(warnings=[*it.warnings, label])

    writers = [documents, store.across(DOCUMENTS)] * 10
    stored = await asyncio.gather(
        *(writer.change(one.id, add(str(n))) for n, writer in enumerate(writers))
    )
    last = await documents.get(one.id)
    assert last is not None
    assert last.rev == len(writers)
    assert sorted(last.warnings) == sorted(str(n) for n in range(len(writers)))
    assert sorted(it.rev for it in stored if it) == list(range(1, len(writers) + 1))


async def test_delete(documents: Documents, their_documents: Documents) -> None:
    one = document(idempotency_key="k")
    await documents.insert(one)
    assert not await their_documents.delete(one.id)
    assert await documents.delete(one.id)
    assert not await documents.delete(one.id)
    assert await documents.get(one.id) is None
    assert await documents.replace(one) is None
    await documents.insert(document(idempotency_key="k"))


async def test_get_many(documents: Documents, their_documents: Documents) -> None:
    ours, theirs = [document() for _ in range(5)], [document(THEIRS) for _ in range(3)]
    for one in ours:
        await documents.insert(one)
    for one in theirs:
        await their_documents.insert(one)
    wanted = [*(it.id for it in ours[1:] + theirs), "no such id", ours[1].id]
    found = await documents.get_many(wanted)
    assert {it.id for it in found} == {it.id for it in ours[1:]}
    assert len(found) == 4
    assert await documents.get_many([]) == []


async def test_every_collection_can_be_used(store: Store) -> None:
    one = Organization(id="o1", organization="o1", name="One")
    await store.across(ORGANIZATIONS).insert(one)
    assert await store.of(Tenant("o1"), ORGANIZATIONS).get("o1") == one
    assert await store.of(THEIRS, ORGANIZATIONS).get("o1") is None
    for collection in COLLECTIONS:
        assert len(await store.of(Tenant("o1"), collection).page(Query(), None, 5)) <= 1
        assert await store.of(THEIRS, collection).count(Query(), 5) == 0
        for name in collection.filters:
            assert await store.of(OURS, collection).page(Query({name: "x"}), None, 5) == []


async def test_reopening_keeps_everything(store_url: str) -> None:
    ours, theirs = document(reference="r"), document(THEIRS, reference="r")
    for one, tenant in ((ours, OURS), (theirs, THEIRS)):
        store = connect_store(store_url)
        await store.open()
        await store.ping()
        await store.of(tenant, DOCUMENTS).insert(one)
        await store.close()
    store = connect_store(store_url)
    await store.open()
    assert await store.of(OURS, DOCUMENTS).page(Query({"reference": "r"}), None, 5) == [ours]
    assert await store.of(THEIRS, DOCUMENTS).get(theirs.id) == theirs
    await store.close()


async def test_several_may_open_a_new_store_at_once(store_url: str) -> None:
    stores = [connect_store(store_url) for _ in range(4)]
    await asyncio.gather(*(it.open() for it in stores))
    records = [document(tenant) for _ in stores for tenant in (OURS, THEIRS)]
    for one, (opened, tenant) in zip(
        records, [(it, tenant) for it in stores for tenant in (OURS, THEIRS)], strict=True
    ):
        await opened.of(tenant, DOCUMENTS).insert(one)
    for opened in stores:
        assert await opened.of(OURS, DOCUMENTS).count(Query(), 10) == 4
        assert await opened.of(THEIRS, DOCUMENTS).count(Query(), 10) == 4
        await opened.close()


async def test_the_clock_is_near_ours_and_goes_on(store: Store) -> None:
    first = await store.now()
    await asyncio.sleep(0.02)
    second = await store.now()
    assert first < second
    assert abs(second - utc_now()) < timedelta(seconds=5)
    assert second.microsecond % 1000 == 0
