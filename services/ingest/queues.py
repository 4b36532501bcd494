"""Looking at the stages' lines: how many stand there, for how long, how fast they move.

The store is asked, as it is the truth; what waits at the broker is told beside it. An organization
sees what is its own. That others stand before it shows in the time left only.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.ingest.pace import Moving, pace_of
from shared.broker.port import Broker
from shared.broker.topology import job_queue
from shared.errors import DocstageError
from shared.models.delivery import Delivery
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction
from shared.models.work import Lane, StageName, WorkState
from shared.stages.lifecycle import extraction_id
from shared.store.collections import DELIVERIES, DOCUMENTS, EXTRACTIONS
from shared.store.port import Pointer, Store, Tenant
from shared.store.standings import Place, Status, Stay, document_standing, stay

MOST = 100_000
"""Counts end here: longer lines are told as this long, and as ``capped``."""
WINDOW = timedelta(minutes=5)
"""What a stage was done with in this time is told by the minute."""
_NEWEST = 24
"""So many of those that a stage was done with last tell its pace."""
_TICK = timedelta(milliseconds=1)
"""Stores keep times no finer."""
_BROKER_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Line:
    """One lane of a stage: records that wait, are at work, or are put off to a later time.

    ``oldest`` is how many seconds the first one has waited, ``per_minute`` how many a minute the
    stage was done with in the last five (``None``: with none), ``eta`` how many seconds until the
    last one is through (``None``: nothing moves, or nothing is known of the pace). ``messages``
    are those that wait at the broker, if that was asked.
    """

    stage: StageName
    lane: Lane
    waiting: int
    running: int
    postponed: int
    capped: bool
    oldest: float | None
    per_minute: float | None
    eta: float | None
    messages: int | None = None

    @property
    def depth(self) -> int:
        """All that the stage has still to do now."""
        return self.waiting + self.running


@dataclass(frozen=True, slots=True)
class DocumentPlace:
    """Where a document stands: the ``position``-th of those its reader sees, 0 once begun.

    ``eta`` is in seconds, until the stage is through with it.
    """

    stage: StageName
    lane: Lane
    status: Status
    since: datetime
    position: int
    eta: float | None


@dataclass(frozen=True, slots=True)
class _AtWork:
    """How many a stage is at, the last since ``begun``; ``taken`` still stand in its line."""

    all: int
    taken: int
    begun: datetime | None


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
            eta = await self._until(stage, lane, since, await self._store.now())
        return DocumentPlace(stage, lane, status, since, position, eta)

    async def _line(
        self, stage: StageName, lane: Lane, tenant: Tenant | None, now: datetime
    ) -> Line:
        # First, so that a line that moves on meanwhile is not one without a beginning.
        span = await self._span(stage, lane, tenant)
        place = Place(stage, lane, Status.WAITING)
        standing = await self._queues.count(place, MOST, tenant=tenant) if span else 0
        postponed = await self._queues.count(
            Place(stage, lane, Status.POSTPONED), MOST, tenant=tenant
        )
        busy = await self._at_work(stage, lane, tenant)
        waiting = max(0, standing - busy.taken)
        done = await self._queues.count_passed(stage, lane, MOST, after=now - WINDOW, tenant=tenant)
        messages, eta = None, None
        if tenant is None:
            messages = await self._messages(stage, lane)
        if span and waiting:
            eta = await self._until(stage, lane, span[1], now)
        return Line(
            stage=stage,
            lane=lane,
            waiting=waiting,
            running=busy.all,
            postponed=postponed,
            capped=max(standing, postponed, busy.all) >= MOST,
            oldest=max(0.0, (now - span[0]).total_seconds()) if span and waiting else None,
            per_minute=done / (WINDOW / timedelta(minutes=1)) or None,
            eta=eta,
            messages=messages,
        )

    async def _until(
        self, stage: StageName, lane: Lane, since: datetime, now: datetime
    ) -> float | None:
        """Seconds until all who stand there since then, or for longer, are through."""
        stays = await self._stays(await self._queues.passed(stage, lane, _NEWEST), stage)
        span, busy = await self._span(stage, lane, None), await self._at_work(stage, lane, None)
        first = span[0] if span else None
        pace = pace_of(Moving(now, stays, busy.all, first, busy.begun))
        if pace is None:
            return None
        place = Place(stage, lane, Status.WAITING)
        waiting = await self._queues.count(place, MOST, before=since + _TICK)
        return pace.seconds(max(1, waiting - busy.taken))

    async def _stays(self, pointers: Iterable[Pointer], stage: StageName) -> list[Stay]:
        """When the stage was at each of these."""
        ids: dict[str, list[str]] = {}
        for it in pointers:
            ids.setdefault(it.collection, []).append(it.id)
        across = self._store.across
        records: list[Document | Extraction | Delivery] = []
        if DOCUMENTS.name in ids:
            records += await across(DOCUMENTS).get_many(ids[DOCUMENTS.name])
        if EXTRACTIONS.name in ids:
            records += await across(EXTRACTIONS).get_many(ids[EXTRACTIONS.name])
        if DELIVERIES.name in ids:
            records += await across(DELIVERIES).get_many(ids[DELIVERIES.name])
        return [it for it in (stay(record, stage) for record in records) if it is not None]

    async def _at_work(self, stage: StageName, lane: Lane, tenant: Tenant | None) -> _AtWork:
        statuses = [Status.RUNNING] + [Status.TAKEN] * (stage is StageName.EXTRACT)
        places = [Place(stage, lane, it) for it in statuses]
        running, *rest = [await self._queues.count(it, MOST, tenant=tenant) for it in places]
        taken = sum(rest)
        spans = [await self._queues.span(it, tenant) for it in places if running + taken]
        begun = max((it[1] for it in spans if it is not None), default=None)
        return _AtWork(running + taken, taken, begun)

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


def _being_made(document: Document, extractions: Iterable[Extraction]) -> Extraction | None:
    """The extraction that the document waits for, while somebody is at it."""
    if document.state is not DocumentState.EXTRACTING:
        return None
    wanted = extraction_id(document)
    made = (it for it in extractions if it.id == wanted)
    return next((it for it in made if it.work.state is WorkState.RUNNING), None)
