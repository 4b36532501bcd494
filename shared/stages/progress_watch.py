"""Looking how long documents have been on their way, and what waits in outboxes and queues."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from shared.broker.topology import job_queue
from shared.models.document import Document, DocumentState, EventName
from shared.models.work import Lane, StageName
from shared.stages.context import Runtime
from shared.store.collections import DOCUMENTS
from shared.store.standings import Place, Status

UNFINISHED = (DocumentState.RECEIVED, DocumentState.READING, DocumentState.EXTRACTING)
OVERDUE = timedelta(minutes=1)
_SOME = 20
"""Documents of a line that one look reads: who stands there longest need not have come in first."""
_PLACES = [
    Place(stage, lane, status)
    for stage in StageName
    if stage is not StageName.NOTIFY
    for lane in Lane
    for status in (Status.WAITING, Status.RUNNING, Status.POSTPONED)
]
_MOST = 10_000

Seen = Callable[[Mapping[str, float], int, Mapping[tuple[str, str], int]], None]


class ProgressWatch:
    """``seen`` is told of ages in seconds by state, of overdue records, of queues' messages."""

    def __init__(self, runtime: Runtime, seen: Seen) -> None:
        self._runtime = runtime
        self._seen = seen

    async def step(self) -> None:
        """One look; raises ``Transient`` when store or broker are down."""
        store, broker = self._runtime.store, self._runtime.broker
        now = await store.now()
        ages = await self._ages(now)
        overdue = await store.backlog.count_due(now - OVERDUE, _MOST)
        waiting = {
            (stage.value, lane.value): await broker.depth(job_queue(stage, lane))
            for stage in StageName
            for lane in Lane
        }
        self._seen(ages, overdue, waiting)

    async def _ages(self, now: datetime) -> dict[str, float]:
        """By state, of those that have stood in each line for the longest."""
        ages = {it.value: 0.0 for it in UNFINISHED}
        documents = self._runtime.store.across(DOCUMENTS)
        for place in _PLACES:
            first = await self._runtime.store.queues.first(place, _SOME)
            ids = [it.id for it in first if it.collection == DOCUMENTS.name]
            for document in await documents.get_many(ids) if ids else []:
                age = (now - came_in(document)).total_seconds()
                if document.state in UNFINISHED:
                    ages[document.state.value] = max(ages[document.state.value], age)
        return ages


def came_in(document: Document) -> datetime:
    """When it was received, or asked for anew the last time."""
    received = (it.at for it in reversed(document.events) if it.name is EventName.RECEIVED)
    return next(received, document.created)
