"""A mail server on a socket that answers as it is told, and keeps what it takes."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.smtp import SMTP


@dataclass
class MailSink:
    """``recipient_replies`` and ``data_replies`` are given first, one each; then all is taken."""

    port: int = 0
    taken: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipient_replies: list[str] = field(default_factory=list)
    data_replies: list[str] = field(default_factory=list)
    offered: int = 0
    tls: list[bool] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _: object, __: object, envelope: Any, address: str, options: Any
    ) -> str:
        self.offered += 1
        if self.recipient_replies:
            return self.recipient_replies.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: object, session: Any, envelope: Any) -> str:  # noqa: N802
        self.tls.append(session.ssl is not None)
        self.raw.append(envelope.content)
        reply = self.data_replies.pop(0) if self.data_replies else "250 OK"
        if reply.startswith("250"):
            mail = cast(EmailMessage, message_from_bytes(envelope.content, policy=default))
            self.taken.append((envelope.mail_from, envelope.rcpt_tos, mail))
        return reply

    async def until(self, count: int) -> None:
        """Wait until so many mails were taken."""
        async with asyncio.timeout(20):
            while len(self.taken) < count:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def mail_sink(
    sink: MailSink | None = None, tls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[MailSink]:
    """The server while it listens; at the same port as before if ``sink`` had one."""
    sink, loop = sink or MailSink(), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(sink, loop=loop, tls_context=tls, **options), "127.0.0.1", sink.port
    )
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        await server.wait_closed()
