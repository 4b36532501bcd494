"""One job from claim to commit."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import structlog

from shared.errors import AttemptFailed, Code, DocstageError, RetryClass, Transient
from shared.models.messages import JobMessage
from shared.models.outbox import Aggregate
from shared.models.time import utc_now
from shared.models.work import Problem, StageName, Work
from shared.stages import work as works
from shared.stages.claims import Claims
from shared.stages.context import Runtime
from shared.stages.failpoints import Failpoints
from shared.stages.heart import Heart
from shared.stages.held import Held, LeaseLostError
from shared.stages.outbox import Outbox, entry_ids
from shared.stages.pause import Pause
from shared.stages.retry import FAILED_ATTEMPT, TRANSIENT_TROUBLE
from shared.stages.workbench import Workbench

RELEASE_SECONDS = 5.0
"""How long a job that is to end waits to know what became of its claim."""

_AWAY = frozenset({Code.DEPENDENCY_DOWN, Code.INSUFFICIENT_STORAGE})
"""What the next job would meet as well."""

_NOBODYS_FAULT = frozenset({RetryClass.TRANSIENT, RetryClass.QUOTA})
"""Of the job's: tried again without spending an attempt."""

R = TypeVar("R", bound=Aggregate)
Result = TypeVar("Result")
R_inv = TypeVar("R_inv", bound=Aggregate)
Result_co = TypeVar("Result_co", covariant=True)


async def _machines_time() -> datetime:
    return utc_now()


async def _pass_by(step: str) -> None:
    """No failpoints."""


_Write = Callable[[Callable[[R], R]], Awaitable[R]]


class ReleasedError(asyncio.CancelledError):
    """The job was cancelled, and handed back: its outbox has word of it."""


@dataclass(frozen=True, slots=True)
class JobContext(Generic[R]):
    """What a handler gets beside the record.

    ``update`` writes a change of the record during the job and returns the record as
    stored; it raises ``LeaseLostError`` when the job is no longer ours. ``reach`` passes the
    stage's failpoint for a step of the job. ``now`` is the store's clock, which all jobs go by.
    """

    message: JobMessage
    attempt: int
    update: Callable[[Callable[[R], R]], Awaitable[R]]
    reach: Callable[[str], Awaitable[None]] = _pass_by
    now: Callable[[], Awaitable[datetime]] = _machines_time


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
        self.pause = Pause()
        self._log = structlog.get_logger("docstage.stage")

    async def run(self, message: JobMessage) -> None:
        """Claim, run, commit, publish. When it returns, the message may be acknowledged.

        A store that does not answer is waited for. Cancelling it releases the job without
        spending the attempt, and raises ``ReleasedError`` when word of the job is left in the
        outbox; after any other error, ``CancelledError`` too, the message is to be given back.
        """
        parts = self._parts
        await self._reach(message, "delivered")
        held = await self._claim(message)
        if held is None:
            return
        started = time.monotonic()
        try:
            await self._reach(message, "claimed")
            outcome = await self._work(held)
        except LeaseLostError:
            outcome = "lease_lost"
        except asyncio.CancelledError:
            await asyncio.shield(self._release(held))
            raise ReleasedError from None
        parts.observe(outcome, time.monotonic() - started)
        await self._reach(message, "committed")

    async def _claim(self, message: JobMessage) -> Held[R, Result] | None:
        """Claim; who is cancelled meanwhile has to know whether the claim is written."""
        claiming = asyncio.ensure_future(self._claims.claim(message))
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            await asyncio.wait({claiming}, timeout=RELEASE_SECONDS)
            held = claiming.result() if claiming.done() else None
            claiming.cancel()
            if held is None:
                raise
            await self._release(held)
            raise ReleasedError from None

    async def _reach(self, message: JobMessage, step: str) -> None:
        await self._parts.failpoints.reach(f"{self._parts.stage.name}.{step}", message.document)

    async def _work(self, held: Held[R, Result]) -> str:
        """Run the handler and commit what came of it; the outcome's name."""
        try:
            result = await self._run_handler(held)
        except DocstageError as error:
            self.pause.note(is_away=error.code in _AWAY)
            return await self._commit_trouble(held, error)
        self.pause.note(is_away=False)
        now = await self._parts.runtime.store.now()
        await self._reach(held.message, "worked")
        await self._commit(
            held,
            lambda record: self._parts.workbench.done(record, held.message, result, now),
            held.insist,
        )
        return "done"

    async def _run_handler(self, held: Held[R, Result]) -> Result:
        async def update(change: Callable[[R], R]) -> R:
            return await self._commit(held, change, held.change)

        async def reach(step: str) -> None:
            await self._reach(held.message, step)

        context = JobContext(
            held.message, held.work.attempts, update, reach, self._parts.runtime.store.now
        )
        limit, times = asyncio.timeout(self._parts.job_seconds), self._parts.runtime.limits
        heart = Heart(
            lambda: self._beat(held), times.beat, lambda: self._look(held), look_seconds=times.look
        )
        try:
            async with heart, limit:
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

    async def _look(self, held: Held[R, Result]) -> None:
        """See whether the work is still wanted; raises ``LeaseLostError`` when it is not."""
        with contextlib.suppress(Transient):
            await held.look()

    async def _commit_trouble(self, held: Held[R, Result], error: DocstageError) -> str:
        """Write down a failed try: wait for another, or give up."""
        now = await self._parts.runtime.store.now()
        problem = Problem(code=error.code, detail=error.detail)
        limits, bench, message = self._parts.runtime.limits, self._parts.workbench, held.message
        work = works.tried(held.work, problem, error.retry, now)
        held_out = works.has_held_out(work, now, limits.transient)
        if error.retry in _NOBODYS_FAULT and not held_out:
            due = now + TRANSIENT_TROUBLE.delay(1 + work.attempts, error.retry_after)
            await self._wait(held, works.hold_out(work, problem, now, due), held.insist)
            return "transient"
        spent = work.attempts >= limits.max_attempts
        if error.retry is RetryClass.ATTEMPT and not spent:
            due = now + FAILED_ATTEMPT.delay(work.attempts, error.retry_after)
            await self._wait(held, works.try_again(work, problem, due), held.insist)
            return "attempt_failed"

        def fail(record: R) -> R:
            tried = works.tried(held.work, problem, error.retry, now)
            return bench.failed(bench.with_work(record, message, tried), message, problem, now)

        await self._commit(held, fail, held.insist)
        return "failed"

    async def _wait(self, held: Held[R, Result], waiting: Work, write: "_Write[R]") -> None:
        """Put the work back, with an outbox entry for when it is due."""
        bench, message = self._parts.workbench, held.message

        def change(record: R) -> R:
            entry = bench.job(record, message, waiting.enqueued)
            changed = bench.with_work(record, message, waiting)
            return changed.copy_with(outbox=[*changed.outbox, entry])

        await write(change)

    async def _commit(
        self, held: Held[R, Result], change: Callable[[R], R], write: "_Write[R]"
    ) -> R:
        """Write ``change``, and carry out what it adds to the outbox."""
        known: frozenset[str] = frozenset()

        def noting(record: R) -> R:
            nonlocal known
            known = entry_ids(record)
            return change(record)

        stored = await write(noting)
        await self._parts.outbox.attempt(self._parts.workbench.collection, stored, known)
        return stored

    async def _release(self, held: Held[R, Result]) -> None:
        now = await self._parts.runtime.store.now()
        try:
            await self._wait(held, works.release(held.work, now), held.change)
        except LeaseLostError:
            return
        self._parts.observe("released")
