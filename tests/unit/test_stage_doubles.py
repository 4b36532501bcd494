"""A message that comes twice brings no try forward: what was put off waits for its time."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from notify_bench import ACME, Heard, listening, notifying

from shared.broker.port import Message
from shared.broker.topology import job_queue
from shared.errors import Code
from shared.models.container import Container, ContainerKind
from shared.models.delivery import Delivery
from shared.models.document import Document, DocumentState, EventName, PagePart, Source
from shared.models.extraction import Extraction
from shared.models.ids import new_id
from shared.models.messages import JobMessage
from shared.models.time import utc_now
from shared.models.work import Lane, Lease, Problem, StageName, WorkState
from shared.stages import work as works
from shared.stages.claims import Attempt, Outcome
from shared.stages.extracting import Extracting
from shared.stages.fetching import Fetching
from shared.stages.notifying import Delivering
from shared.stages.reading import Reading
from shared.stages.relay import Relay
from shared.stages.unpacking import Unpacking
from shared.store.collections import DELIVERIES

NOW, PROBLEM = utc_now(), Problem(code=Code.TARGET_REFUSED)
SECOND = timedelta(seconds=1)


def document(**changes: object) -> Document:
    values: dict[str, object] = {
        "id": "d", "organization": "o", "workspace": "w", "name": "a.pdf", "size": 1,
        "media_type": "application/pdf", "sha256": "0", "blob": "b",
        "state": DocumentState.READING, **changes,
    }  # fmt: skip
    return Document(**values)  # type: ignore[arg-type]


BENCHES: dict[StageName, tuple[Any, Any]] = {
    StageName.FETCH: (
        Fetching(),
        document(state=DocumentState.RECEIVED, source=Source(url="http://a.example/")),
    ),
    StageName.UNPACK: (Unpacking(), document(container=Container(kind=ContainerKind.ARCHIVE))),
    StageName.OCR: (Reading(), document(parts=[PagePart(index=0, first=0)])),
    StageName.EXTRACT: (
        Extracting(),
        Extraction(id="x", organization="o", workspace="w", document="d", revision=1),
    ),
    StageName.NOTIFY: (
        Delivering(),
        Delivery(
            id="x", organization="o", workspace="w", document="d", event="e", sequence=1,
            event_name=EventName.READY, subscription="s", payload="",
        ),
    ),
}  # fmt: skip


def claimed(stage: StageName, message: JobMessage, record: Any, seconds: float) -> tuple[Any, Any]:
    now = NOW + seconds * SECOND
    lease = Lease(token=new_id(), worker="w", until=now + SECOND)
    attempt = Attempt(BENCHES[stage][0], message, lease, now, 5)
    return attempt.step(record), attempt.outcome


def put_off(stage: StageName, message: JobMessage, record: Any, seconds: float) -> Any:
    """As a try that failed leaves it: it waits, and its outbox knows until when."""
    bench, due = BENCHES[stage][0], NOW + seconds * SECOND
    waiting = works.try_again(bench.work(record, message), PROBLEM, due)
    changed = bench.with_work(record, message, waiting)
    return changed.copy_with(outbox=[*changed.outbox, bench.job(record, message, due)])


@pytest.mark.parametrize("stage", BENCHES)
def test_a_double_brings_no_try_forward_and_the_next_message_does(stage: StageName) -> None:
    message = JobMessage(
        id="m", stage=stage, lane=Lane.NORMAL, organization="o", document="d", revision=1,
        target=None if stage is not StageName.NOTIFY else "x",
    )  # fmt: skip
    begun, _ = claimed(stage, message, BENCHES[stage][1], 0)
    waiting = put_off(stage, message, begun, 4)
    assert claimed(stage, message, waiting, 2) == (None, Outcome.DUPLICATE)
    due = message.copy_with(id=waiting.outbox[-1].id)
    again, outcome = claimed(stage, due, waiting, 4)
    assert outcome is Outcome.CLAIMED
    assert BENCHES[stage][0].work(again, due).attempts == 2
    assert again.outbox == []


@pytest.mark.parametrize("stage", BENCHES)
def test_whoever_comes_when_no_entry_waits_is_the_one_that_was_waited_for(
    stage: StageName,
) -> None:
    """By a clock that was set back it may be early: nobody else would come."""
    message = JobMessage(
        id="m", stage=stage, lane=Lane.NORMAL, organization="o", document="d", revision=1
    )
    begun, _ = claimed(stage, message, BENCHES[stage][1], 0)
    waiting = put_off(stage, message, begun, 4)
    due = message.copy_with(id=waiting.outbox[-1].id)
    assert claimed(stage, due, waiting, 2)[1] is Outcome.CLAIMED
    assert claimed(stage, due, waiting.copy_with(outbox=[]), 2)[1] is Outcome.CLAIMED


async def test_a_webhook_is_called_by_its_schedule_however_often_a_message_comes(
    tmp_path: Path,
) -> None:
    refusing = Heard(refuse=1)
    async with (
        listening(refusing) as heard,
        notifying(tmp_path, webhook_schedule="2,3") as bench,
    ):
        hook = await bench.hook(f"{heard.url}/", events=[EventName.RECEIVED])
        await bench.tell(await bench.document(), 1)
        first = await bench.tried(hook.id)
        double = JobMessage(
            id="before", stage=StageName.NOTIFY, lane=Lane.NORMAL, organization="acme",
            document=first.document, revision=0, target=first.id,
        ).model_dump_json()  # fmt: skip
        queue = job_queue(StageName.NOTIFY, Lane.NORMAL)
        for _ in range(5):
            await bench.runtime.broker.send(queue, Message(new_id(), double.encode()))
        relay = Relay(bench.runtime, bench.outbox)
        async with asyncio.timeout(20):
            while len(heard.requests) < 2:
                await relay.step()
                await asyncio.sleep(0.1)
        log = (await bench.deliveries(hook.id))[0].log
        assert log[0].problem is not None
        second = (await _done(bench, first.id)).log[1]
        assert second.at - log[0].at >= 2 * SECOND


async def _done(bench: Any, identity: str) -> Delivery:
    async with asyncio.timeout(10):
        while True:
            found = await bench.runtime.store.of(ACME, DELIVERIES).get(identity)
            if found.work.state is WorkState.DONE:
                return found  # type: ignore[no-any-return]
            await asyncio.sleep(0.02)
