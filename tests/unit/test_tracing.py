"""Traces: what a caller says is kept if it is valid, each step is told of, and none leaks."""

import asyncio

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from stage_bench import Bench, FieldStage

from shared.models.document import Document
from shared.models.extraction import Extraction
from shared.models.time import utc_now
from shared.models.trace import TraceContext, trace_id_of
from shared.stages import lifecycle
from shared.stages.extracting import Extracted
from shared.stages.job import JobContext
from shared.stages.reading import PartRead
from shared.telemetry.tracing import Span, Tracer, current, trace_headers

TRACE, STEP = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
VALID = f"00-{TRACE}-{STEP}-01"


@pytest.mark.parametrize(
    "header",
    [
        "", "garbage", VALID[:-1], VALID + "0", VALID.upper(), f"ff-{TRACE}-{STEP}-01",
        f"00-{'0' * 32}-{STEP}-01", f"00-{TRACE}-{'0' * 16}-01", f"{VALID}-more", "0" * 600,
    ],
)  # fmt: skip
def test_what_is_no_traceparent_is_not_taken(header: str) -> None:
    assert TraceContext.parse(header) is None
    assert trace_id_of(header) is None


def test_a_traceparent_is_taken_and_written_as_it_was() -> None:
    context = TraceContext.parse(VALID)
    assert context == TraceContext(TRACE, STEP, sampled=True)
    assert context.header == VALID
    assert TraceContext.parse(f"01-{TRACE}-{STEP}-00-more") == TraceContext(TRACE, STEP)
    child = context.child()
    assert (child.trace_id, child.sampled) == (TRACE, True)
    assert child.span_id != STEP


@given(st.text(max_size=80))
def test_nothing_that_somebody_sends_is_an_error(header: str) -> None:
    TraceContext.parse(header)


def test_fresh_traces_are_valid_and_different() -> None:
    made = [TraceContext.fresh() for _ in range(100)]
    assert len({it.trace_id for it in made}) == 100
    assert all(TraceContext.parse(it.header) == it for it in made)


class Ended:
    def __init__(self) -> None:
        self.spans: list[Span] = []

    def ended(self, span: Span) -> None:
        self.spans.append(span)


async def test_a_step_is_current_and_in_the_log_while_it_lasts_and_not_after() -> None:
    ended = Ended()
    tracer = Tracer(ended)
    parent = TraceContext.parse(VALID)

    async def job(number: int) -> None:
        with tracer.span("job", parent if number else None, number=str(number)) as context:
            await asyncio.sleep(0)
            assert current() == context
            assert structlog.contextvars.get_contextvars()["span_id"] == context.span_id
            assert trace_headers("stored") == {"traceparent": context.header}
            if number == 2:
                raise ValueError

    await asyncio.gather(*(job(it) for it in range(3)), return_exceptions=True)
    assert current() is None
    assert "trace_id" not in structlog.contextvars.get_contextvars()
    assert trace_headers(VALID) == {"traceparent": VALID}
    assert trace_headers() == {}
    fresh, kept, failed = sorted(ended.spans, key=lambda it: it.attributes["number"])
    assert (fresh.parent, fresh.error) == (None, None)
    assert (kept.context.trace_id, kept.parent) == (TRACE, STEP)
    assert (failed.error, failed.name) == ("ValueError", "job")
    assert all(it.started <= it.ended for it in ended.spans)


class Noting(FieldStage):
    """Notes in which step it runs."""

    def __init__(self, seen: list[TraceContext | None]) -> None:
        super().__init__()
        self._seen = seen

    async def run(self, record: Extraction, context: JobContext[Extraction]) -> Extracted:
        self._seen.append(current())
        assert record.trace == VALID
        return await super().run(record, context)


async def test_a_document_s_trace_is_that_of_all_its_jobs(bench: Bench) -> None:
    seen: list[TraceContext | None] = []

    async def read(record: Document, context: JobContext[Document]) -> PartRead:
        seen.append(current())
        return PartRead(pages_done=1, pages=1)

    bench.read.script, bench.extract = [read], Noting(seen)
    await bench.start()
    document = await bench.finished(await bench.accept(trace=VALID))
    assert document.trace_id == TRACE
    assert [it.trace_id for it in seen if it is not None] == [TRACE, TRACE]
    assert len({it.span_id for it in seen if it is not None} | {STEP}) == 3
    assert lifecycle.reprocess(document, utc_now()).trace == VALID
