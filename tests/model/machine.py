"""One document in a world of faults: the steps between its states.

The steps are the functions that the services run: ``Attempt.step`` claims, the workbenches commit,
``lifecycle`` settles, calls off and begins anew, the sweeper's ``requeued`` and ``moved_on`` queue
again. Only what is around them is modelled: a broker that may lose, double and reorder messages,
workers that may die at every point, entries that are carried out and removed a moment later.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from shared.models.extraction import Extraction
from shared.models.messages import JobMessage
from shared.models.outbox import OutboxKind
from shared.stages import lifecycle
from shared.stages import work as works
from tests.model.moves import (
    ENDS,
    carry_out,
    clear,
    commit,
    done,
    planned,
    renewed_lease,
    sweep,
    take,
)
from tests.model.one_document import (
    NOW,
    OPEN,
    Hold,
    Local,
    due_entries,
    entries_of,
    is_live,
    is_unplanned,
    lease_of,
    quiet,
    title_of,
    with_changes,
)


@dataclass(frozen=True)
class Step:
    """What may happen next; ``faults`` is what it costs of their budget."""

    name: str
    after: Local
    faults: int = 0


def steps(local: Local, *, idle_worker: bool, faults: bool) -> Iterator[Step]:
    """All that can happen to a document, by itself and, if they are wanted, by faults."""
    if idle_worker:
        for number, message in _each(local):
            yield Step(f"take {title_of(message)}", take(local, number))
            if faults:
                taken = take(local, number, is_acknowledged=False)
                yield Step(f"take {title_of(message)} and die", taken, 1)
    for number, hold in enumerate(local.holds):
        yield from _of_worker(local, number, hold, faults=faults)
    for name in ("document", "extraction"):
        if due_entries(local, name):
            published = carry_out(local, name)
            yield Step(f"carry out {name}", clear(published))
            if faults:
                yield Step(f"carry out {name}, clear later", published, 1)
                dead = replace(published, carried=local.carried)
                yield Step(f"carry out {name} and die", dead, 1)
    if local.carried & entries_of(local):
        yield Step("clear", clear(local))
    yield from _of_sweeper(local, faults=faults)
    if faults:
        yield from _of_broker(local)
        yield from _of_people(local)


def _of_worker(local: Local, number: int, hold: Hold, *, faults: bool) -> Iterator[Step]:
    title = title_of(hold.message)
    yield Step(f"commit {title}", commit(local, number, done))
    if is_unplanned(local, hold):
        yield Step(f"plan {title}", commit(local, number, planned, ends=False))
    lease = lease_of(local, hold)
    if lease is not None and not is_live(lease):
        yield Step(f"beat at {title}", commit(local, number, renewed_lease, ends=False))
    if not faults:
        return
    others = tuple(it for place, it in enumerate(local.holds) if place != number)
    back = () if hold.is_redelivered else (hold.message,)
    yield Step(f"die at {title}", replace(local, holds=others, queue=(*local.queue, *back)), 1)
    if not hold.is_redelivered:
        void = replace(hold, is_redelivered=True)
        again = replace(local, holds=(*others, void), queue=(*local.queue, hold.message))
        yield Step(f"redeliver {title}", again, 1)
    for name, change in ENDS.items():
        yield Step(f"{name} {title}", commit(local, number, change), 1)
    finished = commit(local, number, done)
    yield Step(f"commit {title} and die", replace(finished, queue=(*finished.queue, *back)), 1)


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
        yield Step(f"lose {title_of(message)}", replace(local, queue=rest, lost=True), 1)
        yield Step(f"double {title_of(message)}", replace(local, queue=(*local.queue, message)), 1)


def _each(local: Local) -> Iterator[tuple[int, JobMessage]]:
    """The messages in the queue, each kind once, and where it is."""
    for number, message in enumerate(local.queue):
        if message not in local.queue[:number]:
            yield number, message


def _of_people(local: Local) -> Iterator[Step]:
    document = local.document
    if not document.is_final:
        ended = quiet(lifecycle.cancel(document, NOW))
        after = with_changes(local, document=ended, extraction=_called_off(local))
        yield Step("cancel", after, 1)
    if document.revision == 1:
        again = quiet(lifecycle.reprocess(document, NOW))
        after = with_changes(local, document=again, extraction=_called_off(local))
        yield Step("reprocess", after, 1)


def _called_off(local: Local) -> Extraction | None:
    """As the gateway does after the document's own write; the next revision has its own."""
    found = local.extraction
    if found is None or found.work.state not in OPEN:
        return found
    kept = [it for it in found.outbox if it.kind is not OutboxKind.JOB]
    return found.copy_with(work=works.cancel(found.work, NOW), outbox=kept)
