"""A real HTTP server of somebody else: it takes webhooks, and has one file."""

import json
import queue
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

_SECONDS = 60.0


@dataclass(frozen=True)
class Received:
    """A request that was sent to it."""

    headers: dict[str, str]
    body: Any


class Receiver:
    """Answers 200 to every POST, and every GET with ``file``, 404 while there is none."""

    def __init__(self) -> None:
        self.file = b""
        self._received: queue.Queue[Received] = queue.Queue()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver._received.put(Received(headers, json.loads(body)))
                self._answer(b"thank you", "text/plain")

            def do_GET(self) -> None:
                self._answer(receiver.file, "application/pdf")

            def _answer(self, content: bytes, kind: str) -> None:
                self.send_response(200 if content else 404)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Tests say what they miss."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def next(self) -> Received:
        """The oldest request that nobody has asked for yet."""
        return self._received.get(timeout=_SECONDS)
