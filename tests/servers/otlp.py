"""A collector of traces: takes OTLP/HTTP in protobuf, and keeps the spans."""

import gzip
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.servers.process import HOST


@dataclass(frozen=True)
class ReceivedSpan:
    """A span as it came in; ids are hex, ``parent`` is empty for the first of a trace."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent: str
    attributes: dict[str, str]


class OtlpReceiver:
    """Listens on a free port of loopback while it is entered."""

    def __init__(self) -> None:
        self.spans: list[ReceivedSpan] = []
        self.bodies: list[bytes] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                receiver.bodies.append(body)
                receiver.spans.extend(_spans(body))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                """Say nothing."""

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self.endpoint = f"http://{HOST}:{self._server.server_port}/v1/traces"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def until(
        self, trace_id: str, span_id: str, services: set[str], seconds: float = 30.0
    ) -> list[ReceivedSpan]:
        """The spans of a trace, once that one is among them and all services have told; else all.

        Each process sends its own, when it is its time.
        """
        deadline = time.monotonic() + seconds
        while True:
            found = [it for it in list(self.spans) if it.trace_id == trace_id]
            parents = {it.parent for it in found} - {it.span_id for it in found}
            told = services <= {it.service for it in found} and len(parents) <= 1
            if time.monotonic() > deadline or (told and span_id in {it.span_id for it in found}):
                return found
            time.sleep(0.1)


def _spans(body: bytes) -> list[ReceivedSpan]:
    request = ExportTraceServiceRequest()
    request.ParseFromString(body)
    found = []
    for of_process in request.resource_spans:
        about = {it.key: it.value.string_value for it in of_process.resource.attributes}
        for of_scope in of_process.scope_spans:
            found += [
                ReceivedSpan(
                    service=about["service.name"],
                    name=span.name,
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    attributes={it.key: it.value.string_value for it in span.attributes},
                )
                for span in of_scope.spans
            ]
    return found
