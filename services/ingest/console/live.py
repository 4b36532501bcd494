"""What happens to documents, told to browsers as it happens: server-sent events.

One ear on the broker for all browsers of a process, while there are any. Nothing here is the
truth: a browser that is told of a document asks for its page's part anew, so that an event
which is lost costs no more than the next look.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from aiohttp import web
from pydantic import ValidationError

from services.ingest.console.session import Sessions
from services.ingest.console.visit import Visit
from shared.broker.port import Broker, Consumer, Incoming
from shared.errors import Code, DocstageError, Transient
from shared.models.messages import EventMessage
from shared.models.tenancy import Scope
from shared.store.port import Tenant

PING_SECONDS = 15.0
MOST_PER_SESSION = 24
"""Streams of one session: browsers that cannot share one among their tabs open one each."""
_TOPICS = ("document.*",)
_RECONNECT_MILLISECONDS = 3_000
_RETRY_SECONDS = 5.0
_WAITING = 500
_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # an ingress must not hold it back
}
_AGAIN = b"event: again\ndata: {}\n\n"
"""Asks for a look at everything: from here on it is heard, and events may have been missed."""
_PING = b": still here\n\n"

_log = structlog.get_logger(__name__)


@dataclass(eq=False)
class _Listener:
    """A browser, and what it has still to be told; ``None`` ends it."""

    session: str
    tenant: Tenant
    waiting: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(_WAITING))

    def tell(self, line: bytes | None) -> None:
        """Put it in line; one that reads too slowly is asked to look at everything instead."""
        try:
            self.waiting.put_nowait(line)
        except asyncio.QueueFull:
            while not self.waiting.empty():
                self.waiting.get_nowait()
            self.waiting.put_nowait(_AGAIN)
            if line is None:
                self.waiting.put_nowait(None)


class Live:
    """The streams of a process."""

    def __init__(
        self, broker: Broker, sessions: Sessions, ping_seconds: float = PING_SECONDS
    ) -> None:
        self._broker = broker
        self._sessions = sessions
        self._ping_seconds = ping_seconds
        self._listeners: set[_Listener] = set()
        self._ear: asyncio.Task[None] | None = None
        self._hears = False
        self._left = asyncio.Event()
        self._closed = False

    async def serve(self, visit: Visit) -> web.StreamResponse:
        """A stream, until the browser goes, the session ends or the process does."""
        if self._closed:
            raise Transient(Code.UNAVAILABLE)
        if visit.request.method == "HEAD":
            return web.Response(headers=_HEADERS)
        listener = _Listener(visit.session.id, visit.principal.tenant)
        mine = sum(1 for it in self._listeners if it.session == listener.session)
        if mine >= MOST_PER_SESSION:
            return web.Response(status=204)
        self._listeners.add(listener)
        if self._hears:
            listener.tell(_AGAIN)
        elif self._ear is None:
            self._ear = asyncio.create_task(self._listen())
        stream = web.StreamResponse(headers=_HEADERS)
        try:
            await stream.prepare(visit.request)
            await stream.write(f"retry: {_RECONNECT_MILLISECONDS}\n\n".encode())
            await self._tell(visit, listener, stream)
        except ConnectionError:
            return stream  # the browser is gone
        finally:
            self._listeners.discard(listener)
            self._left.set()
        return stream

    def end(self, session: str) -> None:
        """End the streams of a session that is over."""
        for listener in self._listeners:
            if listener.session == session:
                listener.tell(None)

    async def close(self, _: web.Application | None = None) -> None:
        """End all streams: they would keep the process from ending."""
        self._closed = True
        for listener in self._listeners:
            listener.tell(None)
        if self._ear is not None:
            self._ear.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ear

    async def _tell(self, visit: Visit, listener: _Listener, stream: web.StreamResponse) -> None:
        loop = asyncio.get_running_loop()
        look = loop.time() + self._ping_seconds
        while True:
            try:
                async with asyncio.timeout_at(look):  # also when there is always something to tell
                    line = await listener.waiting.get()
            except TimeoutError:
                line = await self._still(visit, listener)
                look = loop.time() + self._ping_seconds
            if line is None:
                return
            await stream.write(line)

    async def _still(self, visit: Visit, listener: _Listener) -> bytes | None:
        """A sign of life, if the session still has its rights; they may be others by now."""
        try:
            session = await self._sessions.find(visit.request)
            if session is None:
                return None
            principal = await self._sessions.principal(visit.request, session, Scope.READ)
        except DocstageError as error:
            return _PING if isinstance(error, Transient) else None
        listener.tenant = principal.tenant
        return _PING

    async def _listen(self) -> None:
        """Hear events while there is anybody to tell of them."""
        consumer: Consumer | None = None
        try:
            while consumer is None:
                try:
                    consumer = await self._broker.listen(_TOPICS, self._hear)
                except Transient:
                    await asyncio.sleep(_RETRY_SECONDS)
            self._hears = True
            self._tell_all(_AGAIN, lambda _: True)
            while self._listeners:
                self._left.clear()
                await self._left.wait()
                await asyncio.sleep(_RETRY_SECONDS)  # most go to another page of ours
        finally:
            self._ear, self._hears = None, False
            if consumer is not None:
                with contextlib.suppress(Transient):
                    await consumer.cancel()

    async def _hear(self, incoming: Incoming) -> None:
        try:
            event = EventMessage.model_validate_json(incoming.message.body)
        except ValidationError:
            _log.warning("event not understood")
        else:
            self._tell_all(_line(event), lambda tenant: _may_hear(tenant, event))
        await incoming.ack()

    def _tell_all(self, line: bytes, may_hear: Callable[[Tenant], bool]) -> None:
        for listener in self._listeners:
            if may_hear(listener.tenant):
                listener.tell(line)


def _may_hear(tenant: Tenant, event: EventMessage) -> bool:
    return tenant.organization == event.organization and tenant.sees(event.workspace)


def _line(event: EventMessage) -> bytes:
    told = {
        "document": event.document,
        "name": event.name.value.removeprefix("document."),
        "sequence": event.sequence,
    }
    return f"id: {event.id}\nevent: document\ndata: {json.dumps(told)}\n\n".encode()
