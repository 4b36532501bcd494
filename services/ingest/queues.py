"""Looking at the stages' lines: how many stand there, for how long, how fast they move.

The store is asked, as it is the truth; what waits at the broker is told beside it. An organization
sees what is its own. That others stand before it shows in the time left only.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.broker.port import Broker
from shared.broker.topology import job_queue
from shared.errors import DocstageError
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction
from shared.models.work import Lane, StageName, WorkState
from shared.stages.lifecycle import extraction_id
from shared.store.port import Store, Tenant
from shared.store.standings import Place, Status, document_standing

MOST = 100_000
"""Counts end here: longer lines are told as this long, and as ``capped``."""
WINDOW = timedelta(minutes=5)
_SHORTEST = timedelta(seconds=10)
"""Less than this is too short a time to measure a pace in."""
_BROKER_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Line:
    """One lane of a stage: records that wait, are at work, or are put off to a later time.

    ``oldest`` is how many seconds the first one has waited, ``per_minute`` how many the stage was
    done with of late, ``eta`` how many seconds at this pace until the last one is through
    (``None``: nothing moves). ``messages`` are those that wait at the broker, if that was asked.
    """

    stage: StageName
    lane: Lane
    waiting: int
    running: int
    postponed: int
    capped: bool
    oldest: float | None
    per_minute: float
    eta: float | None
    messages: int | None = None

    @property
    def depth(self) -> int:
        """All that the stage has still to do now."""
        return self.waiting + self.running


@dataclass(frozen=True, slots=True)
class DocumentPlace:
    """Where a document stands: the ``position``-th of those its reader sees, 0 once begun.

    ``eta`` is in seconds, until the stage is through with it at the present pace.
    """

    stage: StageName
    lane: Lane
    status: Status
    since: datetime
    position: int
    eta: float | None


class QueueView:
    """Looks when it is asked, at a cost that does not grow with what is finished."""

    def __init__(self, store: Store, broker: Broker) -> None:
        self._store = store
        self._queues = store.queues
        self._broker = broker

    async def lines(self, tenant: Tenant | None) -> list[Line]:
        """Every lane of every stage; of all organizations for ``None``, with the broker's word."""
        now = await self._store.now()
        lanes = [(stage, lane) for stage in StageName for lane in Lane]
        return await asyncio.gather(*(self._line(*it, tenant, now) for it in lanes))

    async def place(
        self, document: Document, extractions: Iterable[Extraction], tenant: Tenant
    ) -> DocumentPlace | None:
        """Where a document stands; ``None`` once no stage has it any more."""
        standing = document_standing(document)
        place, since = standing.place, standing.since
        if place is None or since is None:
            return None
        stage, lane, status = place.stage, place.lane, place.status
        made = _being_made(document, extractions)
        if made is not None:
            status, since = Status.RUNNING, made.work.started or since
        position, eta = 0, None
        if status is Status.WAITING:
            position = 1 + await self._queues.count(place, MOST, tenant=tenant, before=since)
            ahead = 1 + await self._queues.count(place, MOST, before=since)
            eta = _seconds(ahead, await self._pace(stage, lane, await self._store.now()))
        return DocumentPlace(stage, lane, status, since, position, eta)

    async def _line(
        self, stage: StageName, lane: Lane, tenant: Tenant | None, now: datetime
    ) -> Line:
        # First, so that a line that moves on meanwhile is not one without a beginning.
        span = await self._span(stage, lane, tenant)
        counts = {
            it: await self._queues.count(Place(stage, lane, it), MOST, tenant=tenant)
            for it in _statuses(stage)
            if span or it is not Status.WAITING
        }
        taken = counts.get(Status.TAKEN, 0)
        waiting = max(0, counts.get(Status.WAITING, 0) - taken)
        window = _window(now, span)
        passed = await self._queues.passed(stage, lane, now - window, MOST, tenant)
        pace = passed / window.total_seconds()
        messages, eta = None, None
        if tenant is None:
            messages = await self._messages(stage, lane)
            eta = _seconds(waiting, pace)
        elif span:
            eta = await self._until_last(stage, lane, span[1], now)
        return Line(
            stage=stage,
            lane=lane,
            waiting=waiting,
            running=counts[Status.RUNNING] + taken,
            postponed=counts[Status.POSTPONED],
            capped=max(counts.values()) >= MOST,
            oldest=max(0.0, (now - span[0]).total_seconds()) if span and waiting else None,
            per_minute=60 * pace,
            eta=eta if waiting else None,
            messages=messages,
        )

    async def _until_last(
        self, stage: StageName, lane: Lane, last: datetime, now: datetime
    ) -> float | None:
        """Seconds until the last one is through; all that stand before it come first."""
        place = Place(stage, lane, Status.WAITING)
        ahead = await self._queues.count(place, MOST, before=last)
        return _seconds(ahead + 1, await self._pace(stage, lane, now))

    async def _pace(self, stage: StageName, lane: Lane, now: datetime) -> float:
        """Records a second that the stage is done with, measured while somebody waited."""
        window = _window(now, await self._span(stage, lane, None))
        passed = await self._queues.passed(stage, lane, now - window, MOST)
        return passed / window.total_seconds()

    async def _span(
        self, stage: StageName, lane: Lane, tenant: Tenant | None
    ) -> tuple[datetime, datetime] | None:
        return await self._queues.span(Place(stage, lane, Status.WAITING), tenant)

    async def _messages(self, stage: StageName, lane: Lane) -> int | None:
        try:
            async with asyncio.timeout(_BROKER_SECONDS):
                return await self._broker.depth(job_queue(stage, lane))
        except (DocstageError, TimeoutError):
            return None


def _statuses(stage: StageName) -> list[Status]:
    return [it for it in Status if it is not Status.TAKEN or stage is StageName.EXTRACT]


def _window(now: datetime, span: tuple[datetime, datetime] | None) -> timedelta:
    """Since when somebody has been waiting, so that an idle hour before does not count as slow."""
    waited = now - span[0] if span else WINDOW
    return min(WINDOW, max(_SHORTEST, waited))


def _seconds(records: int, pace: float) -> float | None:
    return records / pace if pace else None


def _being_made(document: Document, extractions: Iterable[Extraction]) -> Extraction | None:
    """The extraction that the document waits for, while somebody is at it."""
    if document.state is not DocumentState.EXTRACTING:
        return None
    wanted = extraction_id(document)
    made = (it for it in extractions if it.id == wanted)
    return next((it for it in made if it.work.state is WorkState.RUNNING), None)
