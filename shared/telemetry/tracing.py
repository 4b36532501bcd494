"""Steps of traces: which one is at work, and who hears of those that have ended.

Nothing is exported. An exporter has to be a ``SpanSink`` and to be handed to the process's
``Tracer``: names, times, parents and ids are those that OpenTelemetry wants.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from shared.models.trace import HEADER, TraceContext

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


class Tracer:
    """Begins and ends steps; without a sink they are in the logs and on the wire only."""

    def __init__(self, sink: SpanSink | None = None) -> None:
        self._sink = sink

    @contextmanager
    def span(
        self, name: str, parent: TraceContext | None, **attributes: str
    ) -> Iterator[TraceContext]:
        """A step, for as long as the block runs: ``current`` is it, and logs name it."""
        context = parent.child() if parent is not None else TraceContext.fresh()
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
            if self._sink is not None:
                before = parent.span_id if parent is not None else None
                ended = time.time_ns()
                self._sink.ended(Span(name, context, before, started, ended, error, attributes))


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
