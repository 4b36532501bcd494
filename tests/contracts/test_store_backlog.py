"""What every store knows of waiting work, across organizations."""

from datetime import datetime, timedelta

from shared.models.document import Document, DocumentState, PagePart
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.work import Lease, StageName, Work, WorkState
from shared.store.collections import DELIVERIES, DOCUMENTS, EXTRACTIONS
from shared.store.port import Pointer, Store, Tenant
from shared.store.schedules import FRESH
from tests.contracts.store_fixtures import (
    LONG_AGO,
    OURS,
    THEIRS,
    delivery,
    document,
    entry,
    extraction,
    mongo_wire,
    store,
    store_url,
)

__all__ = ["mongo_wire", "store", "store_url"]


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def waiting(at: float) -> Work:
    return Work(enqueued=LONG_AGO + minutes(at))


def running(until: float) -> Work:
    lease = Lease(token="t", worker="w", until=LONG_AGO + minutes(until))
    return Work(state=WorkState.RUNNING, lease=lease)


def reading(tenant: Tenant, *works: Work) -> Document:
    parts = [PagePart(index=n, first=n, last=n + 1, work=it) for n, it in enumerate(works)]
    return document(tenant, state=DocumentState.READING, parts=parts)


async def test_due_outboxes_of_all_collections_longest_due_first(store: Store) -> None:
    first = extraction(THEIRS, outbox=[entry(1), entry(90)])
    second = document(outbox=[entry(80), entry(2)])
    third = delivery(outbox=[entry(3)])
    later = document(THEIRS, outbox=[entry(60)])
    await store.of(THEIRS, EXTRACTIONS).insert(first)
    await store.of(OURS, DOCUMENTS).insert(second)
    await store.of(OURS, DELIVERIES).insert(third)
    await store.of(THEIRS, DOCUMENTS).insert(later)
    await store.of(OURS, DOCUMENTS).insert(document(outbox=[]))
    expected = [
        Pointer("extractions", THEIRS.organization, first.id),
        Pointer("documents", OURS.organization, second.id),
        Pointer("deliveries", OURS.organization, third.id),
    ]

    now = LONG_AGO + minutes(3)  # exactly when the third is due
    assert await store.backlog.due(now, 10) == expected
    assert await store.backlog.due(now, 2) == expected[:2]
    assert await store.backlog.due(LONG_AGO, 10) == []
    assert await store.backlog.due(now, 0) == []
    assert len(await store.backlog.due(LONG_AGO + minutes(60), 10)) == 4
    assert await store.backlog.count_due(now, 10) == 3
    assert await store.backlog.count_due(now, 2) == 2
    assert await store.backlog.count_due(LONG_AGO, 10) == 0
    assert await store.backlog.count_due(now, 0) == 0


async def test_what_is_for_later_is_found_when_it_is_due_and_not_later(store: Store) -> None:
    """Whoever wrote it does not carry it out, as is given ``FRESH`` for what is due at once."""
    now = await store.now()
    due = [now, now + minutes(5)]
    at_once, later = (
        delivery(outbox=[OutboxEntry(kind=OutboxKind.JOB, not_before=it)], updated=now)
        for it in due
    )
    for one in (at_once, later):
        await store.of(OURS, DELIVERIES).insert(one)

    async def found(moment: datetime) -> set[str]:
        return {it.id for it in await store.backlog.due(moment - FRESH, 10)}

    second = timedelta(seconds=1)
    assert await found(due[0] + FRESH - second) == set()
    assert await found(due[0] + FRESH) == {at_once.id}
    assert await found(due[1] - second) == {at_once.id}
    assert await found(due[1]) == {at_once.id, later.id}


async def test_an_outbox_that_is_carried_out_is_due_no_more(store: Store) -> None:
    ours, theirs = document(outbox=[entry(1), entry(30)]), document(THEIRS, outbox=[entry(1)])
    await store.of(OURS, DOCUMENTS).insert(ours)
    await store.of(THEIRS, DOCUMENTS).insert(theirs)
    after_one = await store.of(OURS, DOCUMENTS).replace(ours.copy_with(outbox=ours.outbox[1:]))
    assert after_one is not None
    left = Pointer("documents", THEIRS.organization, theirs.id)
    assert await store.backlog.due(LONG_AGO + minutes(10), 10) == [left]
    assert len(await store.backlog.due(LONG_AGO + minutes(30), 10)) == 2
    await store.of(OURS, DOCUMENTS).replace(after_one.copy_with(outbox=[]))
    await store.of(THEIRS, DOCUMENTS).delete(theirs.id)
    assert await store.backlog.due(LONG_AGO + minutes(30), 10) == []


async def test_idle_work_is_known_by_stage(store: Store) -> None:
    ocr = reading(OURS, running(9), waiting(1))
    extracting = document(THEIRS, state=DocumentState.EXTRACTING, enqueued=LONG_AGO + minutes(2))
    stale = extraction(THEIRS, work=running(1))
    told = delivery(work=waiting(1))
    for collection, record in (
        (DOCUMENTS, ocr),
        (DOCUMENTS, extracting),
        (EXTRACTIONS, stale),
        (DELIVERIES, told),
    ):
        await store.across(collection).insert(record)

    before = LONG_AGO + minutes(3)
    backlog = store.backlog
    assert await backlog.idle(StageName.OCR, before, 10) == [
        Pointer("documents", OURS.organization, ocr.id)
    ]
    assert await backlog.idle(StageName.EXTRACT, before, 10) == [
        Pointer("extractions", THEIRS.organization, stale.id),
        Pointer("documents", THEIRS.organization, extracting.id),
    ]
    assert await backlog.idle(StageName.NOTIFY, before, 10) == [
        Pointer("deliveries", OURS.organization, told.id)
    ]
    assert await backlog.idle(StageName.FETCH, before, 10) == []
    assert await backlog.idle(StageName.OCR, LONG_AGO + minutes(1), 10) == []  # not yet before
    assert len(await backlog.idle(StageName.EXTRACT, before, 1)) == 1


async def test_what_is_held_finished_or_still_to_be_published_is_not_idle(store: Store) -> None:
    records = [
        (DOCUMENTS, reading(OURS, running(60))),
        (DOCUMENTS, reading(THEIRS, Work(state=WorkState.DONE))),
        (DOCUMENTS, document(outbox=[entry(60)], parts=[PagePart(index=0, first=0)])),
        (DOCUMENTS, document(THEIRS, state=DocumentState.READY)),
        (EXTRACTIONS, extraction(work=Work(state=WorkState.DONE))),
        (EXTRACTIONS, extraction(THEIRS, work=waiting(1), outbox=[entry(60)])),
        (DELIVERIES, delivery(work=Work(state=WorkState.FAILED))),
    ]
    for collection, record in records:
        await store.across(collection).insert(record)  # type: ignore[arg-type]
    for stage in StageName:
        assert await store.backlog.idle(stage, LONG_AGO + minutes(30), 10) == []


async def test_finished_documents_wait_until_their_events_are_announced(store: Store) -> None:
    ours = document(
        state=DocumentState.READY, sequence=3, announced=2, updated=LONG_AGO + minutes(2)
    )
    theirs = document(THEIRS, state=DocumentState.FAILED, sequence=1, updated=LONG_AGO + minutes(1))
    still_open = document(state=DocumentState.READING, sequence=1, updated=LONG_AGO)
    for one in (ours, theirs, still_open):
        await store.across(DOCUMENTS).insert(one)
    pointers = [
        Pointer("documents", THEIRS.organization, theirs.id),
        Pointer("documents", OURS.organization, ours.id),
    ]
    assert await store.backlog.unannounced(LONG_AGO + minutes(5), 10) == pointers
    assert await store.backlog.unannounced(LONG_AGO + minutes(5), 1) == pointers[:1]
    assert await store.backlog.unannounced(LONG_AGO + minutes(2), 10) == pointers[:1]
    await store.of(OURS, DOCUMENTS).replace(ours.copy_with(announced=3))
    assert await store.backlog.unannounced(LONG_AGO + timedelta(days=2), 10) == pointers[:1]


async def test_documents_whose_time_is_over_are_found_once_they_are_finished(store: Store) -> None:
    def expiring(at: float, tenant: Tenant = OURS, **fields: object) -> Document:
        values = {"state": DocumentState.READY, "expires": LONG_AGO + minutes(at), **fields}
        return document(tenant, **values)

    first, second = expiring(1, THEIRS, state=DocumentState.FAILED), expiring(2)
    others = [
        expiring(3, state=DocumentState.EXPIRED),
        expiring(3, state=DocumentState.READING),
        expiring(9),
        document(state=DocumentState.READY),
    ]
    for one in (second, first, *others):
        await store.across(DOCUMENTS).insert(one)
    pointers = [
        Pointer("documents", THEIRS.organization, first.id),
        Pointer("documents", OURS.organization, second.id),
    ]
    now = LONG_AGO + minutes(5)
    assert await store.backlog.expired(now, 10) == pointers
    assert await store.backlog.expired(LONG_AGO + minutes(2), 10) == pointers, "exactly when"
    assert await store.backlog.expired(now, 1) == pointers[:1]
    assert await store.backlog.expired(LONG_AGO, 10) == []
    await store.of(OURS, DOCUMENTS).replace(second.copy_with(expires=None))
    assert await store.backlog.expired(now, 10) == pointers[:1]
