"""Addresses for webhooks to be sent to, that answer as badly as a row wants them to."""

import asyncio
import gzip
import json
import ssl
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import standardwebhooks
from aiohttp import web

from tests.faults.deadlines import unhurried
from tests.samples import certificates

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Call:
    """One call, as it came in."""

    at: float
    path: str
    headers: dict[str, str]
    body: bytes

    def verified(self, secret: str) -> Any:
        """The body; raises ``WebhookVerificationError`` where the public verifier does."""
        return standardwebhooks.Webhook(secret).verify(self.body, self.headers)

    @property
    def document(self) -> str:
        """The document that it tells of."""
        identity: str = json.loads(self.body)["data"].get("document", {}).get("id", "")
        return identity


@dataclass
class Targets:
    """A server with an answer for each path; 204 where none is given."""

    answers: dict[str, Answer] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    host: str = "127.0.0.1"
    port: int = 0
    scheme: str = "http"

    def url(self, path: str) -> str:
        return f"{self.scheme}://{self.host}:{self.port}{path}"

    def to(self, path: str) -> list[Call]:
        return [it for it in self.calls if it.path == path]

    async def until(self, path: str, count: int, seconds: float = 25.0) -> bool:
        """Whether so many calls came there in time."""
        deadline = time.monotonic() + unhurried(seconds)
        while len(self.to(path)) < count:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.05)
        return True

    async def take(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        self.calls.append(Call(time.monotonic(), request.path, headers, body))
        answer = self.answers.get(request.path)
        return await answer(request) if answer else web.Response(status=204)


@asynccontextmanager
async def targets(
    host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Targets]:
    """A server that runs; to be left only when nobody waits for it."""
    found, app = Targets(host=host, scheme="https" if tls else "http"), web.Application()
    app.router.add_route("*", "/{any:.*}", found.take)
    runner = web.AppRunner(app, shutdown_timeout=1.0, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, host, port, ssl_context=tls).start()
    found.port = runner.addresses[0][1]
    try:
        yield found
    finally:
        await runner.cleanup()


def status(*numbers: int, **headers: str) -> Answer:
    """These statuses, one after the other; the last one for ever."""
    left = list(numbers)

    async def answer(_: web.Request) -> web.Response:
        number = left.pop(0) if len(left) > 1 else left[0]
        return web.Response(
            status=number, headers={name.replace("_", "-"): it for name, it in headers.items()}
        )

    return answer


def dripping(seconds: float = 1.0) -> Answer:
    """A good status, and then a byte now and then for ever."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b".")
            await asyncio.sleep(seconds)

    return answer


def self_signed() -> ssl.SSLContext:
    """The server's side of TLS with a certificate that nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(certificates.CERTIFICATE + certificates.KEY)
        file.flush()
        context.load_cert_chain(file.name)
    return context


class Flood:
    """An answer of so many bytes; ``sent`` is how many of them went out."""

    def __init__(self, size: int, *, packed: bool = False) -> None:
        self.sent = 0
        self._packed = packed
        chunk = b"0" * 65_536
        self._pieces = [gzip.compress(b"0" * size)] if packed else [chunk] * (size // len(chunk))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        if self._packed:
            response.headers["Content-Encoding"] = "gzip"
        await response.prepare(request)
        for piece in self._pieces:
            await response.write(piece)
            self.sent += len(piece)
        return response


class Hanging:
    """Answers nobody until it is released; ``waiting`` are the calls that wait.

    ``given_up`` is when the first of them did so no longer.
    """

    def __init__(self) -> None:
        self.waiting = 0
        self.given_up: float | None = None
        self.released = asyncio.Event()

    async def answer(self, _: web.Request) -> web.Response:
        self.waiting += 1
        try:
            await self.released.wait()
        except asyncio.CancelledError:
            self.given_up = self.given_up or time.monotonic()
            raise
        finally:
            self.waiting -= 1
        return web.Response(status=204)
