"""Claiming a job: one conditional update that sets the fencing token.

The attempt is counted in that same write, before any work starts.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from shared.errors import Code
from shared.models.ids import new_id
from shared.models.messages import JobMessage
from shared.models.outbox import Aggregate
from shared.models.work import Lease, Problem, Work
from shared.stages import work as works
from shared.stages.clearing import without
from shared.stages.context import Runtime
from shared.stages.held import Held
from shared.stages.outbox import Outbox
from shared.stages.workbench import Loaded, Workbench
from shared.store.port import AlreadyExistsError, Repository, Tenant

R = TypeVar("R", bound=Aggregate)
Result = TypeVar("Result")

PARK_MARGIN = timedelta(seconds=0.5)


class Claims(Generic[R, Result]):
    """Claims jobs of one stage. ``observe`` is told of messages that led to no claim."""

    def __init__(
        self,
        runtime: Runtime,
        workbench: Workbench[R, Result],
        outbox: Outbox,
        observe: Callable[[str], None],
    ) -> None:
        self._runtime = runtime
        self._bench = workbench
        self._outbox = outbox
        self._observe = observe

    async def claim(self, message: JobMessage) -> Held[R, Result] | None:
        """The claimed job, or ``None`` when there is nothing to do about the message."""
        records = self._runtime.store.of(Tenant(message.organization), self._bench.collection)
        loaded = await self._bench.load(self._runtime.store, message)
        while True:
            work = self._bench.work(loaded.record, message) if loaded else None
            if loaded is None or work is None:
                self._observe("stale")
                return None
            now = await self._runtime.store.now()
            claimed = self._try(work, now)
            if isinstance(claimed, works.Refusal):
                if await self._refused(records, message, loaded.record, work, claimed, now):
                    return None
            else:
                stored = await self._store(records, message, loaded, claimed)
                if stored is not None and claimed.lease is not None:
                    return Held(records, self._bench, message, stored, claimed.lease.token)
            loaded = await self._load_again(records, message, loaded)

    async def _load_again(
        self, records: Repository[R], message: JobMessage, missed: Loaded[R]
    ) -> Loaded[R] | None:
        """What is there now, where another write came before ours."""
        if missed.is_new and (existing := await records.get(missed.record.id)) is not None:
            return Loaded(existing)
        return await self._bench.load(self._runtime.store, message)

    def _try(self, work: Work, now: datetime) -> Work | works.Refusal:
        limits = self._runtime.limits
        lease = Lease(token=new_id(), worker=self._runtime.worker, until=now + limits.lease)
        return works.claim(work, lease, now, limits.max_attempts)

    async def _store(
        self, records: Repository[R], message: JobMessage, loaded: Loaded[R], claimed: Work
    ) -> R | None:
        """Write the claim, and drop the outbox entry that the message came from."""
        record = self._bench.with_work(loaded.record, message, claimed)
        record = record.copy_with(outbox=without(record.outbox, {message.id}))
        if not loaded.is_new:
            return await records.replace(record)
        try:
            await records.insert(record)
        except AlreadyExistsError:
            return None
        return record

    async def _refused(  # noqa: PLR0913, PLR0917 - all of it is the situation
        self,
        records: Repository[R],
        message: JobMessage,
        record: R,
        work: Work,
        why: works.Refusal,
        now: datetime,
    ) -> bool:
        """Deal with a refused claim; whether that succeeded (else look again)."""
        if why is works.Refusal.OVER:
            self._observe("duplicate")
            self._outbox.nudge(self._bench.collection, record)
            return True
        if why is works.Refusal.BUSY and work.lease is not None:
            return await self._park(records, message, record, work.lease)
        detail = "The worker process died on this document, each time."
        problem = work.problem or Problem(code=Code.CRASHED, detail=detail)
        stored = await records.replace(self._bench.failed(record, message, problem, now))
        if stored is not None:
            self._observe("exhausted")
            self._outbox.nudge(self._bench.collection, stored)
        return stored is not None

    async def _park(
        self, records: Repository[R], message: JobMessage, record: R, lease: Lease
    ) -> bool:
        """Ask for the job again when the present lease would have run out.

        The holder may be dead: acknowledging the message without this entry would lose the
        job until the sweeper finds it. The entry is named by its part and lease, so that
        doubles collapse.
        """
        entry = self._bench.job(record, message, lease.until + PARK_MARGIN)
        entry = entry.copy_with(id=f"park-{message.part}-{lease.token}")
        self._observe("parked")
        if any(it.id == entry.id for it in record.outbox):
            return True
        parked = record.copy_with(outbox=[*record.outbox, entry])
        return await records.replace(parked) is not None
