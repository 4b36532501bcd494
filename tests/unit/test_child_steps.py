"""Steps of child processes in traces: by the child's clock, and none where nobody asks."""

import time
from collections.abc import Iterator, Sequence

import pytest

from shared.compute.pool import ComputePool
from shared.compute.steps import StepName, StepTaken, step
from shared.errors import Code, Permanent
from shared.models.trace import TraceContext
from shared.telemetry.tracing import Span, Tracer


def read(pages: int) -> Iterator[int]:
    with step(StepName.OPEN):
        pass
    for page in range(pages):
        with step(StepName.READ_PAGE, page):
            time.sleep(0.01)
        yield page


def fail_to_open() -> None:
    with step(StepName.OPEN):
        raise Permanent(Code.FILE_CORRUPT)


class Heard:
    def __init__(self, *, wanted: bool) -> None:
        self.steps: list[StepTaken] = []
        self._wanted = wanted

    def wanted(self) -> bool:
        return self._wanted

    def taken(self, steps: Sequence[StepTaken]) -> None:
        self.steps += steps


async def test_steps_come_with_what_they_led_to_and_with_what_failed() -> None:
    heard = Heard(wanted=True)
    began = time.time_ns()
    async with ComputePool(1, steps=heard) as pool:
        counts = [len(heard.steps) async for _ in pool.each(read, 2, timeout=30)]
        with pytest.raises(Permanent):
            await pool.run(fail_to_open, timeout=30)
    assert counts == [2, 3]
    told = [(it.name, it.page, it.failed) for it in heard.steps]
    assert told == [
        (StepName.OPEN, None, False),
        (StepName.READ_PAGE, 0, False),
        (StepName.READ_PAGE, 1, False),
        (StepName.OPEN, None, True),
    ]
    ends = [moment for it in heard.steps for moment in (it.started, it.ended)]
    assert began < ends[0], "since 1970, as the parent counts"
    assert ends == sorted(ends)
    assert heard.steps[1].ended - heard.steps[1].started >= 10_000_000


async def test_a_child_tells_nothing_where_nobody_asks() -> None:
    heard = Heard(wanted=False)
    async with ComputePool(1, steps=heard) as pool:
        assert [it async for it in pool.each(read, 2, timeout=30)] == [0, 1]
    async with ComputePool(1) as pool:
        assert [it async for it in pool.each(read, 1, timeout=30)] == [0]
    assert heard.steps == []


class Sink:
    def __init__(self) -> None:
        self.spans: list[Span] = []

    def ended(self, span: Span) -> None:
        self.spans.append(span)


def test_steps_stand_below_the_job_and_their_times_are_not_believed_blindly() -> None:
    sink = Sink()
    tracer = Tracer(sink)
    parent = TraceContext.parse(f"00-{'ab' * 16}-{'cd' * 8}-01")
    assert parent is not None
    now = time.time_ns()
    steps = [
        StepTaken(StepName.READ_PAGE, now - 50, now - 20, 3),
        StepTaken(StepName.OPEN, -1, 1 << 80, failed=True),
    ]
    assert not tracer.wanted(), "there is no step at work"
    tracer.taken(steps)
    with tracer.span("ocr job", parent) as job:
        assert tracer.wanted()
        tracer.taken(steps)
    page, opening, _ = sink.spans
    assert (page.name, page.parent, page.context.trace_id) == (
        "read page", job.span_id, parent.trace_id,
    )  # fmt: skip
    assert (page.started, page.ended, page.attributes) == (now - 50, now - 20, {"page": "3"})
    assert (opening.error, opening.attributes) == ("failed", {})
    assert 0 < opening.started <= opening.ended <= time.time_ns()
    assert len(sink.spans) == 3
    without = Tracer()
    with without.span("ocr job", parent):
        assert not without.wanted(), "nobody hears of it"
        without.taken(steps)
