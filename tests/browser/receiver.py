"""A real HTTP server of somebody else: it takes webhooks, and has one file."""

import json
import queue
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from aiosmtpd.controller import Controller

from tests.e2e.embedded import free_port

_SECONDS = 60.0


@dataclass(frozen=True)
class Received:
    """A request that was sent to it."""

    headers: dict[str, str]
    body: Any


class Receiver:
    """Answers a POST with what ``statuses`` has for its path, else 200.

    Every GET gets ``file``, 404 while there is none; it waits while ``gate`` is shut.
    """

    def __init__(self) -> None:
        self.file = b""
        self.statuses: dict[str, int] = {}
        self.gate = threading.Event()
        self.gate.set()
        self._received: queue.Queue[Received] = queue.Queue()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver._received.put(Received(headers, json.loads(body)))
                status = receiver.statuses.get(self.path, 200)
                self._answer(b"thank you", "text/plain", status)

            def do_GET(self) -> None:
                receiver.gate.wait(_SECONDS)
                found = 200 if receiver.file else 404
                self._answer(receiver.file, "application/pdf", found)

            def _answer(self, content: bytes, kind: str, status: int) -> None:
                self.send_response(status)
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


class Postman:
    """A real mail server of somebody else, which keeps what it takes."""

    def __init__(self) -> None:
        self._mails: queue.Queue[tuple[list[str], bytes]] = queue.Queue()
        port = free_port()
        self.url = f"smtp://127.0.0.1:{port}"
        self._controller = Controller(self, hostname="127.0.0.1", port=port)

    async def handle_DATA(self, _: object, __: object, envelope: Any) -> str:  # noqa: N802
        self._mails.put((envelope.rcpt_tos, envelope.content))
        return "250 OK"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    def next(self) -> tuple[list[str], bytes]:
        """The oldest mail that nobody has asked for yet: to whom, and its content."""
        return self._mails.get(timeout=_SECONDS)
