"""When a record next needs somebody, as data: the relay and the sweeper search by it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.models.delivery import Delivery, DeliveryKind
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction
from shared.models.outbox import Aggregate
from shared.models.work import FINAL_WORK_STATES, StageName, Work, WorkState

FRESH = timedelta(seconds=2)
"""So long whoever wrote an entry carries it out; one for later nobody does before the relay."""
_MARGIN = timedelta(seconds=1)
"""What is due so long after it was written is for later."""
_NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a record next needs somebody, for the relay and the sweeper.

    ``outbox_due``: when the first entry of its outbox is due; of one for later ``FRESH`` before.
    ``idle_since``: with an empty
    outbox and unfinished work for ``stage``, when that work was enqueued or its lease ends.
    ``unannounced_since``: since when it has events that notify has not taken over.
    ``unindexed_since``: since when searches have not known all that it is found by.
    ``expires``: when it is to go, once nothing more happens to it by itself.
    """

    outbox_due: datetime | None = None
    stage: StageName | None = None
    idle_since: datetime | None = None
    unannounced_since: datetime | None = None
    unindexed_since: datetime | None = None
    expires: datetime | None = None


def _outbox_due(record: Aggregate) -> datetime | None:
    """When the relay is to see to it, less ``FRESH``, which only a writer's own entries need."""
    is_later = record.updated + _MARGIN
    return min(
        (it.not_before - (FRESH if it.not_before > is_later else _NONE) for it in record.outbox),
        default=None,
    )


def _idle_since(work: Work) -> datetime | None:
    if work.state is WorkState.WAITING:
        return work.enqueued
    if work.state is WorkState.RUNNING and work.lease is not None:
        return work.lease.until
    return None


def document_schedule(document: Document) -> Schedule:
    """Of a document, with its parts."""
    schedule = _document_schedule(document)
    if not document.is_to_index:
        return schedule
    return replace(schedule, unindexed_since=document.updated)


def _document_schedule(document: Document) -> Schedule:
    due = _outbox_due(document)
    if due is not None:
        return Schedule(outbox_due=due)
    if document.announced < document.sequence and document.is_final:
        return Schedule(unannounced_since=document.updated)
    if document.state is DocumentState.EXTRACTING:
        return Schedule(stage=StageName.EXTRACT, idle_since=document.enqueued)
    if document.is_final:
        is_erased = document.state is DocumentState.EXPIRED and not document.is_to_erase
        is_over = is_erased and not document.is_to_forget
        return Schedule(expires=None if is_over else document.expires)
    return _open_schedule(document)


def _open_schedule(document: Document) -> Schedule:
    if document.source is not None and not document.has_file:
        return Schedule(stage=StageName.FETCH, idle_since=_idle_since(document.source.work))
    if document.container is not None and document.container.work.state not in FINAL_WORK_STATES:
        return Schedule(stage=StageName.UNPACK, idle_since=_idle_since(document.container.work))
    idle = [moment for part in document.parts if (moment := _idle_since(part.work))]
    return Schedule(stage=StageName.OCR, idle_since=min(idle, default=None))


def extraction_schedule(extraction: Extraction) -> Schedule:
    """Of an extraction."""
    due = _outbox_due(extraction)
    idle = _idle_since(extraction.work) if due is None else None
    return Schedule(due, StageName.EXTRACT if idle else None, idle)


def delivery_schedule(delivery: Delivery) -> Schedule:
    """Of a delivery; one whose reader comes for it has none."""
    if delivery.kind is DeliveryKind.PULL:
        return Schedule()  # its reader comes for it
    due = _outbox_due(delivery)
    idle = _idle_since(delivery.work) if due is None else None
    return Schedule(due, StageName.NOTIFY if idle else None, idle)
