"""Claiming a job: one conditional update that sets the fencing token.

The attempt is counted in that same write, before any work starts.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

import structlog

from shared.errors import Code, Transient
from shared.models.ids import new_id
from shared.models.messages import JobMessage
from shared.models.outbox import Aggregate
from shared.models.work import Lease, Problem, Work
from shared.stages import work as works
from shared.stages.clearing import without
from shared.stages.context import Runtime
from shared.stages.held import Held
from shared.stages.outbox import Outbox
from shared.stages.workbench import Workbench
from shared.store.port import AlreadyExistsError, Repository, Tenant

R = TypeVar("R", bound=Aggregate)
Result = TypeVar("Result")

PARK_MARGIN = timedelta(seconds=0.5)
TROUBLE_PAUSE = 2.0
"""Seconds between two tries, while the store does not answer."""


class Outcome(StrEnum):
    """What came of a message; all but the first lead to no claim."""

    CLAIMED = "claimed"
    STALE = "stale"
    DUPLICATE = "duplicate"
    PARKED = "parked"
    EXHAUSTED = "exhausted"


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
        self._log = structlog.get_logger("docstage.stage")

    async def claim(self, message: JobMessage) -> Held[R, Result] | None:
        """The claimed job, or ``None`` when there is nothing to do about the message.

        While the store does not answer it is tried again under the same token, which tells
        whether an earlier try has arrived: so no attempt is spent on a lost answer.
        """
        records = self._runtime.store.of(Tenant(message.organization), self._bench.collection)
        token = new_id()
        while True:
            try:
                attempt = await self._begin(message, token)
                stored = await self._write(records, message, attempt)
                break
            except Transient as error:
                self._log.warning("claim_waits", code=error.code)
            await asyncio.sleep(TROUBLE_PAUSE)
        claimed = stored or attempt.arrived
        if attempt.outcome is Outcome.CLAIMED and claimed is not None:
            return Held(records, self._bench, message, claimed, token)
        self._observe(attempt.outcome.value)
        left = stored or attempt.seen
        if attempt.outcome in {Outcome.DUPLICATE, Outcome.EXHAUSTED} and left is not None:
            self._outbox.nudge(self._bench.collection, left)
        return None

    async def _begin(self, message: JobMessage, token: str) -> "Attempt[R, Result]":
        now = await self._runtime.store.now()
        limits = self._runtime.limits
        lease = Lease(token=token, worker=self._runtime.worker, until=now + limits.lease)
        return Attempt(self._bench, message, lease, now, limits.max_attempts)

    async def _write(
        self, records: Repository[R], message: JobMessage, attempt: "Attempt[R, Result]"
    ) -> R | None:
        """What was written: the claim, or what a refused one has to leave behind."""
        target = self._bench.target(message)
        if target is None:
            fresh = await self._bench.make(self._runtime.store, message)
            claimed = attempt.step(fresh) if fresh is not None else None
            if claimed is None:
                return None
            try:
                await records.insert(claimed)
            except AlreadyExistsError:
                target = claimed.id
            else:
                return claimed
        return await records.change(target, attempt.step)


class Attempt(Generic[R, Result]):
    """One try to claim: what is to be written to a record, as a function of the record.

    ``outcome`` and ``seen`` are those of the last record it was shown; ``arrived`` is a record
    that has the token already, by an earlier try whose answer was lost.
    """

    def __init__(
        self,
        bench: Workbench[R, Result],
        message: JobMessage,
        lease: Lease,
        now: datetime,
        max_attempts: int,
    ) -> None:
        self.lease = lease
        self.outcome = Outcome.STALE
        self.seen: R | None = None
        self.arrived: R | None = None
        self._bench = bench
        self._message = message
        self._now = now
        self._max_attempts = max_attempts

    def step(self, record: R) -> R | None:
        """The record as it is to be stored, or ``None`` to leave it."""
        self.seen = record
        work = self._bench.work(record, self._message)
        if work is None:
            self.outcome = Outcome.STALE
            return None
        if works.holds(work, self.lease.token):
            self.outcome, self.arrived = Outcome.CLAIMED, record
            return None
        if works.is_put_off(work, self._now) and self._is_to_come(record):
            self.outcome = Outcome.DUPLICATE
            return None
        claimed = works.claim(work, self.lease, self._now, self._max_attempts)
        if isinstance(claimed, works.Refusal):
            return self._refused(record, work, claimed)
        self.outcome = Outcome.CLAIMED
        changed = self._bench.with_work(record, self._message, claimed)
        # The entry that the message came from has done its duty.
        return changed.copy_with(outbox=without(changed.outbox, {self._message.id}))

    def _is_to_come(self, record: R) -> bool:
        """Whether another entry will ask for the job when it is due.

        Then the message is an earlier one that came twice, and would begin a second row of
        tries beside the one that waits. The entry is no less than the truth: without one,
        whatever the clocks say, this is the message that was waited for.
        """
        wanted = self._bench.job(record, self._message, self._now)
        return any(
            (it.kind, it.stage, it.part, it.target)
            == (wanted.kind, wanted.stage, wanted.part, wanted.target)
            and it.not_before > self._now
            and it.id != self._message.id
            for it in record.outbox
        )

    def _refused(self, record: R, work: Work, why: works.Refusal) -> R | None:
        if why is works.Refusal.OVER:
            self.outcome = Outcome.DUPLICATE
            return None
        if why is works.Refusal.BUSY and work.lease is not None:
            self.outcome = Outcome.PARKED
            return self._park(record, work.lease)
        self.outcome = Outcome.EXHAUSTED
        detail = "The worker process died on this document, each time."
        problem = work.problem or Problem(code=Code.CRASHED, detail=detail)
        lost = self._bench.with_work(record, self._message, works.lose(work, self._now))
        return self._bench.failed(lost, self._message, problem, self._now)

    def _park(self, record: R, lease: Lease) -> R | None:
        """Ask for the job again when the present lease would have run out.

        The holder may be dead: acknowledging the message without this entry would lose the
        job until the sweeper finds it. The entry is named by its part and lease, so that
        doubles collapse; and by the lease's end, as that of an earlier end may have been
        carried out, and be about to be removed.
        """
        entry = self._bench.job(record, self._message, lease.until + PARK_MARGIN)
        until = round(lease.until.timestamp() * 1000)
        entry = entry.copy_with(id=f"park-{self._message.part}-{lease.token}-{until}")
        if any(it.id == entry.id for it in record.outbox):
            return None
        return record.copy_with(outbox=[*record.outbox, entry])
