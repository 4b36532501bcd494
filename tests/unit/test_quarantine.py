"""What nobody can read is kept, and what is open or kept is counted."""

import asyncio
from datetime import timedelta

from prometheus_client import CollectorRegistry
from stage_bench import ACME, Bench

from services.notify.fan_out import FanOut
from shared.broker.port import Incoming, Message
from shared.broker.topology import EVENTS_QUEUE, PREVIEWS_QUEUE, QUARANTINE_QUEUE, job_queue
from shared.errors import Code
from shared.models.document import Document
from shared.models.messages import PreviewMessage
from shared.models.time import utc_now
from shared.models.work import Lane, Problem, StageName
from shared.stages import lifecycle
from shared.stages.letter_watch import LetterWatch
from shared.stages.quarantine import FROM_QUEUE
from shared.stages.requests import Requests
from shared.store.collections import DOCUMENTS
from shared.telemetry.letter_metrics import LetterMetrics


async def never(_: object) -> None:
    raise AssertionError("nothing here can be read")


async def quarantined(bench: Bench, count: int) -> list[Message]:
    found: list[Message] = []
    enough = asyncio.Event()

    async def keep(incoming: Incoming) -> None:
        found.append(incoming.message)
        await incoming.ack()
        if len(found) == count:
            enough.set()

    consumer = await bench.runtime.broker.consume(QUARANTINE_QUEUE, keep, 10)
    async with asyncio.timeout(10):
        await enough.wait()
    await consumer.cancel()
    return found


async def test_whoever_cannot_read_a_message_sets_it_aside_with_its_bytes(bench: Bench) -> None:
    broker = bench.runtime.broker
    await bench.start()
    fan_out = FanOut(bench.runtime, bench.outbox)
    requests = Requests(broker, PREVIEWS_QUEUE, PreviewMessage, never)
    await fan_out.start()
    await requests.start()
    queues = (job_queue(StageName.OCR, Lane.NORMAL), EVENTS_QUEUE, PREVIEWS_QUEUE)
    for queue in queues:
        await broker.send(queue, Message(queue, f"not of {queue}".encode(), {"traceparent": "x"}))
    kept = await quarantined(bench, 3)
    assert {it.body.decode().removeprefix("not of ") for it in kept} == set(queues)
    assert {it.headers[FROM_QUEUE] for it in kept} == {
        "docstage.ocr", EVENTS_QUEUE, PREVIEWS_QUEUE,
    }  # fmt: skip
    assert all(it.headers["traceparent"] == "x" for it in kept)
    for queue in queues:
        assert await broker.depth(queue) == 0
    await fan_out.stop()
    await requests.stop()


async def test_open_letters_and_quarantined_messages_are_counted(bench: Bench) -> None:
    registry = CollectorRegistry()
    metrics = LetterMetrics(registry)
    documents = bench.runtime.store.of(ACME, DOCUMENTS)
    early = utc_now() - timedelta(seconds=5)
    failed = []
    for code in (Code.CRASHED, Code.CRASHED, Code.FILE_ENCRYPTED):
        document = Document(
            organization="acme", workspace="main", name="a", media_type="application/pdf",
            size=1, sha256="0", blob="a/b/original",
        )  # fmt: skip
        document = lifecycle.fail(lifecycle.receive(document, early), Problem(code=code), early)
        await documents.insert(document)
        await bench.outbox.carry_out(DOCUMENTS, document)
        failed.append(document)
    await bench.runtime.broker.send(QUARANTINE_QUEUE, Message("1", b"x"))
    watch = LetterWatch(bench.runtime, metrics.seen)
    await watch.step()

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    gauge = "docstage_dead_letters"
    assert value(gauge, stage="ocr", code="CRASHED") == 2
    assert value(gauge, stage="ocr", code="FILE_ENCRYPTED") == 1
    assert value("docstage_quarantined_messages") == 1
    anew = await documents.change(failed[2].id, lambda it: lifecycle.reprocess(it, utc_now()))
    assert anew is not None
    await bench.outbox.carry_out(DOCUMENTS, anew)
    await watch.step()
    assert value(gauge, stage="ocr", code="FILE_ENCRYPTED") is None
    assert value(gauge, stage="ocr", code="CRASHED") == 2
