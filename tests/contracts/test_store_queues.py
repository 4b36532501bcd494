"""What every store knows of the stages' lines: who stands where, since when, how fast they move."""

from datetime import timedelta

from shared.models.delivery import Delivery
from shared.models.document import Document, DocumentState, PagePart, Source
from shared.models.extraction import Extraction
from shared.models.work import Lane, Lease, StageName, Work, WorkState
from shared.store.collections import DELIVERIES, DOCUMENTS, EXTRACTIONS
from shared.store.port import Pointer, Store, Tenant
from shared.store.standings import Place, Status, Stay, stay
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


def done(at: float, took: float = 1) -> Work:
    begun, ended = LONG_AGO + minutes(at - took), LONG_AGO + minutes(at)
    return Work(state=WorkState.DONE, started=begun, finished=ended)


def pointer(collection: str, record: Document | Extraction | Delivery) -> Pointer:
    return Pointer(collection, record.organization, record.id)


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


async def test_who_leaves_the_line_has_passed_the_newest_first(store: Store) -> None:
    read = to_read(OURS, waiting(1))
    await put(store, read)
    moved = read.copy_with(
        state=DocumentState.EXTRACTING,
        parts=[it.copy_with(work=done(10)) for it in read.parts],
        enqueued=LONG_AGO + minutes(11),
    )
    await store.across(DOCUMENTS).replace(moved)
    theirs = to_read(THEIRS, done(4), done(7)).copy_with(state=DocumentState.READY)
    made, told = extraction(OURS, work=done(20)), delivery(THEIRS, work=done(21))
    gone = to_read(OURS, Work(state=WorkState.CANCELLED))
    await put(store, theirs, gone.copy_with(state=DocumentState.CANCELLED), made, told)
    queues, ocr = store.queues, (StageName.OCR, Lane.NORMAL)
    assert await queues.count(OCR, MOST) == 0
    assert await queues.count(Place(StageName.EXTRACT, Lane.NORMAL, Status.WAITING), MOST) == 1
    both = [pointer("documents", it) for it in (read, theirs)]
    assert await queues.passed(*ocr, MOST) == both
    assert await queues.passed(*ocr, 1) == both[:1]
    assert await queues.passed(*ocr, 0) == []
    assert await queues.count_passed(*ocr, MOST, after=LONG_AGO) == 2
    assert await queues.count_passed(*ocr, 1, after=LONG_AGO) == 1
    assert await queues.count_passed(*ocr, MOST, after=LONG_AGO + minutes(8)) == 1
    assert await queues.count_passed(*ocr, MOST, after=LONG_AGO + minutes(10)) == 0
    assert await queues.count_passed(*ocr, MOST, after=LONG_AGO, tenant=THEIRS) == 1
    hidden = Tenant(OURS.organization, hidden=frozenset({"w1"}))
    assert await queues.count_passed(*ocr, MOST, after=LONG_AGO, tenant=hidden) == 0
    assert await queues.passed(StageName.OCR, Lane.LOW, MOST) == []
    extract, notify = (StageName.EXTRACT, Lane.NORMAL), (StageName.NOTIFY, Lane.NORMAL)
    assert await queues.passed(*extract, MOST) == [pointer("extractions", made)]
    assert await queues.passed(*notify, MOST) == [pointer("deliveries", told)]
    assert await queues.count_passed(*notify, MOST, after=LONG_AGO, tenant=OURS) == 0


async def test_what_is_fetched_and_then_read_has_passed_both(store: Store) -> None:
    source = Source(url="https://example.com/a", work=done(1))
    fetched, read = to_read(OURS, waiting(2), source=source), to_read(OURS, done(5), source=source)
    await put(store, fetched, read)
    assert await store.queues.count(OCR, MOST) == 1
    passed = {StageName.FETCH: [read, fetched], StageName.OCR: [read], StageName.UNPACK: []}
    for stage, records in passed.items():
        count = await store.queues.count_passed(stage, Lane.NORMAL, MOST, after=LONG_AGO)
        assert count == len(records), stage
        found = await store.queues.passed(stage, Lane.NORMAL, MOST)
        assert found == [pointer("documents", it) for it in records], stage


def test_a_stay_is_from_the_first_part_begun_to_the_last_one_ended() -> None:
    source = Source(url="https://example.com/a", work=done(1, took=0.5))
    read = to_read(OURS, done(4, took=2), done(7, took=1), source=source)
    assert stay(read, StageName.OCR) == Stay(LONG_AGO + minutes(2), LONG_AGO + minutes(7))
    assert stay(read, StageName.FETCH) == Stay(LONG_AGO + minutes(0.5), LONG_AGO + minutes(1))
    assert stay(read, StageName.UNPACK) is None
    assert stay(to_read(OURS, done(4), running(2)), StageName.OCR) is None
    made = extraction(OURS, work=done(20, took=3))
    assert stay(made, StageName.EXTRACT) == Stay(LONG_AGO + minutes(17), LONG_AGO + minutes(20))
    assert stay(extraction(OURS), StageName.EXTRACT) is None


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
