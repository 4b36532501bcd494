"""The life of a delivery whose reader fetches it, as pure functions.

A reader is lent a message for a while; what it does not acknowledge by then is lent again.
"""

import sys
from datetime import datetime, timedelta

from shared.models.delivery import Delivery, DeliveryAttempt
from shared.models.work import Lease, Work
from shared.stages import work as works
from shared.stages.notifying import MAX_LOG


def is_lent(delivery: Delivery, now: datetime) -> bool:
    """Whether a reader has it in hand."""
    lease = delivery.work.lease
    return lease is not None and lease.until > now


def lend(delivery: Delivery, lease: Lease, now: datetime) -> Delivery | None:
    """Lend it, however often it was lent before; ``None`` if it is in hand, or over."""
    work = works.claim(delivery.work, lease, now, max_attempts=sys.maxsize)
    if isinstance(work, works.Refusal):
        return None
    return delivery.copy_with(work=work, attempts_made=delivery.attempts_made + 1)


def acknowledge(delivery: Delivery, now: datetime) -> Delivery:
    """It was received, whoever has it in hand now."""
    log = [*delivery.log, DeliveryAttempt(at=now)][-MAX_LOG:]
    return delivery.copy_with(work=works.finish(delivery.work, now), log=log)


def is_too_old(delivery: Delivery, now: datetime, max_age: int) -> bool:
    """Whether it has waited longer than its queue keeps things; a replay begins anew."""
    return now - delivery.work.enqueued > timedelta(seconds=max_age)


def drop(delivery: Delivery, now: datetime) -> Delivery:
    """Nobody is to receive it any more."""
    return delivery.copy_with(work=works.cancel(delivery.work, now))


def again(delivery: Delivery, now: datetime) -> Delivery:
    """Have it fetched once more, as if it had just come."""
    return delivery.copy_with(work=Work(enqueued=now))
