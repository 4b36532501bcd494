"""What every store knows of the stages' lines: who stands where, since when, how fast they move."""

from datetime import timedelta

from shared.models.document import Document, DocumentState, PagePart, Source
from shared.models.work import Lane, Lease, StageName, Work, WorkState
from shared.store.collections import DELIVERIES, DOCUMENTS, EXTRACTIONS
from shared.store.port import Pointer, Store, Tenant
from shared.store.standings import Place, Status
from tests.contracts.store_fixtures import (
    LONG_AGO,
    OURS,
    THEIRS,
    delivery,
    document,
    extraction,
    mongo_wire,
    store,
    store_url,
)

__all__ = ["mongo_wire", "store", "store_url"]

OCR = Place(StageName.OCR, Lane.NORMAL, Status.WAITING)
LOW = Place(StageName.OCR, Lane.LOW, Status.WAITING)
MOST = 1_000


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def waiting(at: float) -> Work:
    return Work(enqueued=LONG_AGO + minutes(at))


def done(at: float) -> Work:
    return Work(state=WorkState.DONE, finished=LONG_AGO + minutes(at))


def running(at: float) -> Work:
    lease = Lease(token="t", worker="w", until=LONG_AGO + minutes(at + 9))
    return Work(state=WorkState.RUNNING, lease=lease, started=LONG_AGO + minutes(at))


def to_read(tenant: Tenant, *works: Work, **fields: object) -> Document:
    parts = [PagePart(index=n, first=n, last=n + 1, work=it) for n, it in enumerate(works)]
    return document(tenant, state=DocumentState.READING, parts=parts, **fields)


async def put(store: Store, *records: object) -> None:
    kinds = {it.model: it for it in (DOCUMENTS, EXTRACTIONS, DELIVERIES)}
    for record in records:
        await store.across(kinds[type(record)]).insert(record)  # type: ignore[index, arg-type]


async def test_who_waits_is_counted_by_lane_for_all_and_for_a_tenant(store: Store) -> None:
    first = to_read(OURS, waiting(1), waiting(2))
    other_room = to_read(OURS, waiting(3), workspace="w2")
    theirs = to_read(THEIRS, waiting(2))
    low = to_read(OURS, waiting(1), lane=Lane.LOW)
    begun = to_read(OURS, running(5), waiting(1))
    over = document(OURS, state=DocumentState.READY)
    await put(store, first, other_room, theirs, low, begun, over)
    queues = store.queues

    assert await queues.count(OCR, MOST) == 3
    assert await queues.count(OCR, 2) == 2, "capped"
    assert await queues.count(OCR, 0) == 0
    assert await queues.count(LOW, MOST) == 1
    assert await queues.count(OCR, MOST, tenant=OURS) == 2
    one_room = Tenant(OURS.organization, frozenset({"w2"}))
    assert await queues.count(OCR, MOST, tenant=one_room) == 1
    hidden = Tenant(OURS.organization, hidden=frozenset({"w1"}))
    assert await queues.count(OCR, MOST, tenant=hidden) == 1
    assert await queues.count(Place(StageName.OCR, Lane.NORMAL, Status.RUNNING), MOST) == 1
    assert await queues.count(OCR, MOST, before=LONG_AGO + minutes(3)) == 2
    assert await queues.count(OCR, MOST, tenant=THEIRS, before=LONG_AGO + minutes(2)) == 0

    assert await queues.span(OCR) == (first.parts[0].work.enqueued, LONG_AGO + minutes(3))
    assert await queues.span(OCR, THEIRS) == (LONG_AGO + minutes(2),) * 2
    assert await queues.span(Place(StageName.FETCH, Lane.NORMAL, Status.WAITING)) is None
    assert await queues.first(OCR, 2) == [
        Pointer("documents", OURS.organization, first.id),
        Pointer("documents", THEIRS.organization, theirs.id),
    ]
    assert await queues.first(OCR, 0) == []


async def test_who_leaves_the_line_is_counted_as_passed(store: Store) -> None:
    read = to_read(OURS, waiting(1))
    await put(store, read)
    moved = read.copy_with(
        state=DocumentState.EXTRACTING,
        parts=[it.copy_with(work=done(10)) for it in read.parts],
        enqueued=LONG_AGO + minutes(11),
    )
    await store.across(DOCUMENTS).replace(moved)
    await put(
        store,
        to_read(THEIRS, done(4), done(7)).copy_with(state=DocumentState.READY),
        to_read(OURS, Work(state=WorkState.CANCELLED)).copy_with(state=DocumentState.CANCELLED),
        extraction(OURS, work=done(20)),
        delivery(THEIRS, work=done(20)),
    )
    queues, ocr = store.queues, (StageName.OCR, Lane.NORMAL)
    assert await queues.count(OCR, MOST) == 0
    assert await queues.count(Place(StageName.EXTRACT, Lane.NORMAL, Status.WAITING), MOST) == 1
    assert await queues.passed(*ocr, LONG_AGO, MOST) == 2
    assert await queues.passed(*ocr, LONG_AGO, 1) == 1
    assert await queues.passed(*ocr, LONG_AGO + minutes(8), MOST) == 1
    assert await queues.passed(*ocr, LONG_AGO, MOST, THEIRS) == 1
    assert await queues.passed(StageName.OCR, Lane.LOW, LONG_AGO, MOST) == 0
    assert await queues.passed(StageName.EXTRACT, Lane.NORMAL, LONG_AGO, MOST) == 1
    assert await queues.passed(StageName.NOTIFY, Lane.NORMAL, LONG_AGO, MOST, OURS) == 0


async def test_what_is_fetched_and_then_read_has_passed_both(store: Store) -> None:
    source = Source(url="https://example.com/a", work=done(1))
    fetched = to_read(OURS, waiting(2), source=source)
    await put(store, fetched, to_read(OURS, done(5), source=source))
    assert await store.queues.count(OCR, MOST) == 1
    for stage, passed in ((StageName.FETCH, 2), (StageName.OCR, 1), (StageName.UNPACK, 0)):
        assert await store.queues.passed(stage, Lane.NORMAL, LONG_AGO, MOST) == passed, stage


async def test_what_is_put_off_does_not_stand_in_the_line(store: Store) -> None:
    later = Work(enqueued=LONG_AGO + timedelta(days=2))
    await put(store, to_read(OURS, later), delivery(OURS, work=later))
    assert await store.queues.count(OCR, MOST) == 0
    for stage in (StageName.OCR, StageName.NOTIFY):
        assert await store.queues.count(Place(stage, Lane.NORMAL, Status.POSTPONED), MOST) == 1


async def test_an_extraction_that_is_made_is_told_apart_from_one_that_was_asked_for(
    store: Store,
) -> None:
    await put(store, extraction(OURS, work=running(1)), extraction(OURS))
    lane = (StageName.EXTRACT, Lane.NORMAL)
    assert await store.queues.count(Place(*lane, Status.TAKEN), MOST) == 1
    assert await store.queues.count(Place(*lane, Status.RUNNING), MOST) == 0
    assert await store.queues.count(Place(*lane, Status.WAITING), MOST) == 0
