"""What the gateway tells of documents on their way, and processes of themselves."""

import asyncio
import time
from datetime import timedelta

from prometheus_client import CollectorRegistry
from stage_bench import ACME, Bench

from shared.models.document import DocumentState
from shared.stages import lifecycle
from shared.stages.progress_watch import ProgressWatch, came_in
from shared.store.collections import DOCUMENTS
from shared.telemetry.progress_metrics import ProgressMetrics
from shared.telemetry.vital_signs import LOOK_SECONDS, VitalSigns


async def test_the_oldest_unfinished_document_is_told_of_by_state(bench: Bench) -> None:
    now = await bench.runtime.store.now()
    documents = bench.runtime.store.of(ACME, DOCUMENTS)
    old = await bench.accept()
    await asyncio.sleep(0.01)
    await bench.accept()
    await bench.outbox.drain()
    received = next(it for it in old.events)
    past = received.copy_with(at=now - timedelta(hours=2))
    await documents.change(old.id, lambda it: it.copy_with(events=[past, *it.events[1:]]))
    registry = CollectorRegistry()
    await ProgressWatch(bench.runtime, ProgressMetrics(registry).seen).step()

    def age(state: DocumentState) -> float:
        value = registry.get_sample_value("docstage_document_age_seconds", {"state": state.value})
        assert value is not None
        return value

    assert 7200 <= age(DocumentState.RECEIVED) < 7300
    assert age(DocumentState.EXTRACTING) == 0
    lane = {"stage": "ocr", "lane": "normal"}
    assert registry.get_sample_value("docstage_queue_messages", lane) == 2
    assert registry.get_sample_value("docstage_outbox_overdue") == 0


async def test_a_document_that_is_asked_for_anew_is_as_old_as_that(bench: Bench) -> None:
    document = await bench.accept()
    now = document.created + timedelta(days=300)
    failed = lifecycle.cancel(document, now)
    assert lifecycle.reprocess(failed, now).events[-1].at == now

    assert came_in(lifecycle.reprocess(failed, now)) == now
    assert came_in(document) == document.events[0].at


async def test_what_was_left_in_an_outbox_is_overdue(bench: Bench) -> None:
    document = await bench.accept()
    await bench.outbox.drain()
    documents = bench.runtime.store.of(ACME, DOCUMENTS)
    past = await bench.runtime.store.now() - timedelta(minutes=5)
    entry = document.outbox[0].copy_with(not_before=past)
    await documents.change(document.id, lambda it: it.copy_with(outbox=[entry]))
    registry = CollectorRegistry()
    await ProgressWatch(bench.runtime, ProgressMetrics(registry).seen).step()
    assert registry.get_sample_value("docstage_outbox_overdue") == 1


async def test_a_loop_that_is_held_up_is_told_and_so_is_a_service_that_stopped() -> None:
    registry = CollectorRegistry()
    alive = {"ocr": True}
    signs = VitalSigns(registry, {"ocr": lambda: alive["ocr"]})
    look = asyncio.create_task(signs.look())
    await asyncio.sleep(LOOK_SECONDS / 2)
    time.sleep(LOOK_SECONDS)  # noqa: ASYNC251 - it is the fault
    await look
    assert (registry.get_sample_value("docstage_event_loop_lag_seconds") or 0) > LOOK_SECONDS / 4
    assert registry.get_sample_value("docstage_consumer_up", {"service": "ocr"}) == 1
    alive["ocr"] = False
    await signs.look()
    assert registry.get_sample_value("docstage_consumer_up", {"service": "ocr"}) == 0
