"""One job from claim to commit."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

import structlog

from shared.errors import AttemptFailed, Code, DocstageError, RetryClass, Transient
from shared.models.messages import JobMessage
from shared.models.outbox import Aggregate
from shared.models.work import Problem, StageName, Work
from shared.stages import work as works
from shared.stages.claims import Claims
from shared.stages.context import Runtime
from shared.stages.failpoints import Failpoints
from shared.stages.heart import Heart
from shared.stages.held import Held, LeaseLostError
from shared.stages.outbox import Outbox, entry_ids
from shared.stages.retry import FAILED_ATTEMPT, TRANSIENT_TROUBLE
from shared.stages.workbench import Workbench

_NOBODYS_FAULT = frozenset({RetryClass.TRANSIENT, RetryClass.QUOTA})
"""Of the job's: tried again without spending an attempt."""

R = TypeVar("R", bound=Aggregate)
Result = TypeVar("Result")
R_inv = TypeVar("R_inv", bound=Aggregate)
Result_co = TypeVar("Result_co", covariant=True)


async def _pass_by(step: str) -> None:
    """No failpoints."""


@dataclass(frozen=True, slots=True)
class JobContext(Generic[R]):
    """What a handler gets beside the record.

    ``update`` writes a change of the record during the job and returns the record as
    stored; it raises ``LeaseLostError`` when the job is no longer ours. ``reach`` passes the
    stage's failpoint for a step of the job.
    """

    message: JobMessage
    attempt: int
    update: Callable[[Callable[[R], R]], Awaitable[R]]
    reach: Callable[[str], Awaitable[None]] = _pass_by


class Stage(Protocol[R_inv, Result_co]):
    """A stage's own work: pure domain, no queues, leases or retries."""

    @property
    def name(self) -> StageName:
        """Which stage it is."""

    async def run(self, record: R_inv, context: JobContext[R_inv]) -> Result_co:
        """Do the work; raises ``DocstageError`` saying whether a retry makes sense."""


class JobObserver(Protocol):
    """Is told how jobs end, for metrics: an outcome and the seconds it took."""

    def __call__(self, outcome: str, seconds: float = 0.0) -> None:
        """Note one outcome."""


@dataclass(frozen=True, slots=True)
class JobParts(Generic[R, Result]):
    """What a job runner is made of."""

    runtime: Runtime
    workbench: Workbench[R, Result]
    stage: Stage[R, Result]
    outbox: Outbox
    job_seconds: float
    observe: JobObserver
    failpoints: Failpoints


class JobRunner(Generic[R, Result]):
    """Runs single jobs of one stage."""

    def __init__(self, parts: JobParts[R, Result]) -> None:
        self._parts = parts
        self._claims = Claims(parts.runtime, parts.workbench, parts.outbox, parts.observe)
        self._log = structlog.get_logger("docstage.stage")

    async def run(self, message: JobMessage) -> None:
        """Claim, run, commit, publish. When it returns, the message may be acknowledged.

        Raises ``Transient`` when the store does not answer: then it may not. Cancelling
        it releases the job without spending the attempt.
        """
        parts = self._parts
        await self._reach(message, "delivered")
        held = await self._claims.claim(message)
        if held is None:
            return
        await self._reach(message, "claimed")
        started = time.monotonic()
        try:
            outcome = await self._work(held)
        except LeaseLostError:
            outcome = "lease_lost"
        except asyncio.CancelledError:
            await asyncio.shield(self._release(held))
            raise
        parts.observe(outcome, time.monotonic() - started)
        await self._reach(message, "committed")

    async def _reach(self, message: JobMessage, step: str) -> None:
        await self._parts.failpoints.reach(f"{self._parts.stage.name}.{step}", message.document)

    async def _work(self, held: Held[R, Result]) -> str:
        """Run the handler and commit what came of it; the outcome's name."""
        try:
            result = await self._run_handler(held)
        except DocstageError as error:
            return await self._commit_trouble(held, error)
        now = await self._parts.runtime.store.now()
        await self._reach(held.message, "worked")
        await self._commit(
            held, lambda record: self._parts.workbench.done(record, held.message, result, now)
        )
        return "done"

    async def _run_handler(self, held: Held[R, Result]) -> Result:
        async def update(change: Callable[[R], R]) -> R:
            return await self._commit(held, change)

        async def reach(step: str) -> None:
            await self._reach(held.message, step)

        context = JobContext(held.message, held.work.attempts, update, reach)
        limit = asyncio.timeout(self._parts.job_seconds)
        try:
            async with Heart(lambda: self._beat(held), self._parts.runtime.limits.beat), limit:
                return await self._parts.stage.run(held.record, context)
        except (DocstageError, LeaseLostError):
            raise
        except Exception as error:
            if limit.expired():
                raise AttemptFailed(Code.TIMED_OUT) from None
            self._log.exception("handler_failed", stage=self._parts.stage.name.value)
            raise AttemptFailed(Code.UNEXPECTED_ERROR) from error

    async def _beat(self, held: Held[R, Result]) -> None:
        """Renew the lease; raises ``LeaseLostError`` when it is lost."""
        limits = self._parts.runtime.limits
        try:
            until = await self._parts.runtime.store.now() + limits.lease
            await held.change_work(lambda work: works.renew(work, until))
        except Transient:
            self._log.warning("heartbeat_failed", stage=self._parts.stage.name.value)

    async def _commit_trouble(self, held: Held[R, Result], error: DocstageError) -> str:
        """Write down a failed try: wait for another, or give up."""
        now = await self._parts.runtime.store.now()
        problem = Problem(code=error.code, detail=error.detail)
        limits, bench, message = self._parts.runtime.limits, self._parts.workbench, held.message
        work = held.work
        held_out = works.has_held_out(work, now, limits.transient)
        if error.retry in _NOBODYS_FAULT and not held_out:
            due = now + TRANSIENT_TROUBLE.delay(1 + work.attempts, error.retry_after)
            await self._wait(held, works.hold_out(work, problem, now, due))
            return "transient"
        spent = work.attempts >= limits.max_attempts
        if error.retry is RetryClass.ATTEMPT and not spent:
            due = now + FAILED_ATTEMPT.delay(work.attempts, error.retry_after)
            await self._wait(held, works.try_again(work, problem, due))
            return "attempt_failed"
        await self._commit(held, lambda record: bench.failed(record, message, problem, now))
        return "failed"

    async def _wait(self, held: Held[R, Result], waiting: Work) -> None:
        """Put the work back, with an outbox entry for when it is due."""
        bench, message = self._parts.workbench, held.message

        def change(record: R) -> R:
            entry = bench.job(record, message, waiting.enqueued)
            changed = bench.with_work(record, message, waiting)
            return changed.copy_with(outbox=[*changed.outbox, entry])

        await held.change(change)

    async def _commit(self, held: Held[R, Result], change: Callable[[R], R]) -> R:
        """Write ``change``, and carry out what it adds to the outbox."""
        known: frozenset[str] = frozenset()

        def noting(record: R) -> R:
            nonlocal known
            known = entry_ids(record)
            return change(record)

        stored = await held.change(noting)
        await self._parts.outbox.attempt(self._parts.workbench.collection, stored, known)
        return stored

    async def _release(self, held: Held[R, Result]) -> None:
        now = await self._parts.runtime.store.now()
        try:
            await self._wait(held, works.release(held.work, now + timedelta(0)))
        except LeaseLostError:
            return
        self._parts.observe("released")
