"""A document's way: what happened to it, and each try of each piece of work, in their order.

All of it is read off the records: the events of the document, and of each piece of work since when
it waited, who did it, from when to when, and what went wrong (the newest tries that failed).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.errors import Code
from shared.models.delivery import Delivery, DeliveryKind
from shared.models.document import Document, PagePart
from shared.models.extraction import Extraction
from shared.models.work import FINAL_WORK_STATES, Problem, Try, Work, WorkState


class Step(StrEnum):
    """What a row of the timeline is about."""

    EVENT = "event"
    FETCH = "fetch"
    UNPACK = "unpack"
    READ = "read"
    EXTRACT = "extract"
    TELL = "tell"


class Outcome(StrEnum):
    """How a try ended, or that it has not."""

    HAPPENED = "happened"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that happened; times that nobody knows are ``None``.

    ``about`` is the event, the pages, or who is told; ``subject`` the id of an extraction or a
    delivery. ``waiting`` from ``enqueued`` to ``started``, at work until ``ended``.
    """

    step: Step
    outcome: Outcome
    about: str = ""
    subject: str | None = None
    attempt: int = 0
    enqueued: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    worker: str = ""
    problem: Problem | None = None
    status: int | None = None

    @property
    def at(self) -> datetime:
        """When it has its place in the order."""
        moments = (self.started, self.ended, self.enqueued)
        return next(it for it in moments if it is not None)

    def waited(self, now: datetime) -> float | None:
        """Seconds from being due to being begun; so far, for what has not begun."""
        if self.enqueued is None:
            return None
        until = self.started or (now if self.outcome is Outcome.WAITING else None)
        return None if until is None else max(0.0, (until - self.enqueued).total_seconds())

    def took(self, now: datetime) -> float | None:
        """Seconds of work; so far, for what is being done."""
        if self.started is None:
            return None
        until = self.ended or (now if self.outcome is Outcome.RUNNING else None)
        return None if until is None else max(0.0, (until - self.started).total_seconds())


def timeline(
    document: Document, extractions: Sequence[Extraction], deliveries: Sequence[Delivery]
) -> list[Row]:
    """All rows, in the order of their times."""
    rows = [
        *(
            Row(Step.EVENT, Outcome.HAPPENED, about=it.name.value, ended=it.at)
            for it in document.events
        ),
        *_work_of(document),
        *(row for it in extractions for row in _tries(Step.EXTRACT, it.work, _kind_of(it), it.id)),
        *(row for it in deliveries for row in _told(it)),
    ]
    return sorted(rows, key=lambda it: it.at)


def _work_of(document: Document) -> Iterator[Row]:
    if document.source is not None:
        yield from _tries(Step.FETCH, document.source.work, "the URL")
    if document.container is not None:
        yield from _tries(Step.UNPACK, document.container.work, document.container.kind.value)
    for part in document.parts:
        yield from _tries(Step.READ, part.work, _pages(part, document.pages))


def _pages(part: PagePart, pages: int | None) -> str:
    last = part.last if part.last is not None else pages
    if last is None:
        return "pages"
    return f"page {part.first + 1}" if last - part.first <= 1 else f"pages {part.first + 1}-{last}"


def _kind_of(extraction: Extraction) -> str:
    return "" if extraction.order is None else "as somebody asked"


def _tries(step: Step, work: Work, about: str, subject: str | None = None) -> Iterator[Row]:
    """Tries that failed, and the one that ended the work or is still to do so."""
    is_waiting = work.state is WorkState.WAITING
    is_between = is_waiting or _is_last_failed(work)
    first = work.begun - len(work.tries) + (1 if is_between else 0)
    for number, it in enumerate(work.tries, max(1, first)):
        yield _failed(step, it, about, subject, number)
    if _is_last_failed(work) or (work.state is WorkState.CANCELLED and work.started is None):
        return
    yield Row(
        step,
        Outcome(work.state.value),
        about,
        subject,
        attempt=work.begun + 1 if is_waiting else max(1, work.begun),
        enqueued=work.enqueued,
        started=None if is_waiting else work.started,
        ended=work.finished if work.state in FINAL_WORK_STATES else None,
        worker="" if is_waiting else work.worker,
        problem=work.problem,
    )


def _failed(step: Step, ended: Try, about: str, subject: str | None, attempt: int) -> Row:
    return Row(
        step,
        Outcome.LOST if ended.code == Code.CRASHED else Outcome.FAILED,
        about,
        subject,
        attempt=attempt,
        enqueued=ended.enqueued,
        started=ended.started,
        ended=ended.at,
        worker=ended.worker,
        problem=Problem(code=ended.code, detail=ended.detail),
    )


def _is_last_failed(work: Work) -> bool:
    """Whether the newest try that failed is the one that ended the work."""
    return work.state is WorkState.FAILED and bool(work.tries)


def _told(delivery: Delivery) -> Iterator[Row]:
    """The tries of a delivery, by its log; one that is being fetched has none of its own."""
    about = f"{delivery.kind.value} {delivery.event_name.value if delivery.event_name else ''}"
    made = delivery.attempts_made - len(delivery.log)
    for number, it in enumerate(delivery.log, max(0, made) + 1):
        yield Row(
            Step.TELL,
            Outcome.DONE if it.problem is None else Outcome.FAILED,
            about,
            delivery.id,
            attempt=number,
            enqueued=delivery.created if number == 1 else None,
            started=it.at,
            ended=it.at + timedelta(milliseconds=it.milliseconds),
            problem=it.problem,
            status=it.status,
        )
    if delivery.work.state in {WorkState.WAITING, WorkState.RUNNING}:
        is_lent = delivery.kind is DeliveryKind.PULL and delivery.work.lease is not None
        due = min((it.not_before for it in delivery.outbox), default=delivery.work.enqueued)
        yield Row(
            Step.TELL,
            Outcome.RUNNING if is_lent else Outcome.WAITING,
            about,
            delivery.id,
            attempt=delivery.attempts_made + 1,
            enqueued=due,
            started=delivery.work.started if is_lent else None,
            problem=delivery.work.problem,
        )
