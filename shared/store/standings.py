"""Where a record stands in the stages' lines, and which it has passed, as data.

Lists of what waits, and how fast a line moves, are counted by it; it changes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import combinations

from shared.models.delivery import Delivery, DeliveryKind
from shared.models.document import OPEN_DOCUMENT_STATES, Document, DocumentState
from shared.models.extraction import Extraction
from shared.models.work import FINAL_WORK_STATES, Lane, StageName, Work, WorkState

_MARGIN = timedelta(seconds=1)
"""What is due this much after it was written is put off, and does not stand in the line."""
_OF_DOCUMENTS = (StageName.FETCH, StageName.UNPACK, StageName.OCR)
_TRIED = frozenset({WorkState.DONE, WorkState.FAILED})


class Status(StrEnum):
    """How a record stands in a line.

    ``postponed`` is to be tried again at a later time. ``taken`` is an extraction being made
    while its document stands in the line for it.
    """

    WAITING = "waiting"
    RUNNING = "running"
    POSTPONED = "postponed"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Place:
    """A stage's lane, and how records stand there."""

    stage: StageName
    lane: Lane
    status: Status

    def __str__(self) -> str:
        return f"{self.stage.value}.{self.lane.value}.{self.status.value}"


@dataclass(frozen=True, slots=True)
class Standing:
    """A record's ``place`` and ``since`` when; for what is put off, when it is due.

    ``passed`` names the stages that are done with it, and ``passed_at`` when the last one was.
    """

    place: Place | None = None
    since: datetime | None = None
    passed: str | None = None
    passed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """When a stage began with a record that it is done with, and when it ended."""

    began: datetime
    ended: datetime


STANDING_IN: Mapping[StageName, tuple[str, ...]] = {
    **dict.fromkeys(_OF_DOCUMENTS, ("documents",)),
    StageName.EXTRACT: ("documents", "extractions"),
    StageName.NOTIFY: ("deliveries",),
}
"""The collections whose records stand in a stage's lines, so that no others are looked at."""


def passed_by(stages: Iterable[StageName], lane: Lane) -> str:
    """The text that says by which stages a record was passed."""
    return f"{'+'.join(it.value for it in stages)}.{lane.value}"


def ways_through(stage: StageName, lane: Lane) -> list[str]:
    """All that ``passed`` may be of records that a stage is done with."""
    if stage not in _OF_DOCUMENTS:
        return [passed_by([stage], lane)]
    ways = (it for size in (1, 2, 3) for it in combinations(_OF_DOCUMENTS, size))
    return [passed_by(way, lane) for way in ways if stage in way]


def document_standing(document: Document) -> Standing:
    """Of a document in the stages that work on its file, or waiting for its fields."""
    ended = {stage: it.ended for stage, it in _ended(document)}
    passed = passed_by(ended, document.lane) if ended else None
    place, since = _stands(document)
    return Standing(place, since, passed, max(ended.values(), default=None))


def extraction_standing(extraction: Extraction) -> Standing:
    """Of an extraction; while its document stands in the line it only says whether it is made."""
    work, lane = extraction.work, extraction.lane
    passed = _passed(StageName.EXTRACT, work, lane)
    if extraction.order is None and work.state is WorkState.RUNNING:
        taken = Place(StageName.EXTRACT, lane, Status.TAKEN)
        return Standing(taken, work.started)
    if extraction.order is None:
        return passed
    return _in_line(StageName.EXTRACT, work, lane, extraction.updated) or passed


def delivery_standing(delivery: Delivery) -> Standing:
    """Of a delivery; one whose reader comes for it stands nowhere."""
    if delivery.kind is DeliveryKind.PULL:
        return Standing()
    work, lane = delivery.work, delivery.lane
    in_line = _in_line(StageName.NOTIFY, work, lane, delivery.updated)
    return in_line or _passed(StageName.NOTIFY, work, lane)


def stay(record: Document | Extraction | Delivery, stage: StageName) -> Stay | None:
    """When a stage was at a record it is done with; of one tried again, the last try."""
    if isinstance(record, Document):
        return dict(_ended(record)).get(stage)
    return _stay([record.work])


def _stands(document: Document) -> tuple[Place, datetime] | tuple[None, None]:
    if document.state not in OPEN_DOCUMENT_STATES:
        return None, None
    if document.state is DocumentState.EXTRACTING:
        place = Place(StageName.EXTRACT, document.lane, Status.WAITING)
        return place, document.enqueued
    stage, works = _present(document)
    found = [_status(it, document.updated) for it in works if it.state not in FINAL_WORK_STATES]
    for status in (Status.RUNNING, Status.WAITING, Status.POSTPONED):
        moments = [since for it, since in found if it is status]
        if moments:
            return Place(stage, document.lane, status), min(moments)
    return None, None


def _present(document: Document) -> tuple[StageName, list[Work]]:
    """The stage that the document is in, and its pieces of work there."""
    if document.source is not None and not document.has_file:
        return StageName.FETCH, [document.source.work]
    if document.container is not None and document.container.work.state not in FINAL_WORK_STATES:
        return StageName.UNPACK, [document.container.work]
    return StageName.OCR, [it.work for it in document.parts]


def _status(work: Work, written: datetime) -> tuple[Status, datetime]:
    if work.state is WorkState.RUNNING:
        return Status.RUNNING, work.started or work.enqueued
    is_later = work.enqueued > written + _MARGIN
    return (Status.POSTPONED if is_later else Status.WAITING), work.enqueued


def _ended(document: Document) -> Iterable[tuple[StageName, Stay]]:
    """The stages that are done with the document, and when each was at it."""
    parts = [it.work for it in document.parts]
    holders = (
        (StageName.FETCH, [document.source.work] if document.source else []),
        (StageName.UNPACK, [document.container.work] if document.container else []),
        (StageName.OCR, parts),
    )
    for stage, works in holders:
        found = _stay(works) if all(it.state in FINAL_WORK_STATES for it in works) else None
        if found is not None:
            yield stage, found


def _stay(works: Iterable[Work]) -> Stay | None:
    """From when the first piece of work was begun until the last one ended."""
    tried = [(it.started, it.finished) for it in works if it.state in _TRIED]
    ended = [it for _, it in tried if it is not None]
    began = [start or end for start, end in tried if end is not None]
    return Stay(min(it for it in began if it), max(ended)) if ended else None


def _in_line(stage: StageName, work: Work, lane: Lane, written: datetime) -> Standing | None:
    if work.state in FINAL_WORK_STATES:
        return None
    status, since = _status(work, written)
    return Standing(Place(stage, lane, status), since)


def _passed(stage: StageName, work: Work, lane: Lane) -> Standing:
    if work.state not in _TRIED or work.finished is None:
        return Standing()
    return Standing(passed=passed_by([stage], lane), passed_at=work.finished)
