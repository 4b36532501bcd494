"""Pushed results: a queue that takes nothing is left alone, and its messages wait."""

from datetime import timedelta
from pathlib import Path

from services.notify.results import ResultSender
from shared.broker.connect import connect_broker
from shared.broker.topology import result_queue_name
from shared.errors import Code
from shared.http.result_messages import ResultMessages
from shared.models.delivery import Delivery, DeliveryAttempt, DeliveryKind, QueueMode, ResultQueue
from shared.models.document import EventName
from shared.models.messages import JobMessage
from shared.models.time import utc_now
from shared.models.work import Lane, StageName, WorkState
from shared.stages.context import Runtime
from shared.stages.notifying import Delivering, Postponed
from shared.store.collections import RESULT_QUEUES
from shared.store.connect import connect_store
from shared.store.port import Tenant

JOB = JobMessage(
    id="m", stage=StageName.NOTIFY, lane=Lane.NORMAL, organization="o", document="d", revision=0
)


async def test_a_queue_that_takes_nothing_is_left_alone(tmp_path: Path) -> None:
    store, broker = connect_store(f"sqlite:///{tmp_path}/a.db"), connect_broker("memory://")
    await store.open()
    queue = ResultQueue(
        organization="o", name="q", mode=QueueMode.PUSH, max_length=9, max_age=3600
    )  # fmt: skip
    await store.of(Tenant("o"), RESULT_QUEUES).insert(queue)
    delivery = Delivery(
        organization="o", workspace="w", kind=DeliveryKind.PUSH, document="d", event="e",
        event_name=EventName.READY, sequence=1, subscription=queue.id, payload="{}",
    )  # fmt: skip
    sender = ResultSender(Runtime(store, broker), ResultMessages(b"s" * 32, ""))
    now = utc_now()
    bench = Delivering()
    first = await sender.send(delivery)  # the broker is not open yet
    assert isinstance(first, Postponed), "no trouble of the stage's own"
    waiting = bench.done(delivery, JOB, first, now)
    assert (waiting.work.state, waiting.attempts_made, waiting.log) == (WorkState.WAITING, 0, [])
    assert now < waiting.outbox[0].not_before < now + timedelta(seconds=10)
    await broker.open()
    assert isinstance(await sender.send(waiting), Postponed), "it is still left alone"
    sender._resting.clear()
    assert isinstance(await sender.send(waiting), DeliveryAttempt)
    assert await broker.result_depth(result_queue_name("o", "q")) == 1
    assert waiting.since is not None
    late = waiting.copy_with(since=waiting.since - timedelta(hours=2))
    given_up = await sender.send(late)
    assert isinstance(given_up, DeliveryAttempt)
    assert given_up.problem is not None
    assert given_up.problem.code == Code.TARGET_GONE
    await broker.close()
    await store.close()
