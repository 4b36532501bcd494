"""What every store does with lists: order, pages, filters, spans, counts."""

import asyncio
import random
from datetime import timedelta

import pytest

from shared.models.delivery import DeliveryKind
from shared.models.document import Document, DocumentState
from shared.models.extraction import TypeGuess
from shared.models.time import utc_now
from shared.models.work import StageName, Work, WorkState
from shared.store.collections import DELIVERIES, EXTRACTIONS
from shared.store.port import Position, Query, Repository, Store
from tests.contracts.store_fixtures import (
    OURS,
    THEIRS,
    delivery,
    document,
    documents,
    extraction,
    mongo_wire,
    store,
    store_url,
    their_documents,
    walk,
)

__all__ = ["documents", "mongo_wire", "store", "store_url", "their_documents"]

Documents = Repository[Document]
NOW = utc_now()


async def fill(repository: Documents, records: list[Document]) -> None:
    """Store records, some at a time."""
    for start in range(0, len(records), 200):
        await asyncio.gather(*(repository.insert(it) for it in records[start : start + 200]))


def newest_first(records: list[Document]) -> list[str]:
    ordered = sorted(records, key=lambda it: (it.created, it.id), reverse=True)
    return [it.id for it in ordered]


@pytest.mark.parametrize("size", [1, 7, 100])
async def test_equal_times_are_walked_once_each_while_others_come_in(
    documents: Documents, their_documents: Documents, store_url: str, size: int
) -> None:
    # The MongoDB-wire server reads the whole list for each page.
    there = [document(created=NOW) for _ in range(300 if store_url.startswith("sqlite") else 60)]
    await fill(documents, there)
    await fill(their_documents, [document(THEIRS, created=NOW) for _ in range(20)])
    walking = asyncio.create_task(walk(documents, Query(), size))
    newer = [document(created=NOW + timedelta(milliseconds=n)) for n in range(30)]
    same = [document(created=NOW) for _ in range(30)]
    older = [document(created=NOW - timedelta(milliseconds=n)) for n in range(1, 31)]
    for one in (*newer, *same, *older):
        await documents.insert(one)
        await asyncio.sleep(0)
    ids = await walking

    known = {it.id for it in there}
    assert [it for it in ids if it in known] == newest_first(there)
    assert len(ids) == len(set(ids))
    assert set(ids) <= known | {it.id for it in (*newer, *same, *older)}


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_long_list_is_walked_in_pages_of_any_size_while_others_come_in(
    documents: Documents, their_documents: Documents, store_url: str
) -> None:
    length = 10_000 if store_url.startswith("sqlite") else 1_500
    there = [
        document(created=NOW + timedelta(milliseconds=n // 40), reference=f"r{n % 2}")
        for n in range(length)
    ]
    await fill(documents, there)
    await fill(their_documents, [document(THEIRS, created=NOW) for _ in range(50)])
    sizes = random.Random(7)
    ids: list[str] = []
    after: Position | None = None
    while page := await documents.page(Query({"reference": "r1"}), after, sizes.randint(1, 100)):
        ids.extend(it.id for it in page)
        after = Position(page[-1].created, page[-1].id)
        moment = NOW + timedelta(milliseconds=sizes.randint(-5, length // 40 + 5))
        await documents.insert(document(created=moment, reference="r1"))

    wanted = [it for it in there if it.reference == "r1"]
    known = {it.id for it in wanted}
    assert [it for it in ids if it in known] == newest_first(wanted)
    assert len(ids) == len(set(ids))


async def test_filters(documents: Documents, their_documents: Documents) -> None:
    records = [
        document(
            workspace=f"w{n % 2}",
            state=DocumentState.READY if n % 3 else DocumentState.FAILED,
            type=TypeGuess(name="invoice", confidence=0.9) if n % 4 else None,
            reference=f"r{n % 5}" if n % 5 else None,
            sha256=f"{n % 6}",
            parent=f"p{n % 7}" if n % 7 else None,
            created=NOW + timedelta(seconds=n),
        )
        for n in range(60)
    ]
    await fill(documents, records)
    await fill(their_documents, [document(THEIRS, workspace="w0", sha256="0", reference="r1")])
    queries: list[dict[str, str]] = [
        {"state": "failed"},
        {"type": "invoice"},
        {"workspace": "w1"},
        {"reference": "r1"},
        {"sha256": "3"},
        {"parent": "p3"},
        {"parent": "p2", "workspace": "w0"},
        {"state": "ready", "workspace": "w0"},
        {"state": "ready", "type": "invoice", "workspace": "w1", "reference": "r2", "sha256": "1"},
        {"reference": "no such"},
    ]
    for equals in queries:
        read = {"type": lambda it: it.type.name if it.type else None}
        wanted = [
            it
            for it in records
            if all(read.get(k, lambda it, k=k: getattr(it, k))(it) == v for k, v in equals.items())
        ]
        assert await walk(documents, Query(equals), 7) == newest_first(wanted), equals
        assert await documents.count(Query(equals), 100) == len(wanted), equals
    assert len(await their_documents.page(Query({"reference": "r1"}), None, 100)) == 1


async def test_filters_follow_the_record(documents: Documents, their_documents: Documents) -> None:
    one, other = document(reference="before"), document(THEIRS, reference="before")
    await documents.insert(one)
    await their_documents.insert(other)
    changed = await documents.replace(
        one.copy_with(state=DocumentState.FAILED, reference=None, workspace="w2")
    )
    assert await documents.page(Query({"reference": "before"}), None, 5) == []
    assert await documents.page(Query({"state": "received"}), None, 5) == []
    assert await documents.page(Query({"state": "failed", "workspace": "w2"}), None, 5) == [changed]
    assert await their_documents.page(Query({"reference": "before"}), None, 5) == [other]


async def test_filters_of_work(store: Store) -> None:
    extractions, deliveries = store.of(OURS, EXTRACTIONS), store.of(OURS, DELIVERIES)
    done = extraction(work=Work(state=WorkState.DONE))
    told = delivery(document="d2", work=Work(state=WorkState.FAILED))
    await extractions.insert(done)
    await extractions.insert(extraction(document="d2"))
    await deliveries.insert(told)
    await deliveries.insert(delivery())
    await store.of(THEIRS, EXTRACTIONS).insert(extraction(THEIRS, work=Work(state=WorkState.DONE)))
    assert await extractions.page(Query({"state": "done"}), None, 5) == [done]
    assert await extractions.page(Query({"document": "d1", "state": "done"}), None, 5) == [done]
    assert await deliveries.page(Query({"document": "d2", "subscription": "s1"}), None, 5) == [told]
    assert await deliveries.count(Query({"subscription": "s1"}), 5) == 2


async def test_an_unknown_filter_is_an_error(
    documents: Documents, their_documents: Documents
) -> None:
    for repository in (documents, their_documents):
        with pytest.raises(ValueError, match="name"):
            await repository.page(Query({"name": "receipt.jpg"}), None, 5)
        with pytest.raises(ValueError, match="name"):
            await repository.count(Query({"name": "receipt.jpg"}), 5)


async def test_spans_leave_out_their_ends(documents: Documents, their_documents: Documents) -> None:
    records = [document(created=NOW + timedelta(milliseconds=n)) for n in range(10)]
    await fill(documents, records)
    await fill(their_documents, [document(THEIRS, created=NOW + timedelta(milliseconds=5))])
    at = [it.created for it in records]
    assert await walk(documents, Query(created_after=at[6]), 2) == newest_first(records[7:])
    assert await walk(documents, Query(created_before=at[3]), 2) == newest_first(records[:3])
    between = Query({"state": "received"}, created_after=at[2], created_before=at[6])
    assert await walk(documents, between, 2) == newest_first(records[3:6])
    assert await documents.count(between, 10) == 3
    outside = Position(at[8], "~")  # newer than the span
    page = await documents.page(between, outside, 10)
    assert [it.id for it in page] == newest_first(records[3:6])
    finer = at[3] + timedelta(microseconds=300)
    assert await documents.count(Query(created_before=finer), 10) == 4
    assert await documents.count(Query(created_after=finer), 10) == 6


async def test_counts_stop_at_the_limit(documents: Documents, their_documents: Documents) -> None:
    await fill(documents, [document() for _ in range(12)])
    await fill(their_documents, [document(THEIRS) for _ in range(3)])
    assert [await documents.count(Query(), n) for n in (0, 1, 11, 12, 13)] == [0, 1, 11, 12, 12]
    assert await their_documents.count(Query(), 10) == 3


async def test_page_limits(documents: Documents, their_documents: Documents) -> None:
    records = [document(created=NOW + timedelta(seconds=n)) for n in range(5)]
    await fill(documents, records)
    await fill(their_documents, [document(THEIRS)])
    for limit in (0, 1, 4, 5, 6):
        page = await documents.page(Query(), None, limit)
        assert [it.id for it in page] == newest_first(records)[:limit]
    # A position need not be that of a record that is (still) there.
    between = Position(records[2].created, "~")
    assert (await documents.page(Query(), between, 1))[0] == records[2]
    before = Position(records[2].created, "")
    assert (await documents.page(Query(), before, 1))[0] == records[1]


async def test_lists_can_begin_with_the_oldest(
    documents: Documents, their_documents: Documents
) -> None:
    records = [document(created=NOW + timedelta(milliseconds=n // 3)) for n in range(40)]
    records += [document(created=NOW, state=DocumentState.FAILED)]
    await fill(documents, records)
    await fill(their_documents, [document(THEIRS, created=NOW) for _ in range(3)])
    oldest_first = newest_first(records)[::-1]
    for size in (1, 7, 100):
        assert await walk(documents, Query(oldest_first=True), size) == oldest_first
    received = {"state": "received"}
    span = Query(
        received,
        created_after=NOW + timedelta(milliseconds=2),
        created_before=NOW + timedelta(milliseconds=9),
        oldest_first=True,
    )
    inside = [it for it in records[:-1] if span.created_after < it.created < span.created_before]  # type: ignore[operator]
    assert await walk(documents, span, 4) == newest_first(inside)[::-1]
    outside = Position(NOW, "")  # older than the span
    page = await documents.page(span, outside, 100)
    assert [it.id for it in page] == newest_first(inside)[::-1]


async def test_pages_can_be_counted_off(documents: Documents, their_documents: Documents) -> None:
    records = [document(created=NOW + timedelta(milliseconds=n // 2)) for n in range(11)]
    await fill(documents, records)
    await fill(their_documents, [document(THEIRS, created=NOW) for _ in range(3)])
    whole = newest_first(records)
    for skip in (0, 1, 10, 11, 12):
        page = await documents.page(Query(), None, 3, skip)
        assert [it.id for it in page] == whole[skip : skip + 3]
    older = await documents.page(Query(oldest_first=True), None, 3, 4)
    assert [it.id for it in older] == whole[::-1][4:7]


async def test_lists_can_go_by_another_text(
    documents: Documents, their_documents: Documents
) -> None:
    names = ["b", "a", "c", "a", "b", "B"]
    records = [
        document(reference=name, created=NOW + timedelta(milliseconds=number))
        for number, name in enumerate(names)
    ]
    await fill(documents, records)
    await fill(their_documents, [document(THEIRS, reference="d")])
    ordered = sorted(records, key=lambda it: (it.reference or "", it.created))
    by_reference = Query(order_by="reference", oldest_first=True)
    assert await documents.page(by_reference, None, 100) == ordered
    last_first = Query({"state": "received"}, order_by="reference")
    assert await documents.page(last_first, None, 2, 1) == ordered[::-1][1:3]
    assert await documents.count(last_first, 100) == len(records)
    with pytest.raises(ValueError, match="no filter"):
        await documents.page(Query(order_by="name"), None, 1)


async def test_what_awaits_its_reader_is_found_until_it_is_done(store: Store) -> None:
    deliveries = store.of(OURS, DELIVERIES)
    pulled = delivery(kind=DeliveryKind.PULL, created=NOW)
    held = delivery(
        kind=DeliveryKind.PULL,
        work=Work(state=WorkState.RUNNING),
        created=NOW + timedelta(milliseconds=1),
    )
    over = delivery(kind=DeliveryKind.PULL, work=Work(state=WorkState.DONE))
    for one in (pulled, held, over, delivery(), delivery(kind=DeliveryKind.PUSH)):
        await deliveries.insert(one)
    await store.of(THEIRS, DELIVERIES).insert(delivery(THEIRS, kind=DeliveryKind.PULL))
    awaiting = Query({"awaiting": "s1"}, oldest_first=True)
    assert await deliveries.page(awaiting, None, 10) == [pulled, held]
    await deliveries.replace(pulled.copy_with(work=Work(state=WorkState.DONE)))
    assert await deliveries.page(awaiting, None, 10) == [held]
    idle = await store.backlog.idle(StageName.NOTIFY, NOW + timedelta(days=400), 10)
    assert len(idle) == 2, "the sweeper has no business with what a reader comes for"
