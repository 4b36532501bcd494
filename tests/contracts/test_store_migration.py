"""A store of an earlier version gets what it lacks, filled from its records, when opened."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from shared.models.document import Document
from shared.store.collections import DOCUMENTS, Collection
from shared.store.mongo import MongoStore
from shared.store.mongo.driver import Bson, Driver
from shared.store.port import AlreadyExistsError, Query, Store
from shared.store.sqlite import SqliteStore
from tests.contracts.store_fixtures import (
    LONG_AGO,
    OURS,
    THEIRS,
    document,
    entry,
    mongo_wire,
    store_url,
    walk,
)

__all__ = ["mongo_wire", "store_url"]

EARLIER = replace(
    DOCUMENTS,
    filters={"workspace": lambda it: it.workspace, "size": lambda it: str(it.size)},
    unique=(),
)
Opening = Callable[[Collection[Document]], Store]


@pytest.fixture
def opening(store_url: str) -> Opening:
    """Makes a store of one collection, as a version of the program has it."""

    def opening(collection: Collection[Document]) -> Store:
        collections: tuple[Collection[Any], ...] = (collection,)
        if store_url.startswith("sqlite"):
            return SqliteStore(Path(store_url.removeprefix("sqlite:///")), collections)
        return MongoStore(store_url, collections)

    return opening


async def test_filters_and_unique_fields_that_came_later_are_filled_in(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    for adapter in ("sqlite", "mongo"):
        monkeypatch.setattr(f"shared.store.{adapter}.migration._BATCH", 15)
    earlier = opening(EARLIER)
    await earlier.open()
    ours = [document(reference=f"r{n % 2}", idempotency_key=f"{n}") for n in range(50)]
    theirs = document(THEIRS, reference="r1", idempotency_key="0", outbox=[entry(1)])
    for one in ours:
        await earlier.of(OURS, EARLIER).insert(one)
    await earlier.of(THEIRS, EARLIER).insert(theirs)
    await earlier.close()

    for _ in range(2):  # the second time there is nothing to do
        later = opening(DOCUMENTS)
        await later.open()
        documents = later.of(OURS, DOCUMENTS)
        found = await walk(documents, Query({"reference": "r1"}), 100)
        assert set(found) == {it.id for it in ours[1::2]}
        assert await documents.find("idempotency_key", "7") == ours[7]
        with pytest.raises(AlreadyExistsError):
            await documents.insert(document(idempotency_key="7"))
        assert await later.of(THEIRS, DOCUMENTS).find("idempotency_key", "0") == theirs
        (due,) = await later.backlog.due(entry(2).not_before, 10)
        assert due.id == theirs.id
        assert await later.backlog.due(LONG_AGO, 10) == []
        await later.close()


async def test_filters_computed_in_another_way_are_computed_anew(
    opening: Opening, store_url: str
) -> None:
    earlier = replace(DOCUMENTS, filters={**DOCUMENTS.filters, "type": lambda it: it.name})
    store = opening(earlier)
    await store.open()
    ours, theirs = document(), document(THEIRS)
    await store.of(OURS, earlier).insert(ours)
    await store.of(THEIRS, earlier).insert(theirs)
    assert await store.of(OURS, earlier).count(Query({"type": ours.name}), 5) == 1
    await store.close()

    say_that_it_was_another_version(store_url)
    store = opening(DOCUMENTS)
    await store.open()
    assert await store.of(OURS, DOCUMENTS).count(Query({"type": ours.name}), 5) == 0
    assert await store.of(THEIRS, DOCUMENTS).count(Query({"type": ours.name}), 5) == 0
    assert await store.of(THEIRS, DOCUMENTS).get(theirs.id) == theirs
    await store.close()


def say_that_it_was_another_version(url: str) -> None:
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.execute("PRAGMA user_version = 0")
        connection.close()
        return
    client: MongoClient[dict[str, Any]] = MongoClient(url)
    client.get_default_database()["layouts"].update_many({}, {"$set": {"derivation": 0}})
    client.close()


async def test_a_fill_that_was_cut_off_goes_on_where_it_was(
    opening: Opening, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if store_url.startswith("sqlite"):
        pytest.skip("it is one transaction there")
    monkeypatch.setattr("shared.store.mongo.migration._BATCH", 10)
    earlier = opening(EARLIER)
    await earlier.open()
    ours = [document(reference="r") for _ in range(35)]
    for one in ours:
        await earlier.of(OURS, EARLIER).insert(one)
    await earlier.close()

    changed: list[str] = []
    change = Driver.change

    async def counted(self: Driver, collection: str, which: Bson, fields: Bson) -> bool:
        if len(changed) == 20:
            raise ConnectionError
        changed.append(which["_id"])
        return await change(self, collection, which, fields)

    monkeypatch.setattr(Driver, "change", counted)
    with pytest.raises(ConnectionError):
        await opening(DOCUMENTS).open()
    changed.clear()
    later = opening(DOCUMENTS)
    await later.open()
    assert len(changed) == 15, "those that were done are left alone"
    assert len(await walk(later.of(OURS, DOCUMENTS), Query({"reference": "r"}), 100)) == 35
    await later.close()
    changed.clear()
    again = opening(DOCUMENTS)
    await again.open()
    await again.close()
    assert changed == []
