"""Replaying dead letters: what has failed begins again, as pure functions.

A document begins its next revision: from its file on, or, where only the search for fields has
failed, with the pages that were read. Each is one write, which also says in the outbox what
became of the letter; where the letter is not of the present failure it changes nothing.
"""

from datetime import datetime
from enum import StrEnum

from shared.models.dead_letter import DeadLetter
from shared.models.delivery import Delivery
from shared.models.document import Document, EventName, Review
from shared.models.document import DocumentState as State
from shared.models.extraction import Extraction
from shared.models.failure import Remedy
from shared.models.outbox import Aggregate, OutboxEntry, OutboxKind
from shared.models.work import StageName, Work
from shared.stages import failing, lifecycle, notifying, planning


class FromStage(StrEnum):
    """Where a replayed document begins: with its file, or with its pages as they were read."""

    START = "start"
    EXTRACT = "extract"


def stands_at(record: Aggregate, letter: DeadLetter) -> bool:
    """Whether the letter is of the failure that the record stands at."""
    return failing.has_failed(record) and record.dead_letter == letter.id


def has_pages(document: Document, letter: DeadLetter) -> bool:
    """Whether a replay can do without reading."""
    return letter.stage is StageName.EXTRACT and document.container is None and document.is_read


def from_start(document: Document, by: str | None, now: datetime, due: datetime) -> Document:
    """Processed anew from ``due`` on."""
    closed = failing.close(document, Remedy.REPLAYED, now, by, due)
    begun = lifecycle.begin_again(closed, now)
    outbox = [
        it.copy_with(not_before=due) if it.kind is OutboxKind.JOB else it for it in begun.outbox
    ]
    return begun.copy_with(outbox=outbox)


def from_pages(document: Document, by: str | None, now: datetime, due: datetime) -> Document:
    """Fields are looked for anew from ``due`` on, in the pages as they were read.

    Those have to be there under the next revision by now.
    """
    closed = failing.close(document, Remedy.REPLAYED, now, by, due)
    fresh = closed.copy_with(
        revision=document.revision + 1,
        state=State.EXTRACTING,
        type=None,
        extraction=None,
        extracted=None,
        corrected=None,
        error=None,
        review=Review(),
        archived=None,
        outbox=[it for it in closed.outbox if it.kind in failing.KEPT],
    )
    told = lifecycle.announce(fresh, EventName.RECEIVED, now)
    return planning.queue_extraction(lifecycle.announce(told, EventName.READ, now), due)


def order_again(
    extraction: Extraction, document: Document, by: str | None, now: datetime, due: datetime
) -> Extraction:
    """An order is carried out anew from ``due`` on, of the document as it was read last."""
    closed = failing.close(extraction, Remedy.REPLAYED, now, by, due)
    stage = StageName.EXTRACT
    job = OutboxEntry(kind=OutboxKind.JOB, stage=stage, target=extraction.id, not_before=due)
    return closed.copy_with(
        revision=document.revision,
        pages=document.pages or 0,
        work=Work(enqueued=due),
        outbox=[*closed.outbox, job],
    )


def deliver_again(delivery: Delivery, by: str | None, now: datetime, due: datetime) -> Delivery:
    """A delivery is made anew from ``due`` on, with a new schedule."""
    return notifying.again(failing.close(delivery, Remedy.REPLAYED, now, by, due), due)
