"""One document in a world of faults, as states and steps between them.

The steps are the functions that the services run: ``Attempt.step`` claims, the workbenches commit,
``lifecycle`` settles, calls off and begins anew, the sweeper's ``requeued`` and ``moved_on`` queue
again. Only what is around them is modelled: a broker that may lose, double and reorder messages,
workers that may die at every point, entries that are carried out and removed a moment later.

Time is of two kinds, now and long ago: ``later`` makes everything that was now long ago, so that
leases end, delays are over and the sweeper loses its patience. That is all the functions ask for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.errors import Code, RetryClass
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction, TypeGuess
from shared.models.messages import JobMessage
from shared.models.outbox import Aggregate, OutboxKind
from shared.models.work import Lane, Lease, Problem, StageName, Work
from shared.stages import lifecycle, planning, sweeper
from shared.stages import work as works
from shared.stages.claims import Attempt, Outcome
from shared.stages.clearing import without
from shared.stages.extracting import Extracted, Extracting
from shared.stages.reading import PartRead, Reading
from shared.store.collections import DOCUMENTS, EXTRACTIONS, Schedule
from shared.store.port import Tenant

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1)
LEASE, SOON = timedelta(seconds=60), timedelta(seconds=5)
MAX_ATTEMPTS = 2
MOST_QUEUED = 2
"""Messages in the queue from which on the sweeper has patience: its grace grows with them."""
PROBLEM = Problem(code=Code.DEPENDENCY_DOWN)
READING, EXTRACTING = Reading(), Extracting()
_TOLD = frozenset({OutboxKind.EVENT, OutboxKind.LETTER})

Slot = tuple[StageName, int, int]
"""A piece of work: stage, revision, part."""


class BrokenPromise(Exception):
    """A step that must not be possible was; the message says which."""


@dataclass(frozen=True)
class Hold:
    """A worker with a message in hand, at work on it.

    Where it ``is_redelivered`` the channel was lost: the message is in the queue again, and what
    the worker says of it means nothing to the broker.
    """

    message: JobMessage
    token: str
    is_redelivered: bool = False


@dataclass(frozen=True)
class Local:
    """All there is about one document.

    ``carried`` are outbox entries that were carried out, and are to be removed. ``lost`` says
    that a message was lost, which only the sweeper can make up for. ``owners``, ``spent`` and
    ``results`` are the model's own books, by piece of work: who claimed it last, how many claims
    count against it, and how often it was done.
    """

    document: Document
    extraction: Extraction | None = None
    queue: tuple[JobMessage, ...] = ()
    holds: tuple[Hold, ...] = ()
    carried: frozenset[str] = frozenset()
    lost: bool = False
    owners: tuple[tuple[Slot, str], ...] = ()
    spent: tuple[tuple[Slot, int], ...] = ()
    results: frozenset[Slot] = frozenset()
    serial: int = 0
    pages: int = 1

    @property
    def is_over(self) -> bool:
        """Whether the document has come to an end, and nothing is left of the way there."""
        quiet = not (self.queue or self.holds or self.document.outbox)
        done = self.extraction is None or not (
            self.extraction.outbox or self.extraction.work.state in _OPEN
        )
        return self.document.is_final and quiet and done


_OPEN = frozenset({works.WorkState.WAITING, works.WorkState.RUNNING})


@dataclass(frozen=True)
class Step:
    """What may happen next; ``faults`` is what it costs of their budget."""

    name: str
    after: Local
    faults: int = 0


def accepted(pages: int = 1) -> Local:
    """A document that was just accepted; each of its pages is a part."""
    fresh = Document(
        id="d", organization="o", workspace="w", name="a.pdf", media_type="application/pdf",
        size=1, sha256="0", blob="o/d/original", created=NOW, updated=NOW, enqueued=NOW,
    )  # fmt: skip
    return Local(_named(_quiet(lifecycle.receive(fresh, NOW)), None, "accept"), pages=pages)


def steps(local: Local, *, idle_worker: bool, faults: bool) -> Iterator[Step]:
    """All that can happen to a document, by itself and, if they are wanted, by faults."""
    if idle_worker:
        for number, message in _each(local):
            yield Step(f"take {_title(message)}", take(local, number))
            if faults:
                taken = take(local, number, is_acknowledged=False)
                yield Step(f"take {_title(message)} and die", taken, 1)
    for number, hold in enumerate(local.holds):
        yield from _of_worker(local, number, hold, faults=faults)
    for name in ("document", "extraction"):
        if _due(local, name):
            published = carry_out(local, name)
            yield Step(f"carry out {name}", clear(published))
            if faults:
                yield Step(f"carry out {name}, clear later", published, 1)
                dead = replace(published, carried=local.carried)
                yield Step(f"carry out {name} and die", dead, 1)
    if local.carried & _entries(local):
        yield Step("clear", clear(local))
    yield from _of_sweeper(local, faults=faults)
    if faults:
        yield from _of_broker(local)
        yield from _of_people(local)


def _of_worker(local: Local, number: int, hold: Hold, *, faults: bool) -> Iterator[Step]:
    title = _title(hold.message)
    yield Step(f"commit {title}", commit(local, number, _done))
    if _is_unplanned(local, hold):
        yield Step(f"plan {title}", commit(local, number, _planned, ends=False))
    lease = _lease_of(local, hold)
    if lease is not None and not _is_live(lease):
        yield Step(f"beat at {title}", commit(local, number, _renewed, ends=False))
    if not faults:
        return
    others = tuple(it for place, it in enumerate(local.holds) if place != number)
    back = () if hold.is_redelivered else (hold.message,)
    yield Step(f"die at {title}", replace(local, holds=others, queue=(*local.queue, *back)), 1)
    if not hold.is_redelivered:
        void = replace(hold, is_redelivered=True)
        again = replace(local, holds=(*others, void), queue=(*local.queue, hold.message))
        yield Step(f"redeliver {title}", again, 1)
    for name, change in _ENDS.items():
        yield Step(f"{name} {title}", commit(local, number, change), 1)
    done = commit(local, number, _done)
    yield Step(f"commit {title} and die", replace(done, queue=(*done.queue, *back)), 1)


def _of_sweeper(local: Local, *, faults: bool) -> Iterator[Step]:
    """It has patience with what waits, so that without a loss it comes too early."""
    if not (local.lost or faults):
        return
    for name in ("document", "extraction"):
        swept = sweep(local, name)
        if swept is not local:
            yield Step(f"sweep {name}", swept, int(not local.lost))


def _of_broker(local: Local) -> Iterator[Step]:
    for number, message in _each(local):
        rest = tuple(it for place, it in enumerate(local.queue) if place != number)
        yield Step(f"lose {_title(message)}", replace(local, queue=rest, lost=True), 1)
        yield Step(f"double {_title(message)}", replace(local, queue=(*local.queue, message)), 1)


def _each(local: Local) -> Iterator[tuple[int, JobMessage]]:
    """The messages in the queue, each kind once, and where it is."""
    for number, message in enumerate(local.queue):
        if message not in local.queue[:number]:
            yield number, message


def _of_people(local: Local) -> Iterator[Step]:
    document = local.document
    if not document.is_final:
        ended = _quiet(lifecycle.cancel(document, NOW))
        yield Step("cancel", _with(local, document=ended, extraction=_called_off(local)), faults=1)
    if document.revision == 1:
        again = _quiet(lifecycle.reprocess(document, NOW))
        called_off = _called_off(local)
        yield Step("reprocess", _with(local, document=again, extraction=called_off), faults=1)


def _called_off(local: Local) -> Extraction | None:
    """As the gateway does after the document's own write; the next revision has its own."""
    found = local.extraction
    if found is None or found.work.state not in _OPEN:
        return found
    kept = [it for it in found.outbox if it.kind is not OutboxKind.JOB]
    return found.copy_with(work=works.cancel(found.work, NOW), outbox=kept)


# Claiming ----------------------------------------------------------------------------------


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
    bench = _bench(message)
    record = _record(local, message)
    if record is None:
        record = _run(EXTRACTING.make(_Shelf(local.document), message))
    if record is None:
        return local
    lease = Lease(token=token, worker=token, until=NOW + LEASE)
    before = bench.work(record, message)
    attempt: Attempt[Any, Any] = Attempt(bench, message, lease, NOW, MAX_ATTEMPTS)
    stored = attempt.step(record)
    if attempt.outcome is Outcome.CLAIMED and stored is not None:
        local = _claimed(_put(local, stored), message, token, before)
        held = (Hold(message, token),) if is_acknowledged else ()
        return replace(local, holds=(*local.holds, *held))
    return local if stored is None else _put(local, stored)


def _claimed(local: Local, message: JobMessage, token: str, before: Work | None) -> Local:
    slot = _slot(message)
    if before is not None and _is_live(before.lease):
        raise BrokenPromise("work was taken over while its lease was live")
    if message.revision != local.document.revision:
        record = _record(local, message)
        if isinstance(record, Document):
            raise BrokenPromise("a job of an earlier revision was begun")
    spent = dict(local.spent).get(slot, 0) + 1
    if spent > MAX_ATTEMPTS:
        raise BrokenPromise("work was begun more often than it has attempts")
    return replace(
        local,
        owners=_noted(local.owners, slot, token),
        spent=_noted(local.spent, slot, spent),
    )


# Committing --------------------------------------------------------------------------------

Change = Callable[[Local, Aggregate, Hold], Aggregate]


def commit(local: Local, number: int, change: Change, *, ends: bool = True) -> Local:
    """A worker writes ``change`` if it holds the work still; if it ``ends``, it is through."""
    hold = local.holds[number]
    others = tuple(it for place, it in enumerate(local.holds) if place != number)
    free = replace(local, holds=others)
    record = _record(local, hold.message)
    work = _bench(hold.message).work(record, hold.message) if record is not None else None
    if record is None or work is None or not works.holds(work, hold.token):
        return free  # the lease is lost: nothing is written
    if dict(local.owners).get(_slot(hold.message)) != hold.token:
        raise BrokenPromise("who had lost its lease wrote all the same")
    stored = _put(free if ends else local, change(local, record, hold))
    if change is _done:
        if _slot(hold.message) in local.results:
            raise BrokenPromise("a second result of the same work")
        if local.document.state is DocumentState.CANCELLED and record is local.document:
            raise BrokenPromise("a result of a document that was called off")
        stored = replace(stored, results=stored.results | {_slot(hold.message)})
    if change in (_held_out, _released):
        slot = _slot(hold.message)
        stored = replace(stored, spent=_noted(stored.spent, slot, dict(stored.spent)[slot] - 1))
    return stored


def _done(local: Local, record: Aggregate, hold: Hold) -> Aggregate:
    result: PartRead | Extracted
    if isinstance(record, Document):
        result = PartRead(pages_done=1)
        if record.pages is None:
            result = PartRead(pages_done=local.pages, pages=local.pages)
    else:
        result = Extracted(TypeGuess(name="invoice", confidence=1.0), "model/1", {})
    return _bench(hold.message).done(record, hold.message, result, NOW)


def _planned(local: Local, record: Aggregate, hold: Hold) -> Aggregate:
    assert isinstance(record, Document)
    return planning.plan_parts(record, local.pages, 1, NOW)


def _held_out(local: Local, record: Aggregate, hold: Hold) -> Aggregate:
    work = works.tried(_work(record, hold), PROBLEM, RetryClass.TRANSIENT, NOW)
    return _waiting(record, hold, works.hold_out(work, PROBLEM, NOW, NOW + SOON))


def _failed_once(local: Local, record: Aggregate, hold: Hold) -> Aggregate:
    work = works.tried(_work(record, hold), PROBLEM, RetryClass.ATTEMPT, NOW)
    if work.attempts >= MAX_ATTEMPTS:
        return _failed(local, record, hold)
    return _waiting(record, hold, works.try_again(work, PROBLEM, NOW + SOON))


def _failed(local: Local, record: Aggregate, hold: Hold) -> Aggregate:
    return _bench(hold.message).failed(record, hold.message, PROBLEM, NOW)


def _released(local: Local, record: Aggregate, hold: Hold) -> Aggregate:
    return _waiting(record, hold, works.release(_work(record, hold), NOW))


def _renewed(local: Local, record: Aggregate, hold: Hold) -> Aggregate:
    renewed = works.renew(_work(record, hold), NOW + LEASE)
    return _bench(hold.message).with_work(record, hold.message, renewed)


def _waiting(record: Aggregate, hold: Hold, waiting: Work) -> Aggregate:
    bench = _bench(hold.message)
    entry = bench.job(record, hold.message, waiting.enqueued)
    changed = bench.with_work(record, hold.message, waiting)
    return changed.copy_with(outbox=[*changed.outbox, entry])


_ENDS: dict[str, Change] = {
    "trouble at": _held_out,
    "fail once at": _failed_once,
    "fail for good at": _failed,
    "release": _released,
}


# Outbox, sweeper, time ---------------------------------------------------------------------


def carry_out(local: Local, name: str) -> Local:
    """Somebody, the writer or the relay, carries out what is due in a record's outbox."""
    record = getattr(local, name)
    due = _due(local, name)
    for entry in due:
        if entry.kind is OutboxKind.SETTLE:
            local = _with(local, document=_quiet(lifecycle.settle(local.document, record, NOW)))
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
        return local if swept is record else _with(local, extraction=swept)
    waited_for = None
    if record.state is DocumentState.EXTRACTING and local.extraction is not None:
        is_its = local.extraction.id == lifecycle.extraction_id(record)
        waited_for = local.extraction if is_its else None
    if waited_for is not None and waited_for.work.state in _OPEN:
        return _with(local, document=record.copy_with(enqueued=NOW))
    moved = sweeper.moved_on(record, waited_for, NOW)
    swept = moved or sweeper.requeued(record, NOW, _stands_still)
    return local if swept is record else _with(local, document=_quiet(swept))


def later(local: Local) -> Local:
    """Much time passes.

    What was parked gets another name, as a lease that is renewed now has another end than then.
    """
    extraction = local.extraction
    if extraction is not None:
        aged = extraction.copy_with(work=_aged(extraction.work), outbox=_aged_outbox(extraction))
        extraction = aged
    document = local.document
    parts = [it.copy_with(work=_aged(it.work)) for it in document.parts]
    document = document.copy_with(
        parts=parts, outbox=_aged_outbox(document), enqueued=LONG_AGO, updated=LONG_AGO
    )
    return replace(
        local,
        document=document,
        extraction=extraction,
        carried=frozenset(map(_aged_name, local.carried)),
        queue=tuple(it.copy_with(id=_aged_name(it.id)) for it in local.queue),
    )


def has_live_hold(local: Local) -> bool:
    """Whether somebody is at work whose lease would end if time passed."""
    return any(_is_live(_lease_of(local, it)) for it in local.holds)


def _is_idle(name: str, record: Any) -> bool:
    collection: Any = DOCUMENTS if name == "document" else EXTRACTIONS
    schedule: Schedule = collection.schedule(record)
    return schedule.idle_since is not None and schedule.idle_since < NOW - LEASE


def _stands_still(work: Work) -> bool:
    return work.state in _OPEN and not _is_live(work.lease)


def _aged(work: Work) -> Work:
    lease = work.lease.copy_with(until=LONG_AGO) if work.lease is not None else None
    return work.copy_with(lease=lease, enqueued=LONG_AGO)


def _aged_outbox(record: Aggregate) -> list[Any]:
    return [it.copy_with(not_before=LONG_AGO, id=_aged_name(it.id)) for it in record.outbox]


def _aged_name(name: str) -> str:
    return f"old-{name}" if name.startswith("park-") else name


def _entries(local: Local) -> set[str]:
    found = {it.id for it in local.document.outbox}
    return found | {it.id for it in local.extraction.outbox} if local.extraction else found


def _due(local: Local, name: str) -> list[Any]:
    record = getattr(local, name)
    outbox = record.outbox if record is not None else []
    return [it for it in outbox if it.not_before <= NOW and it.id not in local.carried]


# Records -----------------------------------------------------------------------------------


def _bench(message: JobMessage) -> Any:
    return READING if message.stage is StageName.OCR else EXTRACTING


def _record(local: Local, message: JobMessage) -> Any:
    if message.stage is StageName.OCR:
        return local.document
    found = local.extraction
    wanted = message.target or lifecycle.extraction_id(
        local.document.copy_with(revision=message.revision)
    )
    return found if found is not None and found.id == wanted else None


def _work(record: Aggregate, hold: Hold) -> Work:
    work = _bench(hold.message).work(record, hold.message)
    assert work is not None
    return work


def _lease_of(local: Local, hold: Hold) -> Lease | None:
    record = _record(local, hold.message)
    work = _bench(hold.message).work(record, hold.message) if record is not None else None
    held = work is not None and works.holds(work, hold.token)
    return work.lease if held and work is not None else None


def _is_live(lease: Lease | None) -> bool:
    return lease is not None and lease.until > NOW


def _is_unplanned(local: Local, hold: Hold) -> bool:
    is_first = hold.message.stage is StageName.OCR and local.document.pages is None
    return is_first and local.pages > 1


def _put(local: Local, record: Aggregate) -> Local:
    if isinstance(record, Document):
        return _with(local, document=_quiet(record))
    assert isinstance(record, Extraction)
    return _with(local, extraction=record)


def _with(local: Local, **changes: Any) -> Local:
    changed = replace(local, **changes, serial=local.serial + 1)
    _check_path(local.document, changed.document)
    document = _named(changed.document, local, f"{changed.serial}")
    extraction = changed.extraction
    if extraction is not None:
        extraction = _named(
            extraction.copy_with(outbox=[it for it in extraction.outbox if it.kind not in _TOLD]),
            local,
            f"{changed.serial}x",
        )
    return replace(changed, document=document, extraction=extraction)


def _named(record: Any, before: Local | None, serial: str) -> Any:
    """Fresh outbox entries by the step that made them, as ids at random tell no two runs alike."""
    known: set[str] = set()
    if before is not None:
        known = _entries(before)
    outbox = [
        it if it.id in known or "park-" in it.id else it.copy_with(id=f"e{serial}.{place}")
        for place, it in enumerate(record.outbox)
    ]
    return record.copy_with(outbox=outbox)


def _quiet(document: Document) -> Document:
    """Without what is only told to others: it holds nothing up."""
    kept = [it for it in document.outbox if it.kind not in _TOLD]
    return document.copy_with(outbox=kept, announced=document.sequence)


_NEXT = {
    DocumentState.RECEIVED: {"reading", "extracting", "failed", "cancelled"},
    DocumentState.READING: {"extracting", "failed", "cancelled", "received"},
    DocumentState.EXTRACTING: {"ready", "failed", "cancelled", "received"},
}


def _check_path(before: Document, after: Document) -> None:
    if after.revision != before.revision:
        if after.revision != before.revision + 1 or after.state is not DocumentState.RECEIVED:
            raise BrokenPromise("a revision was skipped, or began in the middle")
        return
    if after.state is not before.state and after.state not in _NEXT.get(before.state, set()):
        raise BrokenPromise(f"an illegal path: {before.state.value} to {after.state.value}")
    names = [it.name for it in after.events]
    if len(names) - len(set(names)) > after.revision * 8:
        raise BrokenPromise("events are told again and again")


def _slot(message: JobMessage) -> Slot:
    return message.stage, message.revision, message.part


def _noted(book: tuple[tuple[Slot, Any], ...], slot: Slot, value: Any) -> Any:
    return tuple(sorted({**dict(book), slot: value}.items()))


def _title(message: JobMessage) -> str:
    return f"{message.stage.value} {message.revision}.{message.part}"


def _run(coroutine: Any) -> Any:
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("it waits for something")
