"""Steps of traces: which one is at work, and who hears of those that have ended.

Names, times, parents and ids are those that OpenTelemetry wants; ``otlp.py`` has the ``SpanSink``
that exports them, where somebody asks for it.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Protocol

import structlog

from shared.models.trace import HEADER, TraceContext

_WHOLE = 16**8
_LONGEST = 86_400 * 10**9
"""Nanoseconds that a step of a child may have begun before now."""
_current: ContextVar[TraceContext | None] = ContextVar("docstage_trace", default=None)


@dataclass(frozen=True, slots=True)
class Span:
    """A step that has ended; ``parent`` is the id of the step that it followed from.

    Times are nanoseconds since 1970. ``error`` is the name of what was raised. Attributes are ids
    and names of ours, never content.
    """

    name: str
    context: TraceContext
    parent: str | None
    started: int
    ended: int
    error: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


class SpanSink(Protocol):
    """Who hears of steps that have ended; called on the event loop, so it must not wait."""

    def ended(self, span: Span) -> None:
        """Take one."""


class StepOfChild(Protocol):
    """What a child process tells of one thing it did; times as in ``Span``."""

    @property
    def name(self) -> str:
        """One of ours."""

    @property
    def started(self) -> int:
        """By the child's clock."""

    @property
    def ended(self) -> int:
        """By the child's clock."""

    @property
    def page(self) -> int | None:
        """Which page it is about, if it is about one."""

    @property
    def failed(self) -> bool:
        """Whether it ended with an error."""


class Tracer:
    """Begins and ends steps; without a sink they are in the logs and on the wire only.

    Of the traces that begin here the sink hears of ``share`` (0..1), chosen by their ids; of those
    that began elsewhere it hears if that says so.
    """

    def __init__(self, sink: SpanSink | None = None, share: float = 1.0) -> None:
        self._sink = sink
        self._share = share if sink is not None else 0.0

    @contextmanager
    def span(
        self, name: str, parent: TraceContext | None, **attributes: str
    ) -> Iterator[TraceContext]:
        """A step, for as long as the block runs: ``current`` is it, and logs name it."""
        context = parent.child() if parent is not None else self._fresh()
        started, error = time.time_ns(), None
        token = _current.set(context)
        try:
            with structlog.contextvars.bound_contextvars(
                trace_id=context.trace_id, span_id=context.span_id
            ):
                yield context
        except BaseException as raised:
            error = type(raised).__name__
            raise
        finally:
            _current.reset(token)
            if self._sink is not None and context.sampled:
                before = parent.span_id if parent is not None else None
                ended = time.time_ns()
                self._sink.ended(Span(name, context, before, started, ended, error, attributes))

    def wanted(self) -> bool:
        """Whether the sink hears of the step at work, so that a child is to tell of its own."""
        context = _current.get()
        return self._sink is not None and context is not None and context.sampled

    def taken(self, steps: Sequence[StepOfChild]) -> None:
        """Tell of steps that a child has taken, below the step at work.

        Of its times as much is believed as can be: a child reads files of strangers.
        """
        parent, now = _current.get(), time.time_ns()
        if self._sink is None or parent is None:
            return
        for it in steps:
            started = min(max(it.started, now - _LONGEST), now)
            ended = min(max(it.ended, started), now)
            error = "failed" if it.failed else None
            about = {} if it.page is None else {"page": str(int(it.page))}
            context = parent.child()
            self._sink.ended(
                Span(str(it.name), context, parent.span_id, started, ended, error, about)
            )

    def _fresh(self) -> TraceContext:
        context = TraceContext.fresh()
        return replace(context, sampled=int(context.trace_id[-8:], 16) < self._share * _WHOLE)


def current() -> TraceContext | None:
    """The step at work, if there is one."""
    return _current.get()


def current_header() -> str:
    """The ``traceparent`` of the step at work; of a new trace where there is none."""
    return (_current.get() or TraceContext.fresh()).header


def trace_headers(header: str = "") -> dict[str, str]:
    """What messages and calls carry: the step at work, else what a record has stored."""
    context = _current.get()
    value = context.header if context is not None else header
    return {HEADER: value} if value else {}
