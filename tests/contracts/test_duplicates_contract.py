"""Of equal files that come at once one is the first, on every store."""

import asyncio

import pytest

from services.ingest.duplicates import DuplicateError, Duplicates
from shared.models.document import Document, DocumentState
from shared.models.policies import DuplicatePolicy, Policies
from shared.store.collections import DOCUMENTS
from shared.store.port import Store
from tests.contracts.store_fixtures import OURS, THEIRS, document, mongo_wire, store, store_url

__all__ = ["mongo_wire", "store", "store_url"]

LINK = Policies(duplicates=DuplicatePolicy.LINK)
REJECT = Policies(duplicates=DuplicatePolicy.REJECT)


async def test_equal_files_at_once_have_one_first(store: Store) -> None:
    duplicates = Duplicates(store)
    sent = [document(sha256="a" * 64, policies=LINK) for _ in range(12)]
    taken = await asyncio.gather(*(duplicates.insert(it) for it in sent))
    (first,) = [it for it in taken if it.duplicate_of is None]
    assert {it.duplicate_of for it in taken} == {None, first.id}
    elsewhere = await duplicates.insert(document(workspace="w2", sha256="a" * 64, policies=LINK))
    theirs = await duplicates.insert(document(THEIRS, sha256="a" * 64, policies=LINK))
    assert (elsewhere.duplicate_of, theirs.duplicate_of) == (None, None)


async def test_who_is_over_makes_room_for_one_other(store: Store) -> None:
    duplicates, documents = Duplicates(store), store.of(OURS, DOCUMENTS)
    first = await duplicates.insert(document(sha256="b" * 64, policies=REJECT))
    with pytest.raises(DuplicateError):
        await duplicates.insert(document(sha256="b" * 64, policies=REJECT))
    await documents.change(first.id, lambda it: it.copy_with(state=DocumentState.FAILED))

    async def insert() -> Document | None:
        try:
            return await duplicates.insert(document(sha256="b" * 64, policies=REJECT))
        except DuplicateError:
            return None

    taken = await asyncio.gather(*(insert() for _ in range(8)))
    assert len([it for it in taken if it is not None]) == 1


async def test_files_that_come_later_are_claimed_by_one(store: Store) -> None:
    duplicates, documents = Duplicates(store), store.of(OURS, DOCUMENTS)
    waiting = [document(sha256="", policies=LINK) for _ in range(6)]
    for it in waiting:
        await documents.insert(it)
    found = await asyncio.gather(*(duplicates.claim(it, "c" * 64) for it in waiting))
    (first,) = [it.id for it, twin in zip(waiting, found, strict=True) if twin is None]
    assert set(found) == {None, first}
