"""The state machine of a piece of work, as pure functions.

Every stage, on every adapter, changes ``Work`` only through these, so a model of the
machine can be checked against the very code the services run.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from shared.errors import Code, RetryClass
from shared.models.work import FINAL_WORK_STATES, Lease, Problem, Try, Work, WorkState

MAX_TRIES = 10
"""Failed tries that a piece of work remembers, the newest; dead letters tell of them."""
LOST = "The worker was lost: it died, or the store did not hear from it in time."


class Refusal(StrEnum):
    """Why a claim was refused: another holds it, it is over, or its attempts are spent."""

    BUSY = "busy"
    OVER = "over"
    EXHAUSTED = "exhausted"


def claim(work: Work, lease: Lease, now: datetime, max_attempts: int) -> Work | Refusal:
    """Take the work: sets the lease with its fencing token and counts the attempt.

    A lease that is still live refuses; a stale one is taken over, its attempt stays spent.
    """
    if work.state in FINAL_WORK_STATES:
        return Refusal.OVER
    if work.lease is not None and work.lease.until > now:
        return Refusal.BUSY
    if work.attempts >= max_attempts:
        return Refusal.EXHAUSTED
    return lose(work, now).copy_with(
        state=WorkState.RUNNING,
        lease=lease,
        attempts=work.attempts + 1,
        begun=work.begun + 1,
        started=now,
        worker=lease.worker,
    )


def is_put_off(work: Work, now: datetime) -> bool:
    """Whether the next try is not due yet."""
    return work.state is WorkState.WAITING and work.enqueued > now


def holds(work: Work, token: str) -> bool:
    """Whether the holder of ``token`` may still commit."""
    return work.state is WorkState.RUNNING and work.lease is not None and work.lease.token == token


def renew(work: Work, until: datetime) -> Work:
    """Prolong the lease (a heartbeat)."""
    if work.lease is None:
        return work
    return work.copy_with(lease=work.lease.copy_with(until=until))


def tried(work: Work, problem: Problem, retry: RetryClass, now: datetime) -> Work:
    """Note that the present try has failed, whatever is to follow."""
    worker = work.lease.worker if work.lease else ""
    ended = Try(
        at=now,
        enqueued=work.enqueued,
        started=work.started,
        worker=worker,
        code=problem.code,
        detail=problem.detail,
        retry=retry,
    )
    return work.copy_with(tries=[*work.tries, ended][-MAX_TRIES:])


def lose(work: Work, now: datetime) -> Work:
    """Note that whoever holds the lease will not come back, where there is one."""
    if work.lease is None:
        return work
    return tried(work, Problem(code=Code.CRASHED, detail=LOST), RetryClass.ATTEMPT, now)


def finish(work: Work, now: datetime) -> Work:
    """The work is done."""
    return work.copy_with(
        state=WorkState.DONE, lease=None, finished=now, trouble_since=None, problem=None
    )


def give_up(work: Work, problem: Problem, now: datetime) -> Work:
    """The work failed for good."""
    return work.copy_with(state=WorkState.FAILED, lease=None, finished=now, problem=problem)


def cancel(work: Work, now: datetime) -> Work:
    """Nobody wants the work any more; a holder's commit will be refused."""
    if work.state in FINAL_WORK_STATES:
        return work
    return work.copy_with(state=WorkState.CANCELLED, lease=None, finished=now)


def release(work: Work, now: datetime) -> Work:
    """Hand the work back unfinished, without spending the attempt (shutdown)."""
    return work.copy_with(
        state=WorkState.WAITING, lease=None, attempts=max(0, work.attempts - 1), enqueued=now
    )


def try_again(work: Work, problem: Problem, due: datetime) -> Work:
    """Wait for another try from ``due`` on; the attempt stays spent."""
    return work.copy_with(state=WorkState.WAITING, lease=None, enqueued=due, problem=problem)


def hold_out(work: Work, problem: Problem, now: datetime, due: datetime) -> Work:
    """Wait for a dependency to come back; the attempt is not spent."""
    waiting = release(work, due)
    return waiting.copy_with(problem=problem, trouble_since=work.trouble_since or now)


def has_held_out(work: Work, now: datetime, limit: timedelta) -> bool:
    """Whether transient trouble has lasted longer than ``limit``."""
    return work.trouble_since is not None and now - work.trouble_since > limit


def requeue(work: Work, now: datetime, *, break_lease: bool = False) -> Work:
    """Note that the work's job was handed to the broker again.

    ``break_lease`` is for a start-up that knows no other process can be alive.
    """
    if work.state in FINAL_WORK_STATES:
        return work
    if work.lease is not None and (break_lease or work.lease.until <= now):
        return lose(work, now).copy_with(state=WorkState.WAITING, lease=None, enqueued=now)
    return work.copy_with(enqueued=now)
