"""Steps of traces to an OpenTelemetry collector, over OTLP/HTTP (opentelemetry.io, "OTLP").

The only module that knows OpenTelemetry's package, and only processes that export load it. A thread
of the package hands spans over in batches; when the collector is away they are dropped, never
waited for. The package's own variables (``OTEL_EXPORTER_OTLP_HEADERS`` and so on) work too.
"""

import asyncio
from collections.abc import Mapping

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from shared.telemetry.tracing import Span

BATCH_MILLISECONDS = 1_000
CLOSE_SECONDS = 5.0
"""A process that ends waits no longer for a collector that does not answer."""

_KINDS: Mapping[str, SpanKind] = {"request": SpanKind.SERVER, "fan out": SpanKind.CONSUMER}


class OtlpSink:
    """Exports the steps of one process to ``endpoint``, which ends in ``/v1/traces``."""

    def __init__(self, service: str, version: str, worker: str, endpoint: str) -> None:
        self._resource = Resource.create(
            {
                "service.namespace": "docstage",
                "service.name": service,
                "service.version": version,
                "service.instance.id": worker,
            }
        )
        self._scope = InstrumentationScope("docstage", version)
        exporter = OTLPSpanExporter(endpoint=endpoint)
        self._batches = BatchSpanProcessor(exporter, schedule_delay_millis=BATCH_MILLISECONDS)

    def ended(self, span: Span) -> None:
        """Take one; the thread sends it with others."""
        trace_id = int(span.context.trace_id, 16)
        status = Status(StatusCode.ERROR, span.error) if span.error else Status()
        self._batches.on_end(
            ReadableSpan(
                name=span.name,
                context=_context(trace_id, span.context.span_id),
                parent=_context(trace_id, span.parent) if span.parent else None,
                resource=self._resource,
                attributes={f"docstage.{name}": value for name, value in span.attributes.items()},
                kind=_kind(span.name),
                status=status,
                start_time=span.started,
                end_time=span.ended,
                instrumentation_scope=self._scope,
            )
        )

    async def close(self) -> None:
        """Send what is left, for a few seconds."""
        closing = asyncio.to_thread(self._batches.shutdown)
        await asyncio.wait([asyncio.ensure_future(closing)], timeout=CLOSE_SECONDS)


def _kind(name: str) -> SpanKind:
    return SpanKind.CONSUMER if name.endswith(" job") else _KINDS.get(name, SpanKind.INTERNAL)


def _context(trace_id: int, span_id: str) -> SpanContext:
    sampled = TraceFlags(TraceFlags.SAMPLED)
    return SpanContext(trace_id, int(span_id, 16), is_remote=False, trace_flags=sampled)
