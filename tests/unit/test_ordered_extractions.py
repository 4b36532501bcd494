"""Orders: extractions that are asked for beside what a document's type has."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from stage_bench import ACME, Bench

from services.extract.orders import missing_wholes, ready_for_order
from shared.errors import Code, Permanent, Transient
from shared.models.document import Document, DocumentState, EventName, Review
from shared.models.extraction import (
    Extraction,
    ExtractionMode,
    ExtractionOrder,
    Field,
    Fields,
    Reviewed,
    ReviewReason,
)
from shared.models.messages import JobMessage
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.schema import FieldSpec, Schema
from shared.models.time import utc_now
from shared.models.work import Lane, Problem, StageName, Work, WorkState
from shared.stages import lifecycle
from shared.stages.extracting import Extracting
from shared.stages.job import JobContext
from shared.stages.relay import Relay
from shared.store.collections import DOCUMENTS, EXTRACTIONS

NOW = utc_now()
ORDER = ExtractionOrder(
    fields_schema=Schema(name="o", fields=[FieldSpec(name="a"), FieldSpec(name="v.name")]),
    required=["a", "v"],
    review_threshold=0.8,
    channel="test",
)
DONE = Work(state=WorkState.DONE)


def document(**fields: object) -> Document:
    values = {"state": DocumentState.READY, "pages": 2, "on_request": True, **fields}
    return Document(
        organization="acme",
        workspace="main",
        name="a.pdf",
        created=NOW,
        **values,  # type: ignore[arg-type]
    )


def extraction(of: Document, seconds: float = 1, **fields: object) -> Extraction:
    values = {"order": ORDER, "work": DONE, "created": NOW + timedelta(seconds=seconds), **fields}
    return Extraction(
        organization="acme",
        workspace="main",
        document=of.id,
        revision=of.revision,
        **values,  # type: ignore[arg-type]
    )


def settled(of: Document, *extractions: Extraction) -> Document:
    for it in extractions:
        of = lifecycle.settle(of, it, NOW)
    return of


def names(of: Document) -> list[EventName]:
    return [event.name for event in of.events]


def test_a_document_on_request_is_ready_when_it_is_read() -> None:
    read = document(state=DocumentState.READING, parts=[])
    ready = lifecycle.after_part(read, NOW)
    assert ready.state is DocumentState.READY
    assert names(ready) == [EventName.READ, EventName.READY]
    assert not any(it.stage is StageName.EXTRACT for it in ready.outbox)


def test_the_newest_that_is_done_is_the_present_one() -> None:
    it = document()
    first, second = extraction(it, 1), extraction(it, 2, reasons=[ReviewReason(code="x")])
    one = settled(it, first)
    assert (one.extraction, one.state) == (first.id, DocumentState.READY)
    both = settled(one, second)
    assert (both.extraction, both.state) == (second.id, DocumentState.NEEDS_REVIEW)
    assert both.review.needed
    assert settled(both, first) is both, "a late entry of an older one changes nothing"
    assert settled(both, second) is both, "nor does one that comes twice"


def test_one_that_failed_or_is_of_an_older_revision_leaves_the_document_alone() -> None:
    it = document()
    failed = Work(state=WorkState.FAILED, problem=Problem(code="TIMED_OUT"))
    assert settled(it, extraction(it, work=failed)) is it
    assert settled(it, extraction(it).copy_with(revision=0)) is it
    for state in (DocumentState.EXTRACTING, DocumentState.CANCELLED, DocumentState.EXPIRED):
        other = it.copy_with(state=state)
        assert settled(other, extraction(other)) is other


def test_a_review_that_comes_before_its_extraction_is_settled_counts() -> None:
    it = document()
    reviewed = Reviewed(fields={}, by="me", at=NOW)
    told = settled(it, extraction(it, reviewed=reviewed))
    assert told.review.done
    assert told.state is DocumentState.READY
    older = settled(told, extraction(it, 0.5, reviewed=Reviewed(fields={}, by="you", at=NOW)))
    assert older.review == told.review


def test_an_automatic_extraction_was_asked_for_with_its_document() -> None:
    it = document(on_request=False, state=DocumentState.EXTRACTING)
    automatic = extraction(it, 9, order=None)
    ordered = extraction(it, 1)
    assert settled(it, automatic, ordered).extraction == ordered.id
    again = lifecycle.reprocess(settled(it, automatic, ordered), NOW)
    assert (again.extraction, again.extracted, again.review) == (None, None, Review())


def test_a_trial_leaves_its_document_alone_and_no_letter_when_it_fails() -> None:
    it, trial = document(), ORDER.copy_with(trial=True)
    assert settled(it, extraction(it, order=trial)) is it
    message = JobMessage(
        id="m",
        stage=StageName.EXTRACT,
        lane=it.lane,
        organization="acme",
        document=it.id,
        revision=it.revision,
    )
    problem = Problem(code=Code.TIMED_OUT)
    for order, letters in ((trial, 0), (ORDER, 1)):
        running = extraction(it, order=order, work=Work())
        failed = Extracting().failed(running, message, problem, NOW)
        kinds = [entry.kind for entry in failed.outbox]
        assert kinds.count(OutboxKind.LETTER) == letters


def test_what_an_order_doubts() -> None:
    def doubtful(fields: Fields, **more: object) -> list[str]:
        return extraction(document(), fields=fields, **more).doubtful

    sure = Field(value="x", confidence=0.8)
    unsure = Field(value="x", confidence=0.79)
    assert doubtful({"a": sure, "v.name": sure}) == []
    assert doubtful({"a": unsure, "v.name": sure}) == ["a"]
    assert doubtful({"a": sure}) == ["v"]
    assert doubtful({}, work=Work()) == []
    assert doubtful({}, mode=ExtractionMode.BASIC) == []
    for code, names in (("suspicious_text", ["v"]), ("low_confidence", [])):
        told = [ReviewReason(code=code), ReviewReason(code=code, field="v.name")]
        assert doubtful({"a": sure, "v.name": sure}, reasons=told) == names
    record = extraction(document())
    (reason,) = missing_wholes(record, {"a": sure})
    assert (reason.code, reason.field) == ("missing_required", "v")
    assert missing_wholes(record, {"v.name": sure}) == [], "a is the engine's to miss"


def context(record: Extraction) -> JobContext[Extraction]:
    async def update(change: Callable[[Extraction], Extraction]) -> Extraction:
        return change(record)

    written: Callable[[Callable[[Extraction], Extraction]], Awaitable[Extraction]] = update
    message = JobMessage(
        id="m", stage=StageName.EXTRACT, lane=Lane.NORMAL, organization="acme",
        document=record.document, revision=1, target=record.id,
    )  # fmt: skip
    return JobContext(message, 1, written)


async def test_a_job_waits_for_what_is_still_to_be_read(bench: Bench) -> None:
    store, documents = bench.runtime.store, bench.runtime.store.of(ACME, DOCUMENTS)

    async def ready(of: Document) -> Extraction:
        await documents.insert(of)
        record = extraction(of)
        return await ready_for_order(store, record, context(record))

    assert (await ready(document())).pages == 2
    for state in (DocumentState.RECEIVED, DocumentState.READING, DocumentState.EXTRACTING):
        with pytest.raises(Transient) as waits:
            await ready(document(state=state, pages=None))
        assert waits.value.code is Code.NOT_READY
    problem = Problem(code="FILE_ENCRYPTED", detail="It needs a password.")
    for it, code in (
        (document(state=DocumentState.FAILED, error=problem), Code.FILE_ENCRYPTED),
        (document(state=DocumentState.CANCELLED), Code.NO_PAGE_READABLE),
        (document(state=DocumentState.EXPIRED), Code.NOT_FOUND),
    ):
        with pytest.raises(Permanent) as gone:
            await ready(it)
        assert gone.value.code is code
    record = extraction(document())
    with pytest.raises(Permanent) as never:
        await ready_for_order(store, record, context(record))
    assert never.value.code is Code.NOT_FOUND


async def test_an_order_whose_caller_is_gone_is_carried_out_by_the_relay(bench: Bench) -> None:
    it = document()
    await bench.runtime.store.of(ACME, DOCUMENTS).insert(it)
    due = await bench.runtime.store.now() - timedelta(seconds=5)
    record = extraction(it, work=Work(enqueued=due))
    job = OutboxEntry(
        kind=OutboxKind.JOB, stage=StageName.EXTRACT, target=record.id, not_before=due
    )
    extractions = bench.runtime.store.of(ACME, EXTRACTIONS)
    await extractions.insert(record.copy_with(outbox=[job]))
    await bench.start()
    await Relay(bench.runtime, bench.outbox).step()
    present = await bench.until(it, lambda of: of.extraction == record.id)
    assert present.state is DocumentState.READY
    stored = await extractions.get(record.id)
    assert stored is not None
    assert stored.work.state is WorkState.DONE
