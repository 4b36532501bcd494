"""A delivery outlives workers that die at it: three of them are one try of its schedule."""

from datetime import timedelta

from shared.errors import Code
from shared.models.delivery import Delivery, DeliveryKind
from shared.models.messages import JobMessage
from shared.models.time import utc_now
from shared.models.work import Lane, Lease, StageName, WorkState
from shared.stages.claims import Attempt, Outcome
from shared.stages.notifying import Delivering, Schedules

BENCH = Delivering(Schedules.listed("5,300"))
MINUTE = timedelta(minutes=1)


def delivery() -> Delivery:
    return Delivery(
        organization="o", workspace="w", kind=DeliveryKind.WEBHOOK, subscription="s", event="e",
        event_name="document.ready", document="d", sequence=1, payload="{}",
    )  # fmt: skip


def message(record: Delivery) -> JobMessage:
    return JobMessage(
        id="m", stage=StageName.NOTIFY, lane=Lane.NORMAL, organization="o", document="d",
        revision=0, target=record.id,
    )  # fmt: skip


def test_workers_that_die_cost_a_try_and_not_the_delivery() -> None:
    record, now = delivery(), utc_now()
    outcomes = []
    while record.work.state is not WorkState.FAILED:
        now += MINUTE  # whoever had it is dead by now
        lease = Lease(token=f"{now}", worker="w", until=now + MINUTE / 2)
        attempt = Attempt(BENCH, message(record), lease, now, 3)
        stepped = attempt.step(record)
        assert stepped is not None
        record = stepped
        outcomes.append(attempt.outcome)
        assert len(outcomes) < 50
        if attempt.outcome is Outcome.EXHAUSTED and record.work.state is WorkState.WAITING:
            assert record.work.attempts == 0
            assert [it.stage for it in record.outbox if it.stage] == [StageName.NOTIFY]
            record = record.copy_with(outbox=[])
    assert outcomes == 3 * [*[Outcome.CLAIMED] * 3, Outcome.EXHAUSTED]
    assert [it.problem and it.problem.code for it in record.log] == [Code.CRASHED] * 3
    assert record.attempts_made == 3
