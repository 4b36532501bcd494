"""All there is about one document: its records, its messages, who works on it, and the clock.

Time is of two kinds, now and long ago: ``later`` makes everything that was now long ago, so that
leases end, delays are over and the sweeper loses its patience. That is all the functions ask for.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.errors import Code
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction
from shared.models.messages import JobMessage
from shared.models.outbox import Aggregate, OutboxKind
from shared.models.work import Lease, Problem, StageName, Work
from shared.stages import lifecycle
from shared.stages import work as works
from shared.stages.extracting import Extracting
from shared.stages.reading import Reading

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
            self.extraction.outbox or self.extraction.work.state in OPEN
        )
        return self.document.is_final and quiet and done


OPEN = frozenset({works.WorkState.WAITING, works.WorkState.RUNNING})


def accepted(pages: int = 1) -> Local:
    """A document that was just accepted; each of its pages is a part."""
    fresh = Document(
        id="d", organization="o", workspace="w", name="a.pdf", media_type="application/pdf",
        size=1, sha256="0", blob="o/d/original", created=NOW, updated=NOW, enqueued=NOW,
    )  # fmt: skip
    return Local(named(quiet(lifecycle.receive(fresh, NOW)), None, "accept"), pages=pages)


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
    return any(is_live(lease_of(local, it)) for it in local.holds)


def _aged(work: Work) -> Work:
    lease = work.lease.copy_with(until=LONG_AGO) if work.lease is not None else None
    return work.copy_with(lease=lease, enqueued=LONG_AGO)


def _aged_outbox(record: Aggregate) -> list[Any]:
    return [it.copy_with(not_before=LONG_AGO, id=_aged_name(it.id)) for it in record.outbox]


def _aged_name(name: str) -> str:
    return f"old-{name}" if name.startswith("park-") else name


def entries_of(local: Local) -> set[str]:
    found = {it.id for it in local.document.outbox}
    return found | {it.id for it in local.extraction.outbox} if local.extraction else found


def due_entries(local: Local, name: str) -> list[Any]:
    record = getattr(local, name)
    outbox = record.outbox if record is not None else []
    return [it for it in outbox if it.not_before <= NOW and it.id not in local.carried]


def bench_of(message: JobMessage) -> Any:
    return READING if message.stage is StageName.OCR else EXTRACTING


def record_of(local: Local, message: JobMessage) -> Any:
    if message.stage is StageName.OCR:
        return local.document
    found = local.extraction
    wanted = message.target or lifecycle.extraction_id(
        local.document.copy_with(revision=message.revision)
    )
    return found if found is not None and found.id == wanted else None


def work_of(record: Aggregate, hold: Hold) -> Work:
    work = bench_of(hold.message).work(record, hold.message)
    assert work is not None
    return work


def lease_of(local: Local, hold: Hold) -> Lease | None:
    record = record_of(local, hold.message)
    work = bench_of(hold.message).work(record, hold.message) if record is not None else None
    held = work is not None and works.holds(work, hold.token)
    return work.lease if held and work is not None else None


def is_live(lease: Lease | None) -> bool:
    return lease is not None and lease.until > NOW


def is_unplanned(local: Local, hold: Hold) -> bool:
    is_first = hold.message.stage is StageName.OCR and local.document.pages is None
    return is_first and local.pages > 1


def put(local: Local, record: Aggregate) -> Local:
    if isinstance(record, Document):
        return with_changes(local, document=quiet(record))
    assert isinstance(record, Extraction)
    return with_changes(local, extraction=record)


def with_changes(local: Local, **changes: Any) -> Local:
    changed = replace(local, **changes, serial=local.serial + 1)
    _check_path(local.document, changed.document)
    document = named(changed.document, local, f"{changed.serial}")
    extraction = changed.extraction
    if extraction is not None:
        extraction = named(
            extraction.copy_with(outbox=[it for it in extraction.outbox if it.kind not in _TOLD]),
            local,
            f"{changed.serial}x",
        )
    return replace(changed, document=document, extraction=extraction)


def named(record: Any, before: Local | None, serial: str) -> Any:
    """Fresh outbox entries by the step that made them, as ids at random tell no two runs alike."""
    known: set[str] = set()
    if before is not None:
        known = entries_of(before)
    outbox = [
        it if it.id in known or "park-" in it.id else it.copy_with(id=f"e{serial}.{place}")
        for place, it in enumerate(record.outbox)
    ]
    return record.copy_with(outbox=outbox)


def quiet(document: Document) -> Document:
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


def slot_of(message: JobMessage) -> Slot:
    return message.stage, message.revision, message.part


def noted(book: tuple[tuple[Slot, Any], ...], slot: Slot, value: Any) -> Any:
    return tuple(sorted({**dict(book), slot: value}.items()))


def title_of(message: JobMessage) -> str:
    return f"{message.stage.value} {message.revision}.{message.part}"
