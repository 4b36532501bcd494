"""Guards of the stage runtime: outbox and sweeper, claims, leases, tokens, attempts, limits."""

from datetime import datetime
from typing import Any

from shared.compute import pool
from shared.models.document import Document
from shared.models.messages import JobMessage
from shared.models.work import Lease, Work, WorkState
from shared.stages import claims, lifecycle, reading, runner
from shared.stages import work as works
from shared.stages.held import Held, LeaseLostError
from shared.stages.relay import Relay
from shared.stages.sweeper import Sweeper, SweepReport
from tests.faults.guards.registry import Guard

_WORKERS = ("ocr", "extract")


def _nobody_looks_after() -> None:
    """What is left in outboxes, and what stands still, stays so."""

    async def nothing(self: Any) -> None:
        return None

    async def nothing_found(self: Any) -> SweepReport:
        return SweepReport()

    Relay.step = nothing  # type: ignore[method-assign]
    Sweeper.step = nothing_found  # type: ignore[method-assign]
    Sweeper.recover = nothing_found  # type: ignore[method-assign]


def _messages_are_acknowledged_first() -> None:
    """A message is gone before its work is done, and nobody looks after what stands still."""
    run = runner.StageRunner._run

    async def acknowledged(self: Any, incoming: Any, message: JobMessage) -> None:
        await incoming.ack()
        await run(self, incoming, message)

    runner.StageRunner._run = acknowledged  # type: ignore[method-assign]
    _nobody_looks_after()


def _what_is_held_is_dropped() -> None:
    """A message whose work another holds is acknowledged, and nobody looks after it either."""
    refused = claims.Attempt._refused

    def drop(self: Any, record: Any, work: Any, why: Any) -> Any:
        if why is works.Refusal.BUSY:
            return None
        return refused(self, record, work, why)

    claims.Attempt._refused = drop  # type: ignore[method-assign]
    _nobody_looks_after()


def _what_is_over_begins_again() -> None:
    """A message is worked on whether its work is over or not, wherever the document stands."""
    claim = works.claim

    def reclaim(work: Work, lease: Lease, now: datetime, max_attempts: int) -> Any:
        if work.state in works.FINAL_WORK_STATES:
            work = work.copy_with(state=WorkState.WAITING, lease=None, attempts=0)
        return claim(work, lease, now, max_attempts)

    def part_of(document: Document, message: JobMessage) -> Any:
        return next((it for it in document.parts if it.index == message.part), None)

    after_part = lifecycle.after_part

    def again(document: Document, now: datetime) -> Document:
        return after_part(document.copy_with(state=lifecycle.DocumentState.READING), now)

    works.claim = reclaim
    reading._part = part_of
    lifecycle.after_part = again


def _attempts_are_counted_afterwards() -> None:
    """A claim costs no attempt: only a try that comes to an end is counted."""
    claim = works.claim

    def free_claim(work: Work, lease: Lease, now: datetime, max_attempts: int) -> Any:
        claimed = claim(work, lease, now, max_attempts)
        if isinstance(claimed, works.Refusal):
            return claimed
        return claimed.copy_with(attempts=work.attempts)

    works.claim = free_claim


def _any_token_is_good() -> None:
    """Who has lost a lease may commit all the same, and is told of nothing."""

    def work(self: Any) -> Work:
        found = self._bench.work(self.record, self.message)
        if found is None:
            raise LeaseLostError
        return found  # type: ignore[no-any-return]

    async def look(self: Any) -> None:
        return None

    Held.work = property(work)  # type: ignore[assignment,method-assign]
    Held.look = look  # type: ignore[method-assign]


def _a_stop_costs_an_attempt() -> None:
    """Work that is handed back by a process that stops counts as a failed attempt."""

    def release(work: Work, now: datetime) -> Work:
        return work.copy_with(state=WorkState.WAITING, lease=None, enqueued=now)

    works.release = release


def _children_may_take_for_ever() -> None:
    """Nobody watches how long a child process takes."""
    run, each = pool.ComputePool.run, pool.ComputePool.each

    async def patient_run(self: Any, function: Any, *args: Any, timeout: float) -> Any:  # noqa: ASYNC109
        return await run(self, function, *args, timeout=1e6)

    def patient_each(self: Any, function: Any, *args: Any, timeout: float) -> Any:
        return each(self, function, *args, timeout=1e6)

    pool.ComputePool.run = patient_run  # type: ignore[method-assign]
    pool.ComputePool.each = patient_each  # type: ignore[method-assign]


GUARDS = {
    "relay and sweeper": Guard(
        "what was left behind is found again", _nobody_looks_after, ("ingest",)
    ),
    "late acknowledgement": Guard(
        "a message stays until its work is committed (sweeper out too)",
        _messages_are_acknowledged_first, ("ingest", *_WORKERS),
    ),
    "parking": Guard(
        "a message for held work is put off, not dropped (sweeper out too)",
        _what_is_held_is_dropped, ("ingest", *_WORKERS),
    ),
    "state checks": Guard(
        "a message for work that is over changes nothing", _what_is_over_begins_again, _WORKERS
    ),
    "attempts before work": Guard(
        "the claim counts the attempt", _attempts_are_counted_afterwards, _WORKERS
    ),
    "fencing": Guard("only the lease's token may commit", _any_token_is_good, _WORKERS),
    "release": Guard("a stop gives the attempt back", _a_stop_costs_an_attempt, _WORKERS),
    "child timeouts": Guard(
        "a child that hangs is killed", _children_may_take_for_ever, _WORKERS
    ),
}  # fmt: skip
