"""Looking how long documents have been on their way, and what waits in outboxes and queues."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from shared.broker.topology import job_queue
from shared.models.document import Document, DocumentState, EventName
from shared.models.work import Lane, StageName
from shared.stages.context import Runtime
from shared.store.collections import DOCUMENTS
from shared.store.port import Query

UNFINISHED = (DocumentState.RECEIVED, DocumentState.READING, DocumentState.EXTRACTING)
OVERDUE = timedelta(minutes=1)
_SOME = 100
"""Documents of a state that one look reads: of those asked for anew the age is not their own."""
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
        ages = {state.value: await self._age(state, now) for state in UNFINISHED}
        overdue = await store.backlog.count_due(now - OVERDUE, _MOST)
        waiting = {
            (stage.value, lane.value): await broker.depth(job_queue(stage, lane))
            for stage in StageName
            for lane in Lane
        }
        self._seen(ages, overdue, waiting)

    async def _age(self, state: DocumentState, now: datetime) -> float:
        documents = self._runtime.store.across(DOCUMENTS)
        query = Query({"state": state.value}, oldest_first=True)
        found = await documents.page(query, None, _SOME)
        return max(((now - came_in(it)).total_seconds() for it in found), default=0.0)


def came_in(document: Document) -> datetime:
    """When it was received, or asked for anew the last time."""
    received = (it.at for it in reversed(document.events) if it.name is EventName.RECEIVED)
    return next(received, document.created)
