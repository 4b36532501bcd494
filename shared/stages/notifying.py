"""The workbench of the notify stage: a delivery and its schedule of tries.

The schedule is that of Standard Webhooks (specification, "Retry schedule"): at once, then
after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 hours, 75.6 hours in all. Callbacks, which
nobody can look after, and handshakes are tried five times within an hour, REST hooks eleven times
within a day; tests once.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.errors import Code
from shared.models.delivery import Delivery, DeliveryAttempt, DeliveryKind
from shared.models.messages import JobMessage
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.work import Problem, StageName, Work
from shared.stages import failing
from shared.stages import work as works
from shared.store.collections import DELIVERIES, Collection
from shared.store.port import Store

SCHEDULE = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
)
CALLBACK_SCHEDULE = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 600, 2400))
RESTHOOK_SCHEDULE = tuple(
    timedelta(seconds=seconds)
    for seconds in (10, 60, 300, 900, 1800, 3600, 7200, 14400, 21600, 28800)
)
_SCHEDULES = {
    DeliveryKind.CALLBACK: CALLBACK_SCHEDULE,
    DeliveryKind.HANDSHAKE: CALLBACK_SCHEDULE,
    DeliveryKind.RESTHOOK: RESTHOOK_SCHEDULE,
}
JITTER = 0.2
MAX_LOG = 20
THROTTLED = timedelta(seconds=60)
"""The least pause after an answer that says, or a silence that shows, that it was too much."""

_TOO_MUCH = frozenset({429, 502, 504})
_LOST = frozenset({Code.TARGET_GONE, Code.TARGET_DISABLED, Code.MAIL_REFUSED})
"""What no further try can mend."""


@dataclass(frozen=True, slots=True)
class Postponed:
    """No try was made: the endpoint is at rest or busy, or another event goes first.

    Only for an endpoint does a delivery's time run meanwhile (``counts``).
    """

    until: datetime
    counts: bool = True


_OF_WORKERS = frozenset({Code.CRASHED, Code.TIMED_OUT, Code.UNEXPECTED_ERROR, Code.OUT_OF_MEMORY})
"""Why a job ended that says nothing of the receiver."""


@dataclass(frozen=True, slots=True)
class Schedules:
    """The pauses between the tries of deliveries; ``webhook`` are those of webhooks."""

    webhook: Sequence[timedelta] = SCHEDULE

    @classmethod
    def listed(cls, webhook: str) -> "Schedules":
        """With the seconds of a comma-separated list, as in the settings."""
        return cls(tuple(timedelta(seconds=int(it)) for it in webhook.split(",")))

    def of(self, delivery: Delivery) -> Sequence[timedelta]:
        """The pauses of a delivery."""
        if delivery.is_test:
            return ()
        if delivery.kind is DeliveryKind.WEBHOOK:
            return self.webhook
        return _SCHEDULES.get(delivery.kind, SCHEDULE)

    def is_last_try(self, delivery: Delivery, now: datetime) -> bool:
        """Whether a delivery is given up if its next try fails.

        Either all tries before have been made, or, where it had to wait for an endpoint at
        rest, the time is over in which they would have been. Time in which a try was due and
        nobody was there to make it does not count.
        """
        pauses = self.of(delivery)
        longest = sum(pauses, timedelta()) * (1 + JITTER)
        planned = delivery.due or now
        missed = timedelta(seconds=delivery.missed)
        is_late = delivery.since is not None and planned - delivery.since - missed > longest
        return is_late or delivery.attempts_made >= len(pauses)


def pause_after(slot: timedelta, attempt: DeliveryAttempt) -> timedelta:
    """How long to wait after a failed try: ``slot`` with jitter, or what the receiver asks for.

    ``Retry-After`` counts up to twice the slot (as in Svix), and never shortens it.
    """
    slot = max(slot, THROTTLED) if _is_throttled(attempt) else slot
    wait = slot * random.uniform(1.0, 1.0 + JITTER)  # noqa: S311 - jitter, no secret
    if attempt.retry_after is None:
        return wait
    return max(wait, min(timedelta(seconds=attempt.retry_after), 2 * slot))


def again(delivery: Delivery, due: datetime) -> Delivery:
    """A delivery that is over, to be made once more from ``due`` on, with a new schedule.

    What was tried before stays in its log, and what is still to be written down in its outbox.
    """
    job = OutboxEntry(
        kind=OutboxKind.JOB, stage=StageName.NOTIFY, target=delivery.id, not_before=due
    )
    kept = [it for it in delivery.outbox if it.kind is not OutboxKind.JOB]
    begun = delivery.copy_with(work=Work(enqueued=due), outbox=[*kept, job])
    return begun.copy_with(attempts_made=0, since=None, due=None, missed=0.0)


class Delivering:
    """See ``Workbench``. A try that failed is a result, not an error of the stage."""

    collection: Collection[Delivery] = DELIVERIES
    stage = StageName.NOTIFY

    def __init__(self, schedules: Schedules | None = None) -> None:
        self._schedules = schedules or Schedules()

    def target(self, message: JobMessage) -> str | None:
        """The delivery."""
        return message.target

    async def make(self, store: Store, message: JobMessage) -> Delivery | None:
        """A delivery is there before its jobs are."""
        return None

    def work(self, record: Delivery, message: JobMessage) -> Work | None:
        """The delivery's work."""
        return record.work

    def with_work(self, record: Delivery, message: JobMessage, work: Work) -> Delivery:
        """See ``Workbench``."""
        return record.copy_with(work=work)

    def done(
        self,
        record: Delivery,
        message: JobMessage,
        result: DeliveryAttempt | Postponed,
        now: datetime,
    ) -> Delivery:
        """Log the try; when it failed, wait for the schedule's next one or give up."""
        late = record.copy_with(missed=_missed(record, now))
        begun = late.copy_with(since=record.since or now)
        if isinstance(result, Postponed):
            return self._wait(begun if result.counts else late, message, result.until, None)
        is_last = self._schedules.is_last_try(record, now)
        logged = begun.copy_with(
            log=[*record.log, result][-MAX_LOG:], attempts_made=record.attempts_made + 1
        )
        if result.problem is None:
            return logged.copy_with(work=works.finish(record.work, now))
        if is_last or result.problem.code in _LOST:
            return self._give_up(logged, result.problem, now)
        slots = self._schedules.of(record)
        due = now + pause_after(slots[record.attempts_made], result)
        return self._wait(logged, message, due, result.problem)

    def _wait(
        self, record: Delivery, message: JobMessage, due: datetime, problem: Problem | None
    ) -> Delivery:
        # A try that ended shows that it does not kill its worker, however often others died.
        waiting = works.release(record.work, due).copy_with(attempts=0, trouble_since=None)
        if problem is not None:
            waiting = waiting.copy_with(problem=problem)
        entry = self.job(record, message, due)
        return record.copy_with(work=waiting, due=due, outbox=[*record.outbox, entry])

    def failed(
        self, record: Delivery, message: JobMessage, problem: Problem, now: datetime
    ) -> Delivery:
        """Give up; but a worker that died, or was too slow, is a try like any other that failed.

        It is hardly ever the delivery's fault, and what is given up is never heard of.
        """
        if problem.code in _OF_WORKERS:
            return self.done(record, message, DeliveryAttempt(at=now, problem=problem), now)
        return self._give_up(record, problem, now)

    def _give_up(self, record: Delivery, problem: Problem, now: datetime) -> Delivery:
        given_up = record.copy_with(work=works.give_up(record.work, problem, now))
        return failing.fail_delivery(given_up, problem, now)

    def job(self, record: Delivery, message: JobMessage, due: datetime) -> OutboxEntry:
        """See ``Workbench``."""
        return OutboxEntry(kind=OutboxKind.JOB, stage=self.stage, target=record.id, not_before=due)


def _missed(delivery: Delivery, now: datetime) -> float:
    """The seconds that a delivery's planned tries were late, with the one made ``now``."""
    if delivery.since is None or delivery.due is None:
        return delivery.missed
    return delivery.missed + max(0.0, (now - delivery.due).total_seconds())


def _is_throttled(attempt: DeliveryAttempt) -> bool:
    timed_out = attempt.problem is not None and attempt.problem.code == Code.TARGET_TIMED_OUT
    return timed_out or attempt.status in _TOO_MUCH
