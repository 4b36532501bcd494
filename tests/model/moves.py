"""What moves a document: the functions that the services run, and promises that they must keep."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from shared.errors import RetryClass
from shared.models.document import Document, DocumentState
from shared.models.extraction import TypeGuess
from shared.models.messages import JobMessage
from shared.models.outbox import Aggregate, OutboxKind
from shared.models.work import Lane, Lease, Work
from shared.stages import lifecycle, planning, sweeper
from shared.stages import work as works
from shared.stages.claims import Attempt, Outcome
from shared.stages.clearing import without
from shared.stages.extracting import Extracted
from shared.stages.reading import PartRead
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Tenant
from shared.store.schedules import Schedule
from tests.model.one_document import (
    EXTRACTING,
    LEASE,
    MAX_ATTEMPTS,
    MOST_QUEUED,
    NOW,
    OPEN,
    PROBLEM,
    SOON,
    BrokenPromise,
    Hold,
    Local,
    bench_of,
    due_entries,
    is_live,
    noted,
    put,
    quiet,
    record_of,
    slot_of,
    with_changes,
    work_of,
)


class _Shelf:
    """The store as ``Extracting.make`` sees it."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def of(self, tenant: Tenant, collection: Any) -> "_Shelf":
        return self

    async def get(self, record_id: str) -> Document:
        return self._document


def take(local: Local, number: int, *, is_acknowledged: bool = True) -> Local:
    """A worker gets a message, and claims, or leaves what a refused claim has to leave.

    Unless it is acknowledged, the worker dies with it: then it is in the queue again.
    """
    message = local.queue[number]
    rest = tuple(it for place, it in enumerate(local.queue) if place != number)
    back = rest if is_acknowledged else (*rest, message)
    local = replace(local, queue=back, serial=local.serial + 1)
    token = f"t{local.serial}"
    bench = bench_of(message)
    record = record_of(local, message)
    if record is None:
        record = _run(EXTRACTING.make(_Shelf(local.document), message))
    if record is None:
        return local
    lease = Lease(token=token, worker=token, until=NOW + LEASE)
    before = bench.work(record, message)
    attempt: Attempt[Any, Any] = Attempt(bench, message, lease, NOW, MAX_ATTEMPTS)
    stored = attempt.step(record)
    if attempt.outcome is Outcome.CLAIMED and stored is not None:
        local = _claimed(put(local, stored), message, token, before)
        held = (Hold(message, token),) if is_acknowledged else ()
        return replace(local, holds=(*local.holds, *held))
    return local if stored is None else put(local, stored)


def _claimed(local: Local, message: JobMessage, token: str, before: Work | None) -> Local:
    slot = slot_of(message)
    if before is not None and is_live(before.lease):
        raise BrokenPromise("work was taken over while its lease was live")
    if before is not None and works.is_put_off(before, NOW):
        raise BrokenPromise("work was begun again before its time")
    if message.revision != local.document.revision:
        record = record_of(local, message)
        if isinstance(record, Document):
            raise BrokenPromise("a job of an earlier revision was begun")
    spent = dict(local.spent).get(slot, 0) + 1
    if spent > MAX_ATTEMPTS:
        raise BrokenPromise("work was begun more often than it has attempts")
    return replace(
        local,
        owners=noted(local.owners, slot, token),
        spent=noted(local.spent, slot, spent),
    )


Change = Callable[[Local, Aggregate, Hold], Aggregate]


def commit(local: Local, number: int, change: Change, *, ends: bool = True) -> Local:
    """A worker writes ``change`` if it holds the work still; if it ``ends``, it is through."""
    hold = local.holds[number]
    others = tuple(it for place, it in enumerate(local.holds) if place != number)
    free = replace(local, holds=others)
    record = record_of(local, hold.message)
    work = bench_of(hold.message).work(record, hold.message) if record is not None else None
    if record is None or work is None or not works.holds(work, hold.token):
        return free  # the lease is lost: nothing is written
    if dict(local.owners).get(slot_of(hold.message)) != hold.token:
        raise BrokenPromise("who had lost its lease wrote all the same")
    stored = put(free if ends else local, change(local, record, hold))
    if change is done:
        if slot_of(hold.message) in local.results:
            raise BrokenPromise("a second result of the same work")
        if local.document.state is DocumentState.CANCELLED and record is local.document:
            raise BrokenPromise("a result of a document that was called off")
        stored = replace(stored, results=stored.results | {slot_of(hold.message)})
    if change in (_held_out, _released):
        slot = slot_of(hold.message)
        stored = replace(stored, spent=noted(stored.spent, slot, dict(stored.spent)[slot] - 1))
    return stored


def done(local: Local, record: Aggregate, hold: Hold) -> Aggregate:
    result: PartRead | Extracted
    if isinstance(record, Document):
        result = PartRead(pages_done=1)
        if record.pages is None:
            result = PartRead(pages_done=local.pages, pages=local.pages)
    else:
        result = Extracted(TypeGuess(name="invoice", confidence=1.0), "model/1", {})
    return bench_of(hold.message).done(record, hold.message, result, NOW)


def planned(local: Local, record: Aggregate, hold: Hold) -> Aggregate:
    assert isinstance(record, Document)
    return planning.plan_parts(record, local.pages, 1, NOW)


def _held_out(local: Local, record: Aggregate, hold: Hold) -> Aggregate:
    work = works.tried(work_of(record, hold), PROBLEM, RetryClass.TRANSIENT, NOW)
    return _waiting(record, hold, works.hold_out(work, PROBLEM, NOW, NOW + SOON))


def _failed_once(local: Local, record: Aggregate, hold: Hold) -> Aggregate:
    work = works.tried(work_of(record, hold), PROBLEM, RetryClass.ATTEMPT, NOW)
    if work.attempts >= MAX_ATTEMPTS:
        return _failed(local, record, hold)
    return _waiting(record, hold, works.try_again(work, PROBLEM, NOW + SOON))


def _failed(local: Local, record: Aggregate, hold: Hold) -> Aggregate:
    return bench_of(hold.message).failed(record, hold.message, PROBLEM, NOW)


def _released(local: Local, record: Aggregate, hold: Hold) -> Aggregate:
    return _waiting(record, hold, works.release(work_of(record, hold), NOW))


def renewed_lease(local: Local, record: Aggregate, hold: Hold) -> Aggregate:
    renewed = works.renew(work_of(record, hold), NOW + LEASE)
    return bench_of(hold.message).with_work(record, hold.message, renewed)


def _waiting(record: Aggregate, hold: Hold, waiting: Work) -> Aggregate:
    bench = bench_of(hold.message)
    entry = bench.job(record, hold.message, waiting.enqueued)
    changed = bench.with_work(record, hold.message, waiting)
    return changed.copy_with(outbox=[*changed.outbox, entry])


ENDS: dict[str, Change] = {
    "trouble at": _held_out,
    "fail once at": _failed_once,
    "fail for good at": _failed,
    "release": _released,
}


def carry_out(local: Local, name: str) -> Local:
    """Somebody, the writer or the relay, carries out what is due in a record's outbox."""
    record = getattr(local, name)
    due = due_entries(local, name)
    for entry in due:
        if entry.kind is OutboxKind.SETTLE:
            settled = lifecycle.settle(local.document, record, NOW)
            local = with_changes(local, document=quiet(settled))
        else:
            job = JobMessage(
                id=entry.id, stage=entry.stage, lane=Lane.NORMAL, organization="o", document="d",
                revision=record.revision, part=entry.part, target=entry.target,
            )  # fmt: skip
            local = replace(local, queue=(*local.queue, job))
    return replace(local, carried=local.carried | {it.id for it in due})


def clear(local: Local) -> Local:
    """What was carried out is removed."""
    extraction = local.extraction
    if extraction is not None:
        extraction = extraction.copy_with(outbox=without(extraction.outbox, set(local.carried)))
    document = local.document
    document = document.copy_with(outbox=without(document.outbox, set(local.carried)))
    return replace(local, document=document, extraction=extraction, carried=frozenset())


def sweep(local: Local, name: str) -> Local:
    """What the sweeper makes of a record that stands still."""
    record = getattr(local, name)
    if record is None or not _is_idle(name, record) or len(local.queue) >= MOST_QUEUED:
        return local
    if name == "extraction":
        swept = sweeper.requeued(record, NOW, _stands_still)
        return local if swept is record else with_changes(local, extraction=swept)
    waited_for = None
    if record.state is DocumentState.EXTRACTING and local.extraction is not None:
        is_its = local.extraction.id == lifecycle.extraction_id(record)
        waited_for = local.extraction if is_its else None
    if waited_for is not None and waited_for.work.state in OPEN:
        return with_changes(local, document=record.copy_with(enqueued=NOW))
    moved = sweeper.moved_on(record, waited_for, NOW)
    swept = moved or sweeper.requeued(record, NOW, _stands_still)
    return local if swept is record else with_changes(local, document=quiet(swept))


def _is_idle(name: str, record: Any) -> bool:
    collection: Any = DOCUMENTS if name == "document" else EXTRACTIONS
    schedule: Schedule = collection.schedule(record)
    return schedule.idle_since is not None and schedule.idle_since < NOW - LEASE


def _stands_still(work: Work) -> bool:
    return work.state in OPEN and not is_live(work.lease)


def _run(coroutine: Any) -> Any:
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("it waits for something")
