"""The workbench of the notify stage: a delivery and its schedule of tries.

The schedule is that of Standard Webhooks (specification, "Retry schedule"): at once, then
after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 hours, 75.6 hours in all. Callbacks, which
nobody can look after, and handshakes are tried five times within an hour, REST hooks eleven times
within a day.
"""

import random
from datetime import datetime, timedelta

from shared.errors import Code
from shared.models.delivery import Delivery, DeliveryAttempt, DeliveryKind
from shared.models.messages import JobMessage
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.work import Problem, StageName, Work
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


def schedule(kind: DeliveryKind) -> tuple[timedelta, ...]:
    """The pauses between the tries of a delivery."""
    return _SCHEDULES.get(kind, SCHEDULE)


def is_last_try(delivery: Delivery) -> bool:
    """Whether a delivery is given up if its next try fails."""
    return delivery.attempts_made >= len(schedule(delivery.kind))


class Delivering:
    """See ``Workbench``. A try that failed is a result, not an error of the stage."""

    collection: Collection[Delivery] = DELIVERIES
    stage = StageName.NOTIFY

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
        self, record: Delivery, message: JobMessage, result: DeliveryAttempt, now: datetime
    ) -> Delivery:
        """Log the try; when it failed, wait for the schedule's next one or give up."""
        logged = record.copy_with(
            log=[*record.log, result][-MAX_LOG:], attempts_made=record.attempts_made + 1
        )
        if result.problem is None:
            return logged.copy_with(work=works.finish(record.work, now))
        gone = result.problem.code == Code.TARGET_GONE
        if gone or logged.attempts_made > len(schedule(record.kind)):
            return logged.copy_with(work=works.give_up(record.work, result.problem, now))
        return self._wait(logged, message, result, now)

    def _wait(
        self, record: Delivery, message: JobMessage, result: DeliveryAttempt, now: datetime
    ) -> Delivery:
        slot = schedule(record.kind)[record.attempts_made - 1]
        jitter = random.uniform(1.0, 1.0 + JITTER)  # noqa: S311 - jitter, no secret
        wait = slot * jitter
        if result.retry_after is not None:
            asked = timedelta(seconds=result.retry_after)
            wait = max(wait, min(asked, 2 * slot))
        waiting = works.release(record.work, now + wait).copy_with(problem=result.problem)
        entry = self.job(record, message, now + wait)
        return record.copy_with(work=waiting, outbox=[*record.outbox, entry])

    def failed(
        self, record: Delivery, message: JobMessage, problem: Problem, now: datetime
    ) -> Delivery:
        """Give up."""
        return record.copy_with(work=works.give_up(record.work, problem, now))

    def job(self, record: Delivery, message: JobMessage, due: datetime) -> OutboxEntry:
        """See ``Workbench``."""
        return OutboxEntry(kind=OutboxKind.JOB, stage=self.stage, target=record.id, not_before=due)
