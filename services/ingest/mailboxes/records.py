"""What becomes of a mailbox's record: pure functions, for compare-and-set."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from shared.models.mailbox import (
    MAX_LEFT_OUT,
    MAX_TROUBLED,
    LeftOutMail,
    Mailbox,
    Progress,
    TroubledMail,
)
from shared.models.work import Lease, Problem

MAX_ATTEMPTS = 5
_RETRY = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(minutes=15)
_OVERLAP = timedelta(days=1)
"""Mail servers do not promise that mail comes in the order of its times."""

Step = Callable[[Mailbox], Mailbox | None]


def claim(lease: Lease, now: datetime) -> Step:
    """Take the lease of a mailbox that is due; nothing while another holds it.

    Storing it is refused as long as another mailbox of the account is held.
    """

    def step(mailbox: Mailbox) -> Mailbox | None:
        is_held = mailbox.lease is not None and mailbox.lease.until > now
        if is_held or not mailbox.enabled or mailbox.due > now:
            return None
        return mailbox.held_by(lease)

    return step


def held(token: str, change: Callable[[Mailbox], Mailbox]) -> Step:
    """A change that only the holder of the lease may make."""

    def step(mailbox: Mailbox) -> Mailbox | None:
        if mailbox.lease is None or mailbox.lease.token != token:
            return None
        return change(mailbox)

    return step


def prolong(until: datetime) -> Callable[[Mailbox], Mailbox]:
    """The lease holds until then."""

    def change(mailbox: Mailbox) -> Mailbox:
        lease = mailbox.lease
        return mailbox.copy_with(lease=lease.copy_with(until=until) if lease else None)

    return change


def opened(uid_validity: int, uid_next: int, now: datetime) -> Callable[[Mailbox], Mailbox]:
    """The folder as it was found; UIDs of another ``UIDVALIDITY`` mean nothing any more."""

    def change(mailbox: Mailbox) -> Mailbox:
        before = mailbox.progress
        if before.uid_validity == uid_validity:
            return mailbox
        if before.uid_validity is None:
            last = 0 if mailbox.backlog else uid_next - 1
            since = None if mailbox.backlog else now
            progress = Progress(uid_validity=uid_validity, last_uid=max(0, last), since=since)
        else:
            newest = before.newest - _OVERLAP if before.newest else None
            since = max((it for it in (before.since, newest) if it), default=None)
            progress = Progress(
                uid_validity=uid_validity,
                newest=before.newest,
                again_until=uid_next if since else 0,
                since=since,
            )
        return mailbox.copy_with(progress=progress, troubled=[], left_out=[])

    return change


def is_old(progress: Progress, uid: int, received: datetime | None) -> bool:
    """Whether a mail was there before the server began to count anew, and was dealt with."""
    if uid >= progress.again_until or progress.since is None or received is None:
        return False
    return received < progress.since


def passed(uid: int, received: datetime | None) -> Callable[[Mailbox], Mailbox]:
    """A mail that needs nothing: it is gone, or was dealt with before."""
    return lambda mailbox: _dealt_with(mailbox, uid, received)


def taken(uid: int, received: datetime | None) -> Callable[[Mailbox], Mailbox]:
    """A mail whose document exists, and that was put away."""

    def change(mailbox: Mailbox) -> Mailbox:
        done = _dealt_with(mailbox, uid, received)
        return done.copy_with(taken=mailbox.taken + 1)

    return change


def refused(
    uid: int, received: datetime | None, problem: Problem, now: datetime
) -> Callable[[Mailbox], Mailbox]:
    """A mail that is left out."""

    def change(mailbox: Mailbox) -> Mailbox:
        done = _dealt_with(mailbox, uid, received)
        left_out = [LeftOutMail(uid=uid, at=now, problem=problem), *mailbox.left_out]
        return done.copy_with(left_out=left_out[:MAX_LEFT_OUT], refused=mailbox.refused + 1)

    return change


def troubled(
    uid: int, received: datetime | None, problem: Problem, now: datetime
) -> Callable[[Mailbox], Mailbox]:
    """A mail that is tried again, and left out after the fifth time."""

    def change(mailbox: Mailbox) -> Mailbox:
        before = next((it for it in mailbox.troubled if it.uid == uid), None)
        attempts = before.attempts + 1 if before else 1
        if attempts >= MAX_ATTEMPTS or (before is None and len(mailbox.troubled) >= MAX_TROUBLED):
            return refused(uid, received, problem, now)(mailbox)
        due = now + _RETRY * 4 ** (attempts - 1)
        trouble = TroubledMail(uid=uid, attempts=attempts, due=due, problem=problem)
        done = _dealt_with(mailbox, uid, received)
        return done.copy_with(troubled=[*done.troubled, trouble])

    return change


def looked(now: datetime, pause: timedelta) -> Callable[[Mailbox], Mailbox]:
    """The end of a look that went well."""

    def change(mailbox: Mailbox) -> Mailbox:
        return mailbox.released(looked=now, problem=None, failures=0, due=now + pause)

    return change


def failed(problem: Problem, now: datetime, pause: timedelta) -> Callable[[Mailbox], Mailbox]:
    """The end of a look that did not; the next one waits longer each time, up to a quarter hour."""

    def change(mailbox: Mailbox) -> Mailbox:
        longest = min(_LONGEST_PAUSE, pause * 2 ** min(mailbox.failures, 20))
        due = now + max(pause, longest * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
        return mailbox.released(problem=problem, failures=mailbox.failures + 1, due=due)

    return change


def asked_for(now: datetime) -> Callable[[Mailbox], Mailbox]:
    """Somebody wants it looked into now, and what was left out tried again."""

    def change(mailbox: Mailbox) -> Mailbox:
        again = [
            TroubledMail(uid=it.uid, attempts=0, due=now, problem=it.problem)
            for it in mailbox.left_out
        ]
        waiting = [it.copy_with(due=now) for it in mailbox.troubled]
        return mailbox.copy_with(due=now, left_out=[], troubled=[*waiting, *again])

    return change


def _dealt_with(mailbox: Mailbox, uid: int, received: datetime | None) -> Mailbox:
    before = mailbox.progress
    newest = max((it for it in (before.newest, received) if it), default=None)
    progress = before.copy_with(last_uid=max(before.last_uid, uid), newest=newest)
    rest = [it for it in mailbox.troubled if it.uid != uid]
    return mailbox.copy_with(progress=progress, troubled=rest)
