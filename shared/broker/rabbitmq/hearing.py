"""Connections whose silence is noticed within two heartbeats.

aiormq gives a connection up after three and a half intervals without a frame. RabbitMQ sends
something every half interval ("Detecting Dead TCP Connections with Heartbeats"), so a whole
one without is a server that is gone, or a network that tells nobody: half-open TCP.
"""

import asyncio
from typing import Any

import structlog
from aiormq import TransportFactory
from aiormq.connection import parse_heartbeat
from aiormq.exceptions import AMQPConnectionError
from yarl import URL

_LOOKS = 4
"""In one interval."""
_DEFAULT_HEARTBEAT = "60"

log = structlog.get_logger(__name__)


class HearingTransports(TransportFactory):
    """Connects as aiormq does, and aborts a connection on which nothing comes any more.

    The interval is the URL's ``heartbeat`` in seconds, 60 where it names none; 0 turns
    heartbeats off, and so this.
    """

    async def create(
        self,
        url: URL,
        **kwargs: Any,  # noqa: ANN401 - as the class above has it
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect; raises ``AMQPConnectionError``."""
        provider = kwargs.pop("ssl_context_provider")
        tls = await provider.get_context() if url.scheme == "amqps" else None
        loop = asyncio.get_running_loop()
        reader = _HearingReader(loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        try:
            transport, _ = await loop.create_connection(
                lambda: protocol, url.host or "", url.port or 0, ssl=tls, **kwargs
            )
        except OSError as error:
            raise AMQPConnectionError(*error.args) from error
        heartbeat = parse_heartbeat(url.query.get("heartbeat", _DEFAULT_HEARTBEAT))
        if heartbeat:
            Watch(reader, transport, heartbeat)
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


class _HearingReader(asyncio.StreamReader):
    """Counts how often something came."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self.heard = 0

    def feed_data(self, data: Any) -> None:  # noqa: ANN401 - its type varies between versions
        self.heard += 1
        super().feed_data(data)


class Watch:
    """Looks four times an interval; gives up after five looks in a row without a sound.

    It counts looks, not time: an event loop that was held up looks once, and then hears what
    has come meanwhile.
    """

    def __init__(
        self, reader: _HearingReader, transport: asyncio.Transport, heartbeat: int
    ) -> None:
        self._reader, self._transport = reader, transport
        self._loop = asyncio.get_running_loop()
        self._seconds = heartbeat / _LOOKS
        self._heard, self._silent = -1, 0
        self._look()

    def _look(self) -> None:
        if self._transport.is_closing():
            return
        self._silent = self._silent + 1 if self._heard == self._reader.heard else 0
        self._heard = self._reader.heard
        if self._silent > _LOOKS:
            log.warning("broker.connection_silent", seconds=self._seconds * self._silent)
            self._transport.abort()
        else:
            self._loop.call_later(self._seconds, self._look)
